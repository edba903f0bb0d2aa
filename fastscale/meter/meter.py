"""The meter of one task: what a web service holds, starts and stops."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import threading
import weakref
from collections.abc import Mapping
from types import FrameType

from fastscale.errors import InputError
from fastscale.meter.group import directory
from fastscale.meter.interval import Interval
from fastscale.meter.outlet import Outlet
from fastscale.meter.publisher import Publisher, Snapshot
from fastscale.meter.recorder import Recorder
from fastscale.meter.sink import Sink
from fastscale.meter.stand_by import may_stand_by, promised_seconds

log = logging.getLogger("fastscale.meter")

#: Stopping waits at most this long (seconds) for the last metrics to be delivered.
STOP_TIMEOUT_SECONDS = 5.0

#: Paths that load balancers and orchestrators ask; they say nothing about load and are not counted.
HEALTH_PATHS = frozenset({"/health", "/healthz", "/livez", "/readyz"})


class Meter:
    """Counts the requests of this process and publishes them to ``sink`` every ``interval_seconds`` (1..60).

    Without a sink it only counts, for :meth:`snapshot`. With ``stand_by`` it is silent while whoever reads its
    Prometheus text, as Pulse does, promises to publish for it; :mod:`fastscale.meter.stand_by` says who is believed,
    and that metrics with dimensions are published whatever is promised.

    The middlewares start it with the first request, so that neither importing an application nor forking it starts a
    thread. It stops, and sends what is left, when the server's lifespan ends, at exit, and on SIGTERM where nobody else
    handles that signal.
    """

    def __init__(self, sink: Sink | None = None, *, interval_seconds: float = 5.0, stand_by: bool = False) -> None:
        if not 1 <= interval_seconds <= 60:
            raise InputError(f"interval_seconds {interval_seconds:g} is not between 1 and 60")
        self.recorder = Recorder()
        #: True between start and stop. A plain attribute, because the middlewares look at it for every request.
        self.running = False
        self._sink = sink
        self._directory, self._join = directory(os.environ)
        self._interval_seconds = interval_seconds
        self._stand_by = stand_by and may_stand_by(sink)
        if stand_by and not self._stand_by:
            log.warning("stand_by has no effect: nobody else publishes metrics with the dimensions of this sink")
        self._publisher: Publisher | None = None
        self._changing = threading.Lock()
        _meters.add(self)
        _flush_on_sigterm()

    def start(self) -> None:
        """Begin to publish. Does nothing while running."""
        with self._changing:
            if self._publisher is None:
                outlet = Outlet(self._sink, self._directory, join=self._join, interval_seconds=self._interval_seconds)
                self._publisher = Publisher(self.recorder, outlet, self._interval_seconds)
                self.running = True

    def stop(self, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        """Send what is left and end the threads, within ``timeout_seconds``. Does nothing when not running."""
        with self._changing:
            publisher, self._publisher = self._publisher, None
            self.running = False
        if publisher is not None:
            publisher.stop(timeout_seconds)

    def snapshot(self) -> Snapshot:
        """Totals up to this moment and the interval closed last."""
        publisher = self._publisher
        return publisher.snapshot() if publisher else Snapshot(Interval(), None)

    def scraped(self, headers: Mapping[str, str]) -> Snapshot:
        """What to tell somebody who asked for the metrics with ``headers`` (by lower-case names).

        Heeds a promise to publish in them where ``stand_by`` was chosen.
        """
        publisher = self._publisher
        seconds = promised_seconds(headers) if self._stand_by else None
        if publisher and seconds is not None:
            publisher.heed(seconds)
        return self.snapshot()

    def forget(self) -> None:
        """In a forked child: the parent keeps its counts and threads, the child begins anew with its first request."""
        if self._publisher:
            self._publisher.abandon()
        self._changing = threading.Lock()
        self._publisher = None
        self._join = True  # parent and child know the same directory now
        self.running = False
        self.recorder.reset()


_meters: weakref.WeakSet[Meter] = weakref.WeakSet()


def _stop_all() -> None:
    for meter in list(_meters):
        meter.stop()


def _forget_all() -> None:
    for meter in list(_meters):
        meter.forget()


def _flush_on_sigterm() -> None:
    """Where SIGTERM would end the process on the spot, flush first. A server's own handler is left alone."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop_all_and_die)


def _stop_all_and_die(signum: int, _frame: FrameType | None) -> None:
    # From a thread of its own: the signal may have interrupted code that holds a lock which stopping needs.
    flushing = threading.Thread(target=_stop_all, daemon=True)
    flushing.start()
    flushing.join(STOP_TIMEOUT_SECONDS)
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

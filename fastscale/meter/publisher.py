"""Closes an interval every few seconds and hands it on, from a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from fastscale.loops import Guard
from fastscale.meter.interval import Interval
from fastscale.meter.live import Counts
from fastscale.meter.outlet import Outlet
from fastscale.meter.recorder import Recorder
from fastscale.meter.schedule import next_end
from fastscale.meter.stand_by import Promise

log = logging.getLogger("fastscale.meter")

#: Within an interval the recorder is looked at this often (seconds) …
LOOK_SECONDS = 0.1
#: … and emptied when it holds this many entries, so that its memory stays small and flat: what waits is this many, or
#: a tenth of a second's where more come. A calm service is counted once an interval.
MOST_ENTRIES = 8192


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the meter knows: everything since it started, and the interval closed last (None before the first).

    Of the other processes of the task, both hold what they have handed on by the last interval's end.
    """

    total: Interval
    last: Interval | None


class Publisher:
    """Runs from its construction until :meth:`stop`."""

    def __init__(self, recorder: Recorder, outlet: Outlet, interval_seconds: float) -> None:
        self._recorder = recorder
        self._outlet = outlet
        self._interval_seconds = interval_seconds
        self._lock = threading.Lock()
        self._arrived_before = recorder.counts().arrived
        self._open = Interval()
        self._opened = time.monotonic()
        self._ends = self._next_end()
        self._active_at_close = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fastscale-meter", daemon=True)
        self._thread.start()

    def snapshot(self) -> Snapshot:
        """Everything up to now."""
        with self._lock:
            self._fold()
            now = self._open
        closed, last = self._outlet.totals()
        total = closed.followed_by(now)
        total.active += closed.active - self._active_at_close  # what the other processes had in progress
        live = self._outlet.live(self._counts())
        if live:
            total.arrived, total.active = live
        return Snapshot(total, last)

    def heed(self, seconds: float) -> None:
        """Somebody else publishes the task's metrics for ``seconds`` from now on."""
        now = time.monotonic()
        self._outlet.heed(Promise(now, now + seconds))

    def stop(self, timeout_seconds: float) -> None:
        """Close the last interval, hand it on within ``timeout_seconds``, and end the threads."""
        self._stopping.set()
        self._thread.join(timeout_seconds)
        closed = self._close()
        self._outlet.show(self._counts())
        try:
            lost = self._outlet.stop(closed, timeout_seconds)
        except Exception:
            log.exception("metrics of %d requests were lost", closed.arrived)
            return
        if lost:
            log.error("metrics of %d requests could not be sent within %g s of stopping", lost, timeout_seconds)

    def abandon(self) -> None:
        """In a forked child, where the threads do not exist: let go of what is the parent's."""
        self._outlet.abandon()

    def _run(self) -> None:
        guard = Guard("meter")
        guard.run(self._outlet.join)
        while not self._stopping.wait(min(LOOK_SECONDS, max(0.0, self._ends - time.monotonic()))):
            guard.run(self._look)

    def _look(self) -> None:
        """Close the interval when it is over. What fails here fails once an interval: the next end is set first."""
        over = time.monotonic() >= self._ends
        if over:
            self._ends = self._next_end()
        self._outlet.show(self._counts())
        if over:
            self._deliver(self._close())
        elif len(self._recorder.events) > MOST_ENTRIES:
            with self._lock:
                self._fold()

    def _deliver(self, closed: Interval) -> None:
        try:
            self._outlet.deliver(closed)
        except Exception:
            log.exception("metrics of %d requests were lost", closed.arrived)

    def _next_end(self) -> float:
        now = time.time()
        return time.monotonic() + next_end(now, self._interval_seconds) - now

    def _counts(self) -> Counts:
        counted = self._recorder.counts()
        return Counts(counted.arrived - self._arrived_before, counted.active)

    def _fold(self) -> None:
        self._open = self._open.followed_by(self._recorder.fold(time.time() - time.perf_counter()))

    def _close(self) -> Interval:
        with self._lock:
            self._fold()
            closed, self._open = self._open, Interval()
            now = time.monotonic()
            closed.end, closed.seconds = time.time(), now - self._opened
            self._opened, self._active_at_close = now, closed.active
        return closed

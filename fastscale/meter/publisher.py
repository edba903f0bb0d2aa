"""Closes an interval every few seconds and hands it on, from a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from fastscale.meter.interval import Interval
from fastscale.meter.recorder import Recorder
from fastscale.meter.schedule import next_end
from fastscale.meter.sender import Sender
from fastscale.meter.sink import Sink

log = logging.getLogger("fastscale.meter")

#: The recorder is emptied this often (seconds) within an interval, so that its memory stays small and flat.
FOLD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the meter knows: everything since it started, and the interval closed last (None before the first)."""

    total: Interval
    last: Interval | None


class Publisher:
    """Runs from its construction until :meth:`stop`."""

    def __init__(self, recorder: Recorder, sink: Sink | None, interval_seconds: float) -> None:
        self._recorder = recorder
        self._interval_seconds = interval_seconds
        self._sender = Sender(sink) if sink else None
        self._lock = threading.Lock()
        self._open = Interval()
        self._opened = time.monotonic()
        self._total = Interval()
        self._last: Interval | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fastscale-meter", daemon=True)
        self._thread.start()

    def snapshot(self) -> Snapshot:
        """Everything up to now."""
        with self._lock:
            self._fold()
            return Snapshot(self._total, self._last)

    def stop(self, timeout_seconds: float) -> None:
        """Close the last interval, send what is left within ``timeout_seconds``, and end the threads."""
        self._stopping.set()
        self._thread.join(timeout_seconds)
        self._close()
        unsent = self._sender.stop(timeout_seconds) if self._sender else []
        if unsent:
            requests = sum(interval.arrived for interval in unsent)
            log.error("metrics of %d requests could not be sent within %g s of stopping", requests, timeout_seconds)

    def _run(self) -> None:
        end = self._next_end()
        while not self._stopping.wait(min(FOLD_SECONDS, max(0.0, end - time.monotonic()))):
            if time.monotonic() < end:
                with self._lock:
                    self._fold()
                continue
            self._close()
            end = self._next_end()

    def _next_end(self) -> float:
        now = time.time()
        return time.monotonic() + next_end(now, self._interval_seconds) - now

    def _fold(self) -> None:
        part = self._recorder.fold(time.time() - time.perf_counter())
        self._open = self._open.followed_by(part)
        self._total = self._total.followed_by(part)

    def _close(self) -> None:
        with self._lock:
            self._fold()
            now = time.monotonic()
            closed, self._open = self._open, Interval()
            closed.end, closed.seconds = time.time(), now - self._opened
            self._opened = now
            self._last = closed
        if self._sender:
            self._sender.offer(closed)

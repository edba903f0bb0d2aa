"""Delivers intervals in the background and keeps them while the destination is away.

Failures cost the service nothing: intervals wait in a bounded backlog with their own timestamps, retries back off with
jitter, and a cause is logged once a minute at most.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from fastscale.backoff import Backoff
from fastscale.meter.interval import Interval
from fastscale.meter.sink import BATCH, RejectedError, SendError, Sink

log = logging.getLogger("fastscale.meter")

#: Intervals that wait at most: an hour at 5 seconds. Beyond it the two oldest become one, so that totals stay exact.
BACKLOG_LIMIT = 720
#: Waits between retries. Tasks that failed together do not come back together.
RETRIES = Backoff(first_seconds=1.0, longest_seconds=20.0, shortest_seconds=0.1)
#: While stopping there is no time for patience: retries follow each other after this many seconds.
LAST_RETRY_SECONDS = 0.25
#: The same cause is logged once in this many seconds.
LOG_AGAIN_SECONDS = 60.0


class Backlog:
    """Intervals that wait to be sent, oldest first, at most ``limit`` of them. Not thread-safe."""

    def __init__(self, limit: int = BACKLOG_LIMIT) -> None:
        self._limit = limit
        self._intervals: list[Interval] = []

    def __len__(self) -> int:
        return len(self._intervals)

    @property
    def requests(self) -> int:
        """How many requests the waiting intervals hold."""
        return sum(interval.arrived for interval in self._intervals)

    def add(self, interval: Interval) -> None:
        """Append; when full, the two oldest neighbours become one interval."""
        self._intervals.append(interval)
        if len(self._intervals) > self._limit:
            self._intervals[:2] = [self._intervals[0].followed_by(self._intervals[1])]

    def take(self, count: int) -> list[Interval]:
        """Remove and return the ``count`` oldest."""
        taken = self._intervals[:count]
        del self._intervals[:count]
        return taken

    def put_back(self, intervals: Sequence[Interval]) -> None:
        """Return what :meth:`take` gave, to the front, and shrink to the limit again."""
        self._intervals[:0] = intervals
        while len(self._intervals) > self._limit:
            self._intervals[:2] = [self._intervals[0].followed_by(self._intervals[1])]


class ErrorLog:
    """Logs a cause when it first appears and then once in :data:`LOG_AGAIN_SECONDS`, with the number of repeats."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        self._repeats: dict[str, int] = {}

    def report(self, cause: str, text: str) -> None:
        """Note that ``cause`` happened; ``text`` is the line to log."""
        now = self._monotonic()
        if now - self._last.get(cause, -LOG_AGAIN_SECONDS) < LOG_AGAIN_SECONDS:
            self._repeats[cause] = self._repeats.get(cause, 0) + 1
            return
        repeats = self._repeats.pop(cause, 0)
        self._last[cause] = now
        log.warning("%s%s", text, f" ({repeats} more since the last report)" if repeats else "")


class Sender:
    """A thread that sends what it is offered to ``sink``, in order.

    ``retry_seconds`` says how long to wait after a number of failures in a row.
    """

    def __init__(self, sink: Sink, *, retry_seconds: Callable[[int], float] = RETRIES.wait) -> None:
        # boto3 and others import this, and a process that is ending cannot any more: it would lose its last metrics.
        import concurrent.futures.thread  # noqa: F401

        self._sink = sink
        self._retry_seconds = retry_seconds
        self._backlog = Backlog()
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._stop_at = 0.0
        self._in_flight: list[Interval] = []
        self._failures = 0
        self._errors = ErrorLog()
        self._thread = threading.Thread(target=self._run, name="fastscale-meter-sender", daemon=True)
        self._thread.start()

    def offer(self, interval: Interval) -> None:
        """Send ``interval`` when possible. Never blocks and never fails."""
        with self._changed:
            self._backlog.add(interval)
        self._wake.set()

    def stop(self, timeout_seconds: float) -> list[Interval]:
        """Try to send the rest for ``timeout_seconds``, end the thread, and return what was not seen to be sent."""
        self._stop_at = time.monotonic() + timeout_seconds
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_seconds)
        return self.withdraw(0)

    def withdraw(self, timeout_seconds: float) -> list[Interval]:
        """Take back what was not seen to be sent, after waiting ``timeout_seconds`` at most for a call to end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, timeout_seconds)
            return self._in_flight + self._backlog.take(len(self._backlog))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self._stopping.wait(self._attempt())
        while self._attempt() and time.monotonic() < self._stop_at:
            time.sleep(LAST_RETRY_SECONDS)

    def _attempt(self) -> float:
        """Drain, and outlive whatever goes wrong: the thread is there once, and nobody starts another."""
        try:
            return self._drain()
        except Exception as error:  # noqa: BLE001 - a fault of ours must cost the service nothing
            self._errors.report(repr(type(error)), f"metrics wait after an unexpected {type(error).__name__}: {error}")
        with self._changed:
            self._backlog.put_back(self._in_flight)
            self._in_flight = []
            self._changed.notify_all()
        self._wake.set()
        return RETRIES.longest_seconds

    def _drain(self) -> float:
        """Send until the backlog is empty or a send fails; return the seconds to wait before the next attempt."""
        while True:
            with self._changed:
                batch = self._in_flight = self._backlog.take(BATCH)
            if not batch:
                return 0.0
            delivered = self._deliver(batch)
            with self._changed:
                self._in_flight = []
                self._changed.notify_all()
                if not delivered:
                    self._backlog.put_back(batch)
            if not delivered:
                self._wake.set()
                self._failures += 1
                return self._retry_seconds(self._failures)

    def _deliver(self, batch: list[Interval]) -> bool:
        """True when ``batch`` is done with: accepted, or refused for good."""
        try:
            self._sink.send(batch)
        except RejectedError as error:
            requests = sum(interval.arrived for interval in batch)
            self._errors.report(error.cause, f"metrics of {requests} requests were refused and are lost: {error}")
        except SendError as error:
            self._errors.report(error.cause, f"metrics wait, will try again: {error}")
            return False
        except Exception as error:  # noqa: BLE001 - a sink's bug must neither end this thread nor lose counts
            self._errors.report(repr(type(error)), f"metrics wait after an unexpected {type(error).__name__}: {error}")
            return False
        self._failures = 0
        return True

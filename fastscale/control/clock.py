"""A clock that a correction of the wall clock cannot make jump."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

#: How much of the time that passes may be a correction: a step of 6 s is taken over within a minute.
SLEW = 0.1


class SteadyClock:
    """Seconds since 1970 that never go back and never leap: when the wall clock was set, it is followed slowly.

    A window of load by the second would otherwise lose or double what it holds when the wall clock is stepped. Safe to
    use from several threads.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._read_at = monotonic()
        self._now = wall()
        self._lock = Lock()

    def now(self) -> float:
        """Seconds since 1970."""
        with self._lock:
            read_at = self._monotonic()
            passed = read_at - self._read_at
            off = self._wall() - (self._now + passed)
            self._now += passed + max(-SLEW * passed, min(SLEW * passed, off))
            self._read_at = read_at
            return self._now

    def monotonic(self) -> float:
        """Seconds since some moment; for durations."""
        return self._monotonic()

"""Keeps the calls of one API within a share of its quota, and backs off when it says no.

Times are seconds of a monotonic clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Lock

from fastscale.backoff import Backoff

#: The wait after a refusal (seconds).
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 8.0


class Pace:
    """A bucket of ``burst`` tokens, refilled at ``rate`` a second: each call takes one. Safe to use from threads.

    After a refusal no call is made for a random time, so that clients which failed together do not return together.
    """

    def __init__(self, rate: float, burst: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._rate = rate
        self._burst = burst
        self._backoff = Backoff(first_seconds=FIRST_WAIT_SECONDS, longest_seconds=LONGEST_WAIT_SECONDS, jitter=jitter)
        self._tokens = burst
        self._filled_at: float | None = None
        self._not_before = 0.0
        self._refusals = 0
        self._lock = Lock()

    def take(self, now: float) -> bool:
        """Whether a call may be made now; if so it is counted."""
        with self._lock:
            passed = 0.0 if self._filled_at is None else max(0.0, now - self._filled_at)
            self._tokens = min(self._burst, self._tokens + passed * self._rate)
            self._filled_at = now
            if now < self._not_before or self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def refused(self, now: float) -> None:
        """A call was throttled or failed."""
        with self._lock:
            self._refusals += 1
            self._not_before = now + self._backoff.wait(self._refusals)

    def worked(self) -> None:
        """A call was answered."""
        with self._lock:
            self._refusals = 0
            self._not_before = 0.0

"""Keeps the calls of one API within a share of its quota, and backs off when it says no.

Times are seconds of a monotonic clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Lock

#: The wait after a refusal is anything up to a bound that doubles from the first to the last (seconds).
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 8.0


class Pace:
    """A bucket of ``burst`` tokens, refilled at ``rate`` a second: each call takes one. Safe to use from threads.

    After a refusal no call is made for a random time, so that clients which failed together do not return together
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """

    def __init__(self, rate: float, burst: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._rate = rate
        self._burst = burst
        self._jitter = jitter
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
            bound = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**self._refusals)
            self._refusals = min(self._refusals + 1, 16)
            self._not_before = now + bound * self._jitter()

    def worked(self) -> None:
        """A call was answered."""
        with self._lock:
            self._refusals = 0
            self._not_before = 0.0

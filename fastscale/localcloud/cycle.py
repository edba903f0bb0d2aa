"""How every loop of the local cloud runs: cycles that outlive a bad one, and patience with an API that is away."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Event

from fastscale.backoff import Backoff
from fastscale.errors import LocalCloudError
from fastscale.loops import Say, run_every

__all__ = ["Patience", "Say", "run_cycles"]

#: Waits between attempts while the API server is away (seconds).
SHORTEST_WAIT_SECONDS = 0.1
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 2.0


def run_cycles(tick: Callable[[float], None], stop: Event, *, name: str, period_seconds: float, say: Say) -> None:
    """Call ``tick(now)``, ``now`` in seconds since 1970, as :func:`fastscale.loops.run_every` does."""
    run_every(period_seconds, lambda: tick(time.time()), stop, name=name, say=say)


class Patience:
    """Says once that the API is away and once that it is back, and spaces the attempts between (times in seconds)."""

    def __init__(self, say: Say, *, jitter: Callable[[], float] = random.random) -> None:
        self._say = say
        self._waits = Backoff(
            first_seconds=FIRST_WAIT_SECONDS,
            longest_seconds=LONGEST_WAIT_SECONDS,
            shortest_seconds=SHORTEST_WAIT_SECONDS,
            jitter=jitter,
        )
        self._failures = 0
        self._failing_since: float | None = None
        self._next_attempt_at = 0.0

    def attempt(self, step: Callable[[float], None], now: float) -> bool:
        """Call ``step(now)`` if an attempt is due; whether it was called and raised no LocalCloudError."""
        if not self.may_try(now):
            return False
        try:
            step(now)
        except LocalCloudError as error:
            self.failed(error, now)
            return False
        return True

    def may_try(self, now: float) -> bool:
        """Whether the next attempt is due."""
        return now >= self._next_attempt_at

    def failed(self, error: Exception, now: float) -> None:
        """An attempt failed: wait longer before the next one."""
        if self._failing_since is None:
            self._failing_since = now
            self._say(f"no use of the API, what runs keeps running: {error}")
        self._failures += 1
        self._next_attempt_at = now + self._waits.wait(self._failures)

    def worked(self, now: float) -> None:
        """An attempt succeeded."""
        if self._failing_since is not None:
            self._say(f"the API works again after {now - self._failing_since:.1f} s")
        self._failures = 0
        self._failing_since = None
        self._next_attempt_at = 0.0

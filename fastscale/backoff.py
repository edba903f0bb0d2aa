"""How long to wait before the next attempt: up to a bound that doubles with each failure, at random within it.

Who failed together does not come back together: "full jitter" of
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: 2.0**1024 is no float any more, and no bound needs that many: an outage of three hours has a thousand failures.
_MOST_DOUBLINGS = 1000


def _chance() -> float:
    """Imported when something failed for the first time: what imports this module stays light."""
    import random

    return random.random()  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """Waits from ``shortest_seconds`` to a bound that grows from ``first_seconds`` to ``longest_seconds``.

    ``jitter`` gives a number from 0 to 1 that says where in between.
    """

    first_seconds: float
    longest_seconds: float
    shortest_seconds: float = 0.0
    jitter: Callable[[], float] = _chance

    def bound(self, failures: int) -> float:
        """The longest wait, in seconds, after so many ``failures`` in a row (from 1)."""
        doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
        return min(self.longest_seconds, self.first_seconds * 2.0**doublings)

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many ``failures`` in a row (from 1)."""
        bound = self.bound(failures)
        shortest = min(self.shortest_seconds, bound)
        return shortest + (bound - shortest) * self.jitter()

"""A fleet that is never scaled: enough tasks, all the time, for the busiest minute of the trace."""

from __future__ import annotations

import math

from fastscale.simulate.strategy import Peer, Situation, Upkeep
from fastscale.simulate.traffic.trace import minute_means
from fastscale.simulate.view import View


class Fixed:
    """The fleet."""

    def __init__(self, situation: Situation) -> None:
        busiest = float(minute_means(situation.trace.rates).max())
        self._tasks = max(1, math.ceil(busiest / situation.plan.requests_per_task))

    @property
    def upkeep(self) -> Upkeep:
        """Nothing."""
        return Upkeep()

    def initial_tasks(self, usual: int) -> int:
        """The whole fleet."""
        return max(self._tasks, usual)

    def next_wake(self, _after: float) -> float | None:
        """Never."""
        return None

    def decide(self, _seen: View, _now: float) -> int | None:
        """Nothing."""
        return None


FIXED = Peer("fixed", "no scaling: a fleet for the busiest minute", Fixed)

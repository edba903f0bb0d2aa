"""The range that a rival keeps the number of tasks in: the plan's, which schedules do not move for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from fastscale.plan import Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """The fewest and the most tasks."""

    fewest: int
    most: int

    @classmethod
    def of(cls, plan: Plan, *, at_least: int = 0) -> Self:
        """The plan's limits, for one who cannot go below ``at_least``."""
        return cls(max(at_least, plan.scaling.min_capacity), plan.scaling.max_capacity)

    def clamp(self, tasks: int) -> int:
        """``tasks``, or the limit that it is beyond."""
        return min(max(tasks, self.fewest), self.most)

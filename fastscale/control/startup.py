"""How long a task takes from launch to traffic, learnt from the launches that were seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median

#: Launches remembered: a day's habit, yet a new image with another start-up time takes over after eleven of them.
REMEMBERED_LAUNCHES = 21


class StartupTimes:
    """The median of the last launches, so that one task that hung does not count; the plan's value before any."""

    def __init__(self, planned_seconds: float) -> None:
        self._planned_seconds = planned_seconds
        self._seen: deque[float] = deque(maxlen=REMEMBERED_LAUNCHES)

    def observe(self, seconds: Iterable[float]) -> None:
        """Tasks took so long from launch to traffic."""
        self._seen.extend(value for value in seconds if value >= 0)

    @property
    def seconds(self) -> float:
        """What to expect of the next task."""
        return median(self._seen) if self._seen else self._planned_seconds

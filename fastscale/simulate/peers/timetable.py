"""A strategy that has decided everything before the trace begins: what bounds are made of."""

from __future__ import annotations

import math

import numpy as np

from fastscale.simulate.strategy import Upkeep
from fastscale.simulate.traffic.trace import Rates
from fastscale.simulate.view import View


class Timetable:
    """Sets the desired count to ``wanted``, which has a number of tasks for each second from ``start`` on (epoch s)."""

    def __init__(self, wanted: Rates, start: float) -> None:
        changes = np.flatnonzero(np.diff(wanted)) + 1
        first = math.floor(start)
        self._initial = int(wanted[0])
        self._changes = [(float(first + at), int(wanted[at])) for at in changes.tolist()]
        self._done = 0

    @property
    def upkeep(self) -> Upkeep:
        """Nothing."""
        return Upkeep()

    def initial_tasks(self, _usual: int) -> int:
        """Those of the first second."""
        return self._initial

    def next_wake(self, _after: float) -> float | None:
        """When the number of tasks changes."""
        return self._changes[self._done][0] if self._done < len(self._changes) else None

    def decide(self, _seen: View, _now: float) -> int | None:
        """The number from now on."""
        self._done += 1
        return self._changes[self._done - 1][1]

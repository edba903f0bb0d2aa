"""How much load there will be when tasks that are launched now are ready."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from fastscale.decide.pulse.arrivals import Arrivals
from fastscale.decide.pulse.change import Excess

#: Without a change, the level is the mean of this many readings.
CALM_READINGS = 10
#: Growth is looked for in blocks of this many readings …
GROWTH_BLOCKS = (2, 5, 12)
#: … of which this many in a row must have grown: a step lies within one block and touches two steps between blocks.
GROWING_STEPS = 3
#: The load is expected to grow by at most this many times what it grew while it was looked at …
MOST_AHEAD = 3.0
#: … and to at most this many times itself.
MOST_GROWTH = 3.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests/s: the ``level`` of now, and what is ``expected`` when new tasks will be ready."""

    level: float
    expected: float


def demand(arrivals: Arrivals, excess: Excess | None, ahead_seconds: float) -> Demand:
    """The demand ``ahead_seconds`` from now. After a change only what came since counts."""
    level = excess.rate if excess is not None else arrivals.rate(min(CALM_READINGS, arrivals.readings))
    return Demand(level, min(level + growth(arrivals, ahead_seconds), MOST_GROWTH * level))


def growth(arrivals: Arrivals, ahead_seconds: float) -> float:
    """Requests/s that the load will have grown by: the growth that goes on, a step is none.

    Worked example: blocks of 5 s had 100, 140, 180 and 220 requests/s. The smallest step is 40, less the noise of a
    block's mean (say 10): 30 in 5 s, or 6 a second; in 23 s that makes 138.
    """
    return max(0.0, *(_growth(arrivals, readings, ahead_seconds) for readings in GROWTH_BLOCKS))


def _growth(arrivals: Arrivals, readings: int, ahead_seconds: float) -> float:
    if arrivals.readings < readings * (GROWING_STEPS + 1):
        return 0.0
    requests, seconds = arrivals.requests, arrivals.seconds
    rates = []
    for block in range(GROWING_STEPS + 1):
        last, first = -1 - block * readings, -1 - (block + 1) * readings
        rates.append((requests[last] - requests[first]) / (seconds[last] - seconds[first]))
        if block and rates[-1] >= rates[-2]:
            return 0.0
    length = (seconds[-1] - seconds[-1 - readings * GROWING_STEPS]) / GROWING_STEPS
    step = min(newer - older for newer, older in pairwise(rates))
    step -= math.sqrt(2 * arrivals.dispersion * rates[-1] / length)
    ahead = min((ahead_seconds + length / 2) / length, MOST_AHEAD * GROWING_STEPS)
    return max(0.0, step * ahead)

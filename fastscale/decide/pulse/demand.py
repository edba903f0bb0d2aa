"""How much load there will be when tasks that are launched now are ready."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from fastscale.decide.pulse.arrivals import Arrivals

#: Without a change, the level is the mean of this many readings.
CALM_READINGS = 10
#: Growth is looked for in blocks of this many readings …
GROWTH_BLOCKS = (2, 3, 5, 8, 12)
#: … of which this many in a row must have grown: a step lies within one block and touches two steps between blocks.
GROWING_STEPS = 3
#: … alike: none of the older ones may be more than this many times the smallest, or it was a jump, after which noise
#: that happens to rise would be taken for the growth of half a minute.
MOST_UNLIKE = 3.0
#: The load is expected to grow by at most this many times what it grew while it was looked at …
MOST_AHEAD = 5.0
#: … and to at most this many times itself.
MOST_GROWTH = 3.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests/s: the ``level`` of now, and what is ``expected`` when new tasks will be ready."""

    level: float
    expected: float


def demand(arrivals: Arrivals, risen_to: float | None, ahead_seconds: float) -> Demand:
    """The demand ``ahead_seconds`` from now; ``risen_to`` is the load after a rise, None when there was none."""
    level = arrivals.rate(min(CALM_READINGS, arrivals.readings)) if risen_to is None else risen_to
    grown = max(_grown(arrivals, readings, ahead_seconds) for readings in GROWTH_BLOCKS)
    return Demand(level, max(level, min(grown, MOST_GROWTH * level)))


def _grown(arrivals: Arrivals, readings: int, ahead_seconds: float) -> float:
    """Requests/s to come if the growth that blocks of so many ``readings`` show goes on; 0 without growth.

    Worked example: blocks of 5 s had 100, 140, 180 and 220 requests/s. Every step is 40, more than the noise of two
    blocks' difference (say 10): 8 a second. 23 s after a block that is 2.5 s old on average there will be
    220 + 8 x 25.5 = 424.
    """
    if arrivals.readings < readings * (GROWING_STEPS + 1):
        return 0.0
    rates = [arrivals.rate(readings)]
    for block in range(1, GROWING_STEPS + 1):
        rates.append(arrivals.rate(readings, before=block * readings))
        if rates[-1] >= rates[-2]:
            return 0.0
    length = (arrivals.seconds[-1] - arrivals.seconds[-1 - readings * GROWING_STEPS]) / GROWING_STEPS
    grown = [newer - older for newer, older in pairwise(rates)]
    step = min(grown)
    if max(grown[1:]) > MOST_UNLIKE * step:
        return 0.0
    if step <= math.sqrt(2 * arrivals.dispersion * rates[-1] / length):
        return 0.0
    steps = min(ahead_seconds / length + 0.5, MOST_AHEAD * GROWING_STEPS)
    return rates[0] + step * steps

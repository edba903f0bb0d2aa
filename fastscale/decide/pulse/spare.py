"""How much capacity to keep spare: as much as this service's load was seen to outgrow the tasks before new ones came.

A newsvendor's choice: of all requests, the share that may come while the load is above capacity is the price of an idle
task over the price of the requests that it would have saved, 1 / ``miss_costs``. The distribution is the service's own:
how many times the load was what had been held ready for, a start-up time before. It is kept as a histogram that forgets
by halves, weighted by the load that was held ready for, since spare capacity costs in proportion to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastscale.decide.pulse.arrivals import Arrivals

#: Buckets of the histogram are this many times apart; the first holds everything that stayed below what was held.
STEP = 1.05
BUCKETS = 48
#: Observations are forgotten by halves in this time.
HALF_LIFE_SECONDS = 24 * 3600.0
#: What is assumed before anything is known: this many seconds in which the load stayed below.
PRIOR_SECONDS = 4 * 3600.0
#: A start-up time is watched by so many observations.
OBSERVATIONS = 4
#: The load of so many readings, and the seconds of queueing that do no harm: a burst of a second is spread over them.
BURSTS = (1, 3, 8)
HARMLESS_SECONDS = 0.3
#: Chance is allowed for up to this many standard deviations of a second's count.
SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Spare:
    """``weights`` by bucket; ``pending`` are (when it was held, requests/s) still to be compared with the load.

    ``factor`` is the quantile: how many times the demand tasks should be able to carry.
    """

    weights: tuple[float, ...] = ()
    pending: tuple[tuple[float, float], ...] = ()
    factor: float = 1.0

    def add(self, arrivals: Arrivals, held: float, now: float, *, startup_seconds: float, miss_costs: float) -> Spare:
        """Compare the load of ``now`` with what was held ready for a start-up time ago, and remember ``held``."""
        pause = startup_seconds / OBSERVATIONS
        if self.pending and now - self.pending[-1][0] < pause:
            return self
        pending = (*self.pending, (now, held))
        if now - pending[0][0] < startup_seconds:
            return Spare(self.weights, pending, self.factor)
        before = pending[0][1]
        weights = _observed(self.weights, burst(arrivals), before, pause)
        return Spare(weights, pending[1:], cheapest(weights, miss_costs))


def by_chance(dispersion: float, held: float, answer_seconds: float | None = None) -> float:
    """How many times the work of ``held`` requests/s there is by chance: three standard deviations above the mean.

    A request is work for a second, or for its ``answer_seconds`` where that is longer.
    """
    seconds = max(1.0, answer_seconds or 0.0)
    return 1 + SIGMAS * math.sqrt(dispersion / (held * seconds)) if held > 0 else 1.0


def burst(arrivals: Arrivals) -> float:
    """The capacity in requests/s that would have kept queues harmless in the last readings."""
    known = arrivals.readings
    return max(
        arrivals.rate(readings) * readings / (readings + HARMLESS_SECONDS) for readings in BURSTS if readings <= known
    )


def _observed(weights: tuple[float, ...], load: float, held: float, seconds: float) -> tuple[float, ...]:
    if held <= 0:
        return weights
    if not weights:
        weights = (PRIOR_SECONDS * held,) + (0.0,) * (BUCKETS - 1)
    keep = 0.5 ** (seconds / HALF_LIFE_SECONDS)
    bucket = bucket_of(load / held)
    return tuple(weight * keep + (seconds * held if number == bucket else 0.0) for number, weight in enumerate(weights))


def bucket_of(growth: float) -> int:
    """The bucket that holds a load which is ``growth`` times what was held."""
    if growth <= 1:
        return 0
    return 1 + int(math.log(growth) / math.log(STEP)) if growth < STEP ** (BUCKETS - 2) else BUCKETS - 1


def cheapest(weights: tuple[float, ...], miss_costs: float) -> float:
    """The factor at which idle capacity and missed requests cost least together; 1 when nothing was observed."""
    idle = sum(weights) / miss_costs
    missed, best, least = 0.0, 1.0, math.inf
    for bucket in range(len(weights) - 1, -1, -1):
        factor = STEP**bucket
        cost = factor * idle + missed
        if cost < least:
            best, least = factor, cost
        missed += factor * weights[bucket]
    return best

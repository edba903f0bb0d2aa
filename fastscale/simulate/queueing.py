"""Waiting times of a queue in equilibrium: what goes on within a second when a task is not overloaded.

Erlang C gives the probability of waiting; Allen and Cunneen's approximation scales the wait by how regular arrivals
and services are. It is exact for M/M/c and, with one worker, for M/D/1 (Allen, "Probability, Statistics, and Queueing
Theory", 1990, section 5.2.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Waiting:
    """P(wait > t) = ``probability`` * exp(-``rate`` * t), t in seconds."""

    probability: float
    rate: float

    @property
    def mean(self) -> float:
        """The mean wait in seconds, of those who do not wait too."""
        return self.probability / self.rate


def waiting(
    *, workers: int, service_seconds: float, utilisation: float, arrival_variability: float, service_variability: float
) -> Waiting:
    """The wait at ``workers`` servers that are busy for a share ``utilisation`` of the time, 0 <= utilisation < 1.

    The variabilities are squared coefficients of variation: 1 for Poisson arrivals and exponential services, 0 for
    regular ones.
    """
    probability = erlang_c(workers, utilisation)
    markovian_rate = workers * (1 - utilisation) / service_seconds
    factor = max((arrival_variability + service_variability) / 2, 1e-9)
    return Waiting(probability, markovian_rate / factor)


def building_up(capacity: float) -> float:
    """The utilisation up to which a queue settles within about a second, for ``capacity`` in requests/s.

    A queue near saturation needs 1/(capacity * (1 - sqrt(utilisation))^2) seconds to reach equilibrium (the relaxation
    time of M/M/1). What takes longer than a second is followed from second to second instead.
    """
    return max(0.0, 1 - 1 / math.sqrt(capacity)) ** 2


@lru_cache(maxsize=4096)
def erlang_c(workers: int, utilisation: float) -> float:
    """The probability that an arrival has to wait (M/M/c)."""
    offered = workers * utilisation
    blocking = 1.0
    for busy in range(1, workers + 1):
        blocking = offered * blocking / (busy + offered * blocking)
    return blocking / (1 - utilisation * (1 - blocking))

"""Surges in traffic, and how long a strategy took to answer them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastscale.simulate.ledger import Numbers
from fastscale.simulate.traffic.trace import Rates

#: Demand is looked at as the mean of this many seconds, so that a single busy second is no surge.
SMOOTHING_SECONDS = 10
#: A surge is a rise to this many times the mean of the minute before …
RISE = 1.5
#: … and its level is the highest demand in the minute after its start. Others begin at the earliest this much later.
NEXT_SURGE_SECONDS = 300
#: Capacity that carries this share of the level counts as enough: demand itself is only known to a few percent.
ENOUGH = 0.95


@dataclass(frozen=True)
class Surge:
    """A sudden rise: its start in seconds from the start of the trace, and its level in requests/s."""

    at_seconds: int
    level: float


@dataclass(frozen=True)
class Reaction:
    """Seconds from a surge to the first raised desired count and to enough serving tasks; None: not before the next."""

    surge: Surge
    trigger_seconds: float | None
    capacity_seconds: float | None


def smoothed(rates: Rates) -> Numbers:
    """The mean of the last ten seconds at the end of each second (of fewer at the start)."""
    total = np.concatenate([[0.0], np.cumsum(rates)])
    ends = np.arange(1, rates.size + 1)
    begins = np.maximum(ends - SMOOTHING_SECONDS, 0)
    means: Numbers = (total[ends] - total[begins]) / (ends - begins)
    return means


def find_surges(rates: Rates, requests_per_task: float) -> list[Surge]:
    """The surges in a trace that need at least one task more."""
    if rates.size < 60 + SMOOTHING_SECONDS:
        return []
    demand = smoothed(rates)
    total = np.concatenate([[0.0], np.cumsum(rates)])
    minute_before = (total[60:-SMOOTHING_SECONDS] - total[: -60 - SMOOTHING_SECONDS]) / 60
    soon = demand[60 + SMOOTHING_SECONDS - 1 :]
    rises = (soon >= RISE * minute_before) & (soon - minute_before >= requests_per_task)
    surges: list[Surge] = []
    for index in np.flatnonzero(rises).tolist():
        if not surges or index >= surges[-1].at_seconds - 60 + NEXT_SURGE_SECONDS:
            at = _onset(rates, index + 60, float(minute_before[index]), requests_per_task)
            surges.append(Surge(at, float(demand[at : at + 60].max())))
    return surges


def _onset(rates: Rates, first: int, calm: float, requests_per_task: float) -> int:
    """The second in which the rise begins: the first of ten that is above what calm traffic shows."""
    above = np.flatnonzero(rates[first : first + SMOOTHING_SECONDS] >= calm + requests_per_task / 2)
    return first + (int(above[0]) if above.size else 0)


def reactions(
    surges: Sequence[Surge],
    desired_changes: Sequence[tuple[float, int]],
    serving: Numbers,
    *,
    start: float,
    task_capacity: float,
) -> list[Reaction]:
    """How each surge was answered. Surges for which there was enough capacity already have no reaction."""
    found = []
    for position, surge in enumerate(surges):
        end = surges[position + 1].at_seconds if position + 1 < len(surges) else serving.size
        enough = np.flatnonzero(serving[surge.at_seconds : end] * task_capacity >= ENOUGH * surge.level)
        if enough.size and enough[0] == 0:
            continue
        capacity = float(enough[0]) if enough.size else None
        found.append(Reaction(surge, _trigger(surge, end, desired_changes, start), capacity))
    return found


def _trigger(surge: Surge, end: int, changes: Sequence[tuple[float, int]], start: float) -> float | None:
    """Seconds to the first raise at or after the surge."""
    first = bisect_left(changes, start + surge.at_seconds, key=lambda change: change[0])
    for index in range(max(first, 1), len(changes)):
        at, desired = changes[index]
        if at >= start + end:
            return None
        if desired > changes[index - 1][1]:
            return round(at - start - surge.at_seconds, 3)
    return None

"""What could be had without foreseeing surges: a bound for the question whether a rival can be beaten by so much.

It knows the whole trace except when surges begin: of what comes after the next surge's first second it knows nothing
before that second. From then on it knows everything, and orders twice the need for a minute so that queues drain. It
may hold idle capacity all the time, a multiple of the need; the best multiple that the money allows is the bound.
Nothing is charged for controlling it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fastscale.plan import Plan
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.clairvoyant import lead_seconds, most_within
from fastscale.simulate.peers.timetable import Timetable
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Peer, Situation
from fastscale.simulate.surges import find_surges
from fastscale.simulate.traffic.trace import Trace

#: Multiples of the need that are tried.
SPARES = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
DRAIN_TIMES = 2.0
DRAIN_SECONDS = 60


def _wanted(situation: Situation, spare: float) -> npt.NDArray[np.float64]:
    """Tasks to order in each second; what a surge brings is not looked at before it begins."""
    trace, capacity = situation.trace, situation.settings.task.capacity
    need = np.maximum(np.ceil(spare * trace.rates / capacity), 1)
    onsets = [surge.at_seconds for surge in find_surges(trace.rates, situation.plan.requests_per_task)]
    edges = [0, *(onset for onset in onsets if onset > 0), trace.seconds]
    parts = []
    for begin, end in pairwise(edges):
        part = most_within(need[begin:end], lead_seconds(situation))
        if begin in onsets:
            part[:DRAIN_SECONDS] = np.ceil(DRAIN_TIMES * part[:DRAIN_SECONDS])
        parts.append(part)
    return np.concatenate(parts)


def fewest_missed(trace: Trace, plan: Plan, settings: WorldSettings, *, most_cost: float) -> float | None:
    """The smallest share of requests over the SLO or failed for at most ``most_cost`` dollars; None when none is."""
    within = [outcome for outcome in _outcomes(trace, plan, settings) if outcome.bill.total <= most_cost]
    return min((outcome.requests.missed_share for outcome in within), default=None)


def _outcomes(trace: Trace, plan: Plan, settings: WorldSettings) -> Sequence[Outcome]:
    return [simulate(trace, plan, _peer(spare), settings) for spare in SPARES]


def _peer(spare: float) -> Peer:
    return Peer(
        "unforeseeing",
        "knows all but when surges begin",
        lambda situation: Timetable(_wanted(situation, spare), situation.trace.start),
    )

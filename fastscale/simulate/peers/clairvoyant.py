"""A bound that no scaler beats: it knows the traffic to come, but its tasks take as long to start as everybody's.

In each second it has the fewest tasks whose capacity covers what comes in that second, ordered as long before as a slow
start takes (three standard deviations, the first health check and the scheduler), and removed when they are no longer
needed. It ignores the plan's limits and has no backlog by its own doing.
"""

from __future__ import annotations

import math

import numpy as np

from fastscale.simulate.peers.timetable import Timetable
from fastscale.simulate.strategy import Peer, Situation
from fastscale.simulate.traffic.trace import Rates


def _timetable(situation: Situation) -> Timetable:
    trace, capacity = situation.trace, situation.settings.task.capacity
    needed = np.maximum(np.ceil(trace.rates / capacity), 1)
    return Timetable(most_within(needed, lead_seconds(situation)), trace.start)


def most_within(values: Rates, seconds: int) -> Rates:
    """The largest of each value and the ``seconds`` that follow it.

    Van Herk's algorithm: in blocks of the window's length, every window is the end of one block and the start of the
    next, so two running maxima suffice.
    """
    window = seconds + 1
    padded = np.concatenate([values, np.full(-values.size % window + window, values[-1])])
    blocks = padded.reshape(-1, window)
    ahead = np.maximum.accumulate(blocks, axis=1).ravel()
    behind = np.maximum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    size = values.size
    most: Rates = np.maximum(behind[:size], ahead[seconds : seconds + size])
    return most


def lead_seconds(situation: Situation) -> int:
    """How long before the need tasks are ordered: as long as a slow start takes."""
    startup = situation.settings.startup
    slowest = (situation.plan.task.startup_seconds + startup.image_pull_seconds) * math.exp(3 * startup.spread)
    check = situation.plan.load_balancer.health_check.interval_seconds
    return math.ceil(slowest + check + situation.settings.delays.scheduler) + 1


CLAIRVOYANT = Peer("clairvoyant", "knows the future, pays the start-up time", _timetable)

"""How many tasks were ordered against the surge, by whom, and how many it needed. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fastscale.demo.records import Evidence, Model, PulseNote, Sample
from fastscale.demo.trigger import EFFECTIVE, LATE_SECONDS, Actor, actor_behind, actor_of


class Order(Model):
    """The desired count was raised to ``tasks`` at ``at`` (epoch seconds)."""

    at: float
    actor: Actor
    tasks: int


def orders(evidence: Evidence, samples: Sequence[Sample], surge_at: float) -> tuple[Order, ...]:
    """Every raise since the surge, in order of time.

    Who noted each change itself tells them best. Where nobody did, as on AWS, they are those scaling activities and
    decisions of Pulse that ask for more than the looks before showed.
    """
    found = _noted(evidence) if evidence.count_changes else _written(evidence, samples)
    return tuple(sorted((order for order in found if order.at >= surge_at), key=lambda order: order.at))


def most(placed: Sequence[Order], actor: Actor) -> int | None:
    """The highest count that ``actor`` ordered; None when it ordered nothing."""
    return max((order.tasks for order in placed if order.actor is actor), default=None)


def needed(rate: float, task_capacity: float) -> int:
    """The fewest tasks that carry ``rate`` when each serves ``task_capacity`` (both in requests/s)."""
    return math.ceil(round(rate / task_capacity, 9))


def _noted(evidence: Evidence) -> Iterator[Order]:
    for change in evidence.count_changes:
        if change.desired > change.previous:
            yield Order(at=change.at, actor=actor_of(change, evidence.activities), tasks=change.desired)


def _written(evidence: Evidence, samples: Sequence[Sample]) -> Iterator[Order]:
    for item in evidence.activities:
        if item.status in EFFECTIVE and item.desired is not None and item.desired > _before(samples, item.at):
            yield Order(at=item.at, actor=actor_behind(item.cause), tasks=item.desired)
    for note in _decisions(evidence.pulse):
        if note.desired is not None and note.desired > _before(samples, note.at):
            yield Order(at=note.at, actor=Actor.PULSE, tasks=note.desired)


def _decisions(notes: Sequence[PulseNote]) -> Iterator[PulseNote]:
    """Each once: Pulse writes a decision down when it is made, and again when the count is set."""
    yield from dict.fromkeys(notes)


def _before(samples: Sequence[Sample], at: float) -> int:
    """The desired count last seen before something that was written down a little after it was done."""
    seen = (sample.desired for sample in reversed(samples) if sample.at < at - LATE_SECONDS)
    return next((count for count in seen if count is not None), 0)

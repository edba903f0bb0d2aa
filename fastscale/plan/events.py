"""One-off periods of more load, such as a campaign, whose time is known in advance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from fastscale.plan.model import Model

#: EventBridge Scheduler keeps times to the minute ("Schedule types in EventBridge Scheduler").
PRECISION_SECONDS = 60


class Event(Model):
    """From ``start`` to ``end`` (seconds since 1970) the floor is ``min_capacity`` tasks.

    Afterwards it is ``floor_after``, by default that of the scalable target: give it when the plan has schedules and
    one of them would have changed the floor meanwhile.
    """

    # A schedule's name has 64 characters at most, of which 18 say whose it is and whether it is the start or the end.
    name: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,46}$")
    start: float
    end: float
    min_capacity: int = Field(ge=1)
    floor_after: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end - self.start < PRECISION_SECONDS:
            raise ValueError(f"end must be at least {PRECISION_SECONDS} s after start")
        return self


def event_problem(events: Sequence[Event], max_capacity: int) -> str | None:
    """Why the events cannot be carried out beside each other under ``max_capacity``, in one line; None when they can.

    The end of one event would take away the floor of another that is still on, so they may not overlap.
    """
    for event in events:
        if max(event.min_capacity, event.floor_after or 0) > max_capacity:
            return f"event {event.name!r} wants a floor above max_capacity {max_capacity}: raise scaling.max_capacity"
    for before, after in pairwise(sorted(events, key=lambda event: event.start)):
        if after.start < before.end:
            return f"events {before.name!r} and {after.name!r} overlap: end one before the other starts"
    return None

"""A season's forecast, worked out only when another may be due: all of its parts change with the slots. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.decide.pulse.observation import Forecast
from fastscale.decide.pulse.season import Season
from fastscale.decide.pulse.season_pattern import Pattern


@dataclass(frozen=True, slots=True)
class _Grounds:
    """All that a forecast depends on."""

    daily: Pattern
    weekly: Pattern
    closed: int | None
    slots: range
    requests_per_task: float

    def same_as(self, other: _Grounds) -> bool:
        """Whether no part is another; patterns are compared by identity, since theirs are thousands of numbers."""
        return (
            self.daily is other.daily
            and self.weekly is other.weekly
            and (self.closed, self.slots, self.requests_per_task)
            == (other.closed, other.slots, other.requests_per_task)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """The ``forecast`` that was told last; None for none, and before the first."""

    grounds: _Grounds | None = None
    forecast: Forecast | None = None

    def after(self, season: Season, now: float, *, startup_seconds: float, requests_per_task: float) -> Told:
        """What is to be told at ``now``: ``season.forecast``, as it was told before if nothing of it can differ."""
        slots = season.slots_ahead(now, startup_seconds)
        grounds = _Grounds(season.daily, season.weekly, season.closed, slots, requests_per_task)
        if self.grounds is not None and grounds.same_as(self.grounds):
            return self
        return Told(grounds, season.forecast(now, startup_seconds=startup_seconds, requests_per_task=requests_per_task))

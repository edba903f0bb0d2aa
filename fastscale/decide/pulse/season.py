"""Learns how a service's load recurs by day and by week, and what it therefore takes in the next minutes. Pure.

A :class:`Season` is one frozen value of bounded size. It is given the load as it is measured, closes a slot every five
minutes, and keeps two patterns, the day's and the week's. The one that has foretold better lately speaks, if it has
foretold well and today follows it. What it says is a floor, so it can only add tasks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastscale.decide.pulse.observation import Forecast
from fastscale.decide.pulse.season_pattern import Pattern, Rivals
from fastscale.decide.pulse.season_profile import DAILY, WEEKLY
from fastscale.decide.pulse.season_slots import SLOT_SECONDS, SLOTS_PER_DAY, OpenSlot, SlotLoad, place_in_week, slot_of
from fastscale.errors import PlanError

#: Tasks are held ready for peaks this far ahead (beyond the start-up time): recurring peaks come minutes early or late.
LEAD_SECONDS = 900
#: Forecasts are checked at that distance.
LEAD_SLOTS = LEAD_SECONDS // SLOT_SECONDS
#: When this many slots have passed since the newest one that was measured, nothing is known of today.
RECENT_SLOTS = 3
#: One observation stands for at most this long; longer silence was not measured.
LONGEST_OBSERVATION_SECONDS = 60.0
#: Above it a rate is a fault of measurement; the squares of all below fit the numbers that are stored.
MOST_RATE = 1e12


@dataclass(frozen=True, slots=True)
class Promise:
    """What was foretold for a slot, by the day's and the week's pattern and without any (requests/s)."""

    slot: int
    rivals: Rivals
    daily: float | None
    weekly: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Season:
    """Everything learnt of one service. ``time_zone`` is that of the people whose habits make the load.

    ``closed`` is the newest slot that was measured, ``open`` the one being measured, ``rivals`` what was to be expected
    after it without a pattern, ``promises`` what was foretold and not met yet. Raises PlanError when there is no such
    time zone.
    """

    time_zone: str
    daily: Pattern = field(default_factory=lambda: Pattern.empty(DAILY))
    weekly: Pattern = field(default_factory=lambda: Pattern.empty(WEEKLY))
    rivals: Rivals | None = None
    promises: tuple[Promise, ...] = ()
    open: OpenSlot | None = None
    closed: int | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
            raise PlanError(f"time_zone {self.time_zone!r} is not an IANA name such as Asia/Seoul") from None

    def learn(self, now: float, rate: float, seconds: float) -> Season:
        """After ``rate`` requests/s over the ``seconds`` that ended at ``now``. What cannot be a load is ignored."""
        if not (0 <= rate <= MOST_RATE and seconds > 0 and math.isfinite(now)):
            return self
        seconds = min(seconds, LONGEST_OBSERVATION_SECONDS)
        middle = now - seconds / 2
        slot = slot_of(middle)
        season = self
        if slot < self._next:
            if self._next - slot <= SLOTS_PER_DAY:
                return self  # the clock was set back a little: what is measured twice is not learnt twice
            season = replace(self._rested(), promises=(), open=None)  # it was far ahead before
        elif self.open is not None and self.open.slot != slot:
            season = self._close(self.open)
        opened = season.open or OpenSlot(slot)
        return replace(season, open=opened.add(middle, rate, seconds))

    def forecast(self, now: float, *, startup_seconds: float, requests_per_task: float) -> Forecast | None:
        """Tasks for the busiest minute expected from ``now`` until a task launched LEAD_SECONDS later would serve.

        None when too little is known, when the patterns have not foretold well, or when today does not follow them.
        """
        slots = self.slots_ahead(now, startup_seconds)
        if self.closed is None or slots.start - (self.closed + 1) >= RECENT_SLOTS:
            return None
        sure = [one for one in (self.daily, self.weekly) if one.trust.speaks]
        if not sure:
            return None
        places = self.places(slots)
        offers = [(one.trust.confidence, peak) for one in sure if (peak := one.peak(places)) is not None]
        if not offers:
            return None
        confidence, peak = max(offers)
        return Forecast(floor=math.ceil(peak / requests_per_task), confidence=confidence)

    def slots_ahead(self, now: float, startup_seconds: float) -> range:
        """The slots that a forecast at ``now`` (epoch seconds) is about."""
        return range(slot_of(now), slot_of(now + LEAD_SECONDS + startup_seconds) + 1)

    def places(self, slots: range) -> list[int]:
        """The places of ``slots`` in the week."""
        zone = ZoneInfo(self.time_zone)
        return [place_in_week(slot, zone) for slot in slots]

    @property
    def _next(self) -> int:
        """The slot being measured, or the earliest that may be measured next."""
        if self.open is not None:
            return self.open.slot
        return 0 if self.closed is None else self.closed + 1

    def _close(self, opened: OpenSlot) -> Season:
        load = opened.load()
        season = replace(self, open=None)
        return season if load is None else season._met(load)

    def _met(self, load: SlotLoad) -> Season:
        """Check what was foretold for the slot, learn it, and foretell the one that lies LEAD_SLOTS ahead."""
        season = self if self.closed is None or load.slot - self.closed <= LEAD_SLOTS else self._rested()
        daily, weekly = season.daily, season.weekly
        for promise in season.promises:
            if promise.slot == load.slot:
                daily = daily.checked(promise.daily, promise.rivals, load)
                weekly = weekly.checked(promise.weekly, promise.rivals, load)
        zone = ZoneInfo(self.time_zone)
        place, ahead = place_in_week(load.slot, zone), place_in_week(load.slot + LEAD_SLOTS, zone)
        daily, weekly = daily.after(place, load), weekly.after(place, load)
        rivals = season.rivals.next(load) if season.rivals else Rivals(load.mean, load.mean)
        promise = Promise(load.slot + LEAD_SLOTS, rivals, daily.foretold(ahead), weekly.foretold(ahead))
        kept = tuple(one for one in season.promises if one.slot > load.slot)
        return replace(season, daily=daily, weekly=weekly, rivals=rivals, promises=(*kept, promise), closed=load.slot)

    def _rested(self) -> Season:
        """After a time without measurements."""
        return replace(
            self,
            rivals=None,
            closed=None,
            daily=replace(self.daily, trust=self.daily.trust.rested()),
            weekly=replace(self.weekly, trust=self.weekly.trust.rested()),
        )

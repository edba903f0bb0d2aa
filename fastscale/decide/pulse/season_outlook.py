"""What a season says of the hours to come, for people to look at. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from zoneinfo import ZoneInfo

from fastscale.decide.pulse.season import LEAD_SECONDS, Season
from fastscale.decide.pulse.season_pattern import HALF_HOUR_KEEP, Pattern
from fastscale.decide.pulse.season_profile import Usual
from fastscale.decide.pulse.season_slots import SLOT_SECONDS, SLOTS_PER_DAY, place_in_week, slot_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """One slot to come: when it begins (epoch seconds), and what is usual then, in requests/s; None is not known.

    ``floor`` is the number of tasks that will be held ready then if the load goes on as usual until then.
    """

    at: float
    mean: float | None = None
    spread: float | None = None
    peak: float | None = None
    floor: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The hours to come. ``cycle`` is the pattern that they come from, ``confidence`` how sure it is (0 to 1).

    ``silence`` says why no floor is raised at the moment; None when it is.
    """

    time_zone: str
    cycle: str
    confidence: float
    silence: str | None
    slots: tuple[Expected, ...]


def measured_until(season: Season) -> float | None:
    """The end of the newest slot that was measured (epoch seconds); None when there is none."""
    return None if season.closed is None else (season.closed + 1) * float(SLOT_SECONDS)


def outlook(season: Season, now: float, *, startup_seconds: float, requests_per_task: float) -> Outlook:
    """The slots of a day from ``now`` on, by the pattern that speaks, or the one that knows most while none does."""
    places = season.places(season.slots_ahead(now, startup_seconds))
    pattern = _speaker(season, places)
    silence = None
    if season.forecast(now, startup_seconds=startup_seconds, requests_per_task=requests_per_task) is None:
        silence = _silence(season, pattern, places)
    expected = tuple(islice(_expected(season, pattern, now), SLOTS_PER_DAY + _slots_ahead(startup_seconds)))
    floors = [
        None if silence else _floor(expected[first : first + 1 + _slots_ahead(startup_seconds)], requests_per_task)
        for first in range(SLOTS_PER_DAY)
    ]
    return Outlook(
        time_zone=season.time_zone,
        cycle=pattern.profile.cycle.name,
        confidence=pattern.trust.confidence,
        silence=silence,
        slots=tuple(replace(one, floor=floor) for one, floor in zip(expected, floors, strict=False)),
    )


def _speaker(season: Season, places: list[int]) -> Pattern:
    """The pattern that a forecast would come from, or the one that is nearest to it."""

    def fitness(pattern: Pattern) -> tuple[bool, bool, float]:
        return pattern.peak(places) is not None, not pattern.trust.broken, pattern.trust.confidence

    return max(season.daily, season.weekly, key=fitness)


def _silence(season: Season, pattern: Pattern, places: list[int]) -> str:
    """Why there is no forecast."""
    if season.closed is None:
        return "nothing was measured yet"
    if pattern.trust.broken:
        return "today does not follow the pattern"
    if pattern.peak(places) is None:
        return "too few days are known: it takes three, or two weeks for what is weekly"
    if not pattern.trust.speaks:
        return "the load does not recur: forecasts by the pattern were not better than the load of the last minutes"
    return "nothing was measured lately"


def _expected(season: Season, pattern: Pattern, now: float) -> Iterator[Expected]:
    """Slot after slot without end. How far today is off the usual level is forgotten as it was learnt."""
    zone, off = ZoneInfo(season.time_zone), pattern.trust.level - 1
    slot = slot_of(now)
    while True:
        usual = pattern.profile.usual(place_in_week(slot, zone))
        yield _scaled(slot, usual, 1 + off)
        slot, off = slot + 1, off * HALF_HOUR_KEEP


def _scaled(slot: int, usual: Usual | None, level: float) -> Expected:
    at = float(slot * SLOT_SECONDS)
    if usual is None:
        return Expected(at=at)
    return Expected(at=at, mean=usual.mean * level, spread=usual.spread * level, peak=usual.peak * level)


def _floor(ahead: tuple[Expected, ...], requests_per_task: float) -> int | None:
    peaks = [one.peak for one in ahead if one.peak is not None]
    return math.ceil(max(peaks) / requests_per_task) if len(peaks) == len(ahead) else None


def _slots_ahead(startup_seconds: float) -> int:
    return math.ceil((LEAD_SECONDS + startup_seconds) / SLOT_SECONDS)

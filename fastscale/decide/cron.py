"""Cron expressions in AWS's dialect: minutes, hours, day of month, month, day of week, year.

Sources: Amazon EventBridge user guide, eb-cron-expressions.html, which Application Auto Scaling refers to; for clock
changes EventBridge Scheduler user guide, "Daylight savings time on EventBridge Scheduler": a time that does not exist
is skipped, and one that comes twice counts the first time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from fastscale.errors import ExpressionError

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_WEEKDAYS = "SUN MON TUE WED THU FRI SAT"
_LAST_YEAR = 2199

#: The days of a month that match; from (year, month).
_DayRule = Callable[[int, int], set[int]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a cron expression: its name, the values it may have, and their names."""

    name: str
    low: int
    high: int
    names: Mapping[str, int]

    def value(self, text: str) -> int:
        """The number that ``text`` stands for. Raises ExpressionError when it is none of this field's."""
        number = self.names.get(text.upper(), int(text) if text.isdecimal() else -1)
        if self.low <= number <= self.high:
            return number
        raise ExpressionError(f"{self.name} {text!r} is not in {self.low}-{self.high}")

    def values(self, text: str) -> set[int]:
        """The values of one item: ``*``, ``5``, ``5-9``, ``*/15``, ``5/15`` or ``5-9/2``."""
        span, slash, step = text.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            raise ExpressionError(f"{self.name} {text!r} needs a whole number above 0 after '/'")
        low, dash, high = span.partition("-")
        if span == "*":
            first, last = self.low, self.high
        elif dash:
            first, last = self.value(low), self.value(high)
        else:
            first = self.value(span)
            last = self.high if slash else first
        if first > last:
            raise ExpressionError(f"{self.name} {text!r} runs backwards")
        return set(range(first, last + 1, int(step or 1)))


def _numbered(words: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(words.split(), start=1)}


MINUTE = Field("minutes", 0, 59, {})
HOUR = Field("hours", 0, 23, {})
DAY = Field("day of month", 1, 31, {})
MONTH = Field("month", 1, 12, _numbered(_MONTHS))
WEEKDAY = Field("day of week", 1, 7, _numbered(_WEEKDAYS))
YEAR = Field("year", 1970, _LAST_YEAR, {})


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read: what each field allows, in ascending order, and the rules for the days."""

    minutes: Sequence[int]
    hours: Sequence[int]
    months: Sequence[int]
    years: Sequence[int]
    days: tuple[_DayRule, ...]

    def next_after(self, after: float, zone: ZoneInfo) -> float | None:
        """The first time after ``after`` (epoch seconds) that matches in ``zone``; None when there is none left."""
        start = datetime.fromtimestamp(after, zone).date()
        for day in self._dates_from(start):
            fire = next((fire for fire in self._fires_on(day, zone) if fire > after), None)
            if fire is not None:
                return fire
        return None

    def _dates_from(self, start: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    days = set().union(*(rule(year, month) for rule in self.days))
                    yield from (day for day in (date(year, month, number) for number in sorted(days)) if day >= start)

    def _fires_on(self, day: date, zone: ZoneInfo) -> Iterator[float]:
        for hour in self.hours:
            for minute in self.minutes:
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                moment = local.astimezone(UTC)
                if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield moment.timestamp()


@lru_cache(maxsize=256)
def parse(fields: str) -> Cron:
    """Read the six fields that stand inside ``cron(...)``. Raises ExpressionError that names the wrong one."""
    parts = fields.split()
    if len(parts) != 6:
        raise ExpressionError(
            f"cron needs 6 fields (minutes hours day-of-month month day-of-week year), not {len(parts)}"
        )
    minute, hour, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise ExpressionError("cron needs '?' in exactly one of day of month and day of week")
    rules = _day_rules(weekday, _weekday_rule) if day == "?" else _day_rules(day, _day_rule)
    if "#" in weekday and len(rules) > 1:
        raise ExpressionError(f"day of week {weekday!r}: '#' allows no other day beside it")
    return Cron(_values(MINUTE, minute), _values(HOUR, hour), _values(MONTH, month), _values(YEAR, year), rules)


def _values(field: Field, text: str) -> list[int]:
    return sorted(set().union(*(field.values(item) for item in text.split(","))))


def _day_rules(text: str, rule: Callable[[str], _DayRule]) -> tuple[_DayRule, ...]:
    return tuple(rule(item) for item in text.split(","))


def _day_rule(text: str) -> _DayRule:
    """One item of the day of month: a value or range, ``L`` (last day), ``15W`` (weekday nearest the 15th), ``LW``."""
    upper = text.upper()
    if upper == "L":
        return lambda year, month: {_length(year, month)}
    if upper == "LW":
        return lambda year, month: {_nearest_weekday(year, month, _length(year, month))}
    if upper.endswith("W"):
        wanted = DAY.value(upper[:-1])
        return lambda year, month: {_nearest_weekday(year, month, wanted)} if wanted <= _length(year, month) else set()
    values = DAY.values(text)
    return lambda year, month: {day for day in values if day <= _length(year, month)}


def _weekday_rule(text: str) -> _DayRule:
    """One item of the day of week: a value or range, ``L`` (Saturday), ``6L`` (last Friday), ``6#3`` (third Friday)."""
    upper = text.upper()
    if upper == "L":
        return lambda year, month: set(_days_of_week(year, month, 7))
    if match := re.fullmatch(r"(\w+)L", upper):
        last = WEEKDAY.value(match[1])
        return lambda year, month: {_days_of_week(year, month, last)[-1]}
    if match := re.fullmatch(r"(\w+)#([1-5])", upper):
        weekday, instance = WEEKDAY.value(match[1]), int(match[2])
        return lambda year, month: set(_days_of_week(year, month, weekday)[instance - 1 : instance])
    values = WEEKDAY.values(text)
    return lambda year, month: {day for weekday in values for day in _days_of_week(year, month, weekday)}


def _length(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _days_of_week(year: int, month: int, weekday: int) -> list[int]:
    """The days of the month that are the ``weekday``, 1 for Sunday."""
    first = 1 + (weekday - 2 - monthrange(year, month)[0]) % 7
    return list(range(first, _length(year, month) + 1, 7))


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The Monday-to-Friday nearest to ``day`` within the month: the 1st on a Saturday becomes Monday the 3rd."""
    match date(year, month, day).isoweekday():
        case 6:
            return day - 1 if day > 1 else day + 2
        case 7:
            return day + 1 if day < _length(year, month) else day - 2
    return day

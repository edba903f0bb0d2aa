"""AWS's cron dialect, against known dates and against a brute-force scan of every minute."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.decide.cron import parse
from fastscale.errors import ExpressionError

DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def fires(fields: str, after: str, count: int = 3, zone: str = "UTC") -> list[str]:
    """The next ``count`` times in UTC, as text, fewer when there are no more."""
    found: list[str] = []
    moment: float | None = epoch(after)
    while moment is not None and len(found) < count:
        moment = parse(fields).next_after(moment, ZoneInfo(zone))
        if moment is not None:
            found.append(datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("30 8 * * ? *", ["2026-11-22 08:30", "2026-11-23 08:30", "2026-11-24 08:30"]),
        ("0 0/8 * * ? *", ["2026-11-22 08:00", "2026-11-22 16:00", "2026-11-23 00:00"]),
        ("*/20 23 ? * FRI *", ["2026-11-27 23:00", "2026-11-27 23:20", "2026-11-27 23:40"]),
        ("5/25 0 1 * ? *", ["2026-12-01 00:05", "2026-12-01 00:30", "2026-12-01 00:55"]),
        ("0 10-12/2 ? * 2 *", ["2026-11-23 10:00", "2026-11-23 12:00", "2026-11-30 10:00"]),
        ("0 7 ? * MON-FRI *", ["2026-11-23 07:00", "2026-11-24 07:00", "2026-11-25 07:00"]),
        ("0 0 ? * sun,3 *", ["2026-11-24 00:00", "2026-11-29 00:00", "2026-12-01 00:00"]),
        ("0 0 10,20 jan,3 ? *", ["2027-01-10 00:00", "2027-01-20 00:00", "2027-03-10 00:00"]),
        ("0 0 L * ? *", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00"]),
        ("0 0 L 2 ? *", ["2027-02-28 00:00", "2028-02-29 00:00", "2029-02-28 00:00"]),
        ("0 0 31 * ? *", ["2026-12-31 00:00", "2027-01-31 00:00", "2027-03-31 00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("0 0 15W * ? *", ["2026-12-15 00:00", "2027-01-15 00:00", "2027-02-15 00:00"]),
        ("0 0 29W * ? *", ["2026-11-30 00:00", "2026-12-29 00:00", "2027-01-29 00:00"]),  # the 29th is a Sunday
        ("0 0 28W 11 ? *", ["2026-11-27 00:00", "2027-11-29 00:00", "2028-11-28 00:00"]),  # Saturday, Sunday, Tuesday
        ("0 0 2W 1 ? 2027", ["2027-01-01 00:00"]),  # a Saturday
        ("0 0 1W 5 ? 2027", ["2027-05-03 00:00"]),  # a Saturday: not back into April
        ("0 0 31W 1 ? 2027", ["2027-01-29 00:00"]),  # a Sunday: not on into February
        ("0 0 31W 2 ? *", []),
        ("0 0 LW 1,2 ? 2027", ["2027-01-29 00:00", "2027-02-26 00:00"]),
        ("0 0 ? * L 2026", ["2026-11-28 00:00", "2026-12-05 00:00", "2026-12-12 00:00"]),
        ("15 10 ? * 6L *", ["2026-11-27 10:15", "2026-12-25 10:15", "2027-01-29 10:15"]),
        ("15 10 ? * fril *", ["2026-11-27 10:15", "2026-12-25 10:15", "2027-01-29 10:15"]),
        ("0 0 ? * 3#2 *", ["2026-12-08 00:00", "2027-01-12 00:00", "2027-02-09 00:00"]),
        ("0 0 ? * TUE#5 *", ["2026-12-29 00:00", "2027-03-30 00:00", "2027-06-29 00:00"]),
        ("0 0 ? * 1#1 2027-2028/1", ["2027-01-03 00:00", "2027-02-07 00:00", "2027-03-07 00:00"]),
        ("0 0 1 1 ? 2026,2028", ["2028-01-01 00:00"]),
        ("0 0 1 1 ? 2199", ["2199-01-01 00:00"]),
        ("0 0 30 2 ? *", []),
        ("0 0 1 1 ? 1970-2026", []),
    ],
)
def test_known_dates(fields: str, expected: list[str]) -> None:
    assert fires(fields, "2026-11-22T00:00:00") == expected


def test_the_next_time_is_after_the_given_one() -> None:
    assert fires("30 8 * * ? *", "2026-11-22T08:30:00", 1) == ["2026-11-23 08:30"]
    assert fires("30 8 * * ? *", "2026-11-22T08:29:59", 1) == ["2026-11-22 08:30"]


def test_times_are_those_of_the_zone() -> None:
    assert fires("30 8 * * ? *", "2026-11-22T00:00:00", 1, "Asia/Seoul") == ["2026-11-22 23:30"]
    assert fires("0 1 23 * ? *", "2026-11-22T00:00:00", 1, "Asia/Seoul") == ["2026-11-22 16:00"]
    # It is still the 21st in New York when it is the 22nd in UTC.
    assert fires("0 22 21 * ? *", "2026-11-22T00:00:00", 1, "America/New_York") == ["2026-11-22 03:00"]


def test_a_daily_time_keeps_its_hour_when_clocks_change() -> None:
    found = fires("0 12 * * ? *", "2026-03-27T12:00:00", 3, "Europe/Berlin")
    assert found == ["2026-03-28 11:00", "2026-03-29 10:00", "2026-03-30 10:00"]


def test_a_time_that_does_not_exist_is_skipped() -> None:
    """Berlin's clocks go from 02:00 to 03:00 on 29 March 2026."""
    found = fires("30 2 * * ? *", "2026-03-28T00:00:00", 3, "Europe/Berlin")
    assert found == ["2026-03-28 01:30", "2026-03-30 00:30", "2026-03-31 00:30"]


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    """Berlin's clocks go from 03:00 back to 02:00 on 25 October 2026."""
    found = fires("30 2 * * ? *", "2026-10-24T12:00:00", 2, "Europe/Berlin")
    assert found == ["2026-10-25 00:30", "2026-10-26 01:30"]
    hourly = fires("0 * * * ? *", "2026-10-24T23:30:00", 4, "Europe/Berlin")
    assert hourly == ["2026-10-25 00:00", "2026-10-25 02:00", "2026-10-25 03:00", "2026-10-25 04:00"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("0 8 * * ?", "cron needs 6 fields .*, not 5"),
        ("0 8 * * ? * *", "cron needs 6 fields .*, not 7"),
        ("0 8 * * * *", "'[?]' in exactly one of day of month and day of week"),
        ("0 8 ? * ? *", "'[?]' in exactly one of day of month and day of week"),
        ("0 8 1 * MON *", "'[?]' in exactly one of"),
        ("60 8 * * ? *", "minutes '60' is not in 0-59"),
        ("-1 8 * * ? *", "minutes '' is not in 0-59"),
        ("x 8 * * ? *", "minutes 'x' is not in 0-59"),
        ("0 24 * * ? *", "hours '24' is not in 0-23"),
        ("0 8 0 * ? *", "day of month '0' is not in 1-31"),
        ("0 8 32 * ? *", "day of month '32' is not in 1-31"),
        ("0 8 32W * ? *", "day of month '32' is not in 1-31"),
        ("0 8 L-3 * ? *", "day of month 'L' is not in 1-31"),
        ("0 8 * 13 ? *", "month '13' is not in 1-12"),
        ("0 8 * FOO ? *", "month 'FOO' is not in 1-12"),
        ("0 8 ? * 0 *", "day of week '0' is not in 1-7"),
        ("0 8 ? * 8L *", "day of week '8' is not in 1-7"),
        ("0 8 ? * 8#1 *", "day of week '8' is not in 1-7"),
        ("0 8 ? * 3#6 *", "day of week '3#6' is not in 1-7"),
        ("0 8 ? * 3#1,6#3 *", "day of week '3#1,6#3': '#' allows no other day beside it"),
        ("0 8 ? * 3#1,6 *", "'#' allows no other day beside it"),
        ("0 8 * * ? 1969", "year '1969' is not in 1970-2199"),
        ("0 8 * * ? 2200", "year '2200' is not in 1970-2199"),
        ("30-10 8 * * ? *", "minutes '30-10' runs backwards"),
        ("*/0 8 * * ? *", "minutes '[*]/0' needs a whole number above 0 after '/'"),
        ("*/ 8 * * ? *", "minutes '[*]/' needs a whole number above 0 after '/'"),
        ("*/x 8 * * ? *", "needs a whole number above 0"),
        ("1, 8 * * ? *", "minutes '' is not in 0-59"),
        ("? 8 * * ? *", "minutes '[?]' is not in 0-59"),
    ],
)
def test_what_is_not_understood_is_named(fields: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        parse(fields)


# --- against a scan of every minute, by rules written down a second time -------------------------------------------


def minute_matches(text: str, value: int, names: dict[str, int] | None = None) -> bool:
    """Whether a field without L, W and # allows ``value``."""
    for item in text.split(","):
        span, _, step = item.partition("/")
        for name, number in (names or {}).items():
            span = span.replace(name, str(number))
        low, dash, high = span.partition("-")
        if span == "*":
            inside, start = True, 0 if names is None else 1
        elif dash:
            inside, start = int(low) <= value <= int(high), int(low)
        else:
            inside, start = (value >= int(low) if step else value == int(low)), int(low)
        if inside and (value - start) % int(step or 1) == 0:
            return True
    return False


def day_matches(text: str, day: date) -> bool:
    last = monthrange(day.year, day.month)[1]
    if text == "L":
        return day.day == last
    if text.endswith("W"):
        wanted = int(text[:-1])
        if wanted > last:
            return False
        candidates = [candidate for candidate in range(1, last + 1) if day.replace(day=candidate).weekday() < 5]
        return day.day == min(candidates, key=lambda candidate: abs(candidate - wanted))
    return minute_matches(text, day.day, {})


def weekday_matches(text: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    if text.endswith("L"):
        return number == int(text[:-1]) and (day + timedelta(7)).month != day.month
    if "#" in text:
        weekday, instance = text.split("#")
        return number == int(weekday) and (day.day - 1) // 7 + 1 == int(instance)
    return minute_matches(text, number, {name: index for index, name in enumerate(DAYS, start=1)})


def scan(fields: str, after: float, zone: ZoneInfo, limit: float) -> float | None:
    """The first whole minute after ``after`` that matches, found by looking at each; None when ``limit`` is passed."""
    minute, hour, day, month, weekday, _ = fields.split()
    moment = (after // 60 + 1) * 60
    while moment <= limit:
        local = datetime.fromtimestamp(moment, zone)
        if (
            local.fold == 0
            and minute_matches(minute, local.minute)
            and minute_matches(hour, local.hour)
            and minute_matches(month, local.month, {})
            and (weekday_matches(weekday, local.date()) if day == "?" else day_matches(day, local.date()))
        ):
            return moment
        moment += 60
    return None


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    spans = st.tuples(value, value).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.one_of(st.just("*"), value.map(str), spans), st.integers(1, 12)).map("{0[0]}/{0[1]}".format)
    item = st.one_of(value.map(str), spans, stepped)
    return st.one_of(st.just("*"), st.lists(item, min_size=1, max_size=3).map(",".join))


day_fields = st.one_of(
    st.tuples(st.one_of(numbers(1, 31), st.just("L"), st.integers(1, 31).map("{}W".format)), st.just("?")),
    st.tuples(
        st.just("?"),
        st.one_of(
            numbers(1, 7),
            st.integers(1, 7).map("{}L".format),
            st.tuples(st.integers(1, 7), st.integers(1, 5)).map("{0[0]}#{0[1]}".format),
            st.sampled_from(["MON-FRI", "SUN", "TUE,THU"]),
        ),
    ),
)
cron_fields = st.builds(
    lambda minute, hour, days, month: f"{minute} {hour} {days[0]} {month} {days[1]} *",
    numbers(0, 59),
    numbers(0, 23),
    day_fields,
    numbers(1, 12),
)
#: Zones that change their clocks by an hour, by half an hour and at midnight, and one that never does.
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Seoul"])
#: Days around the changes of 2026 in these zones, and others.
starts = st.one_of(
    st.sampled_from(["2026-03-28", "2026-03-07", "2026-04-04", "2026-04-23", "2026-10-24", "2026-10-31", "2026-10-29"]),
    st.dates(date(2026, 1, 1), date(2029, 1, 1)).map(str),
)
SCAN_DAYS = 4


@settings(max_examples=150, deadline=None)
@given(cron_fields, zones, starts, st.integers(0, 86399))
def test_the_next_time_is_what_a_scan_of_every_minute_finds(fields: str, zone: str, start: str, second: int) -> None:
    after = epoch(start) + second
    limit = after + SCAN_DAYS * 86400
    found = parse(fields).next_after(after, ZoneInfo(zone))
    expected = scan(fields, after, ZoneInfo(zone), limit)
    assert (found if found is not None and found <= limit else None) == expected

"""What a service's days teach, told as timelines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.season import Season
from fastscale.decide.pulse.season_pattern import LEAST_CONFIDENCE
from fastscale.errors import PlanError
from tests.decide.pulse.days import Week, quiet, shop


def test_after_three_ordinary_days_the_floor_rises_before_the_fourth_morning() -> None:
    week = Week()
    week.days(shop, shop)
    week.until(8.9, shop)
    assert week.forecast() is None  # two days could be chance
    week.days(shop)
    week.until(8.5, shop)
    assert week.floor() == 1
    week.until(8.75, shop)
    assert week.floor() == 4  # a quarter of an hour before nine o'clock
    week.until(11.75, shop)
    assert week.floor() == 20
    week.until(12.6, shop)
    assert week.floor() == 4


def test_a_public_holiday_breaks_the_pattern_and_the_floor_goes_away() -> None:
    week = Week()
    week.days(shop, shop, shop)
    raised = [hour for hour in week.minutes(quiet) if (week.floor() or 0) > 1]
    assert min(raised) == pytest.approx(8.75, abs=0.1)  # nobody knows yet
    assert max(raised) < 9.3  # two slots without the peak
    week.midnight = week.midnight.replace(day=6)
    week.until(8.9, shop)
    assert week.floor() == 4  # one holiday does not end what three days taught


def test_a_day_far_above_the_usual_one_is_left_to_the_present_load() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(10.2, lambda hour: 8 * shop(hour))
    assert week.forecast() is None


def test_a_day_a_little_busier_than_usual_stretches_the_pattern() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(11.9, lambda hour: 1.2 * shop(hour))
    assert week.floor() == 24


def test_a_week_with_a_quiet_weekend_is_learnt_as_a_week() -> None:
    week = Week()
    workdays, weekend = [shop] * 5, [quiet] * 2
    week.days(*workdays, *weekend, *workdays, *weekend)
    week.days(*workdays)
    for _ in weekend:
        assert [hour for hour in week.minutes(quiet) if (week.floor() or 0) > 1] == []
        week.days(quiet)
    week.until(8.9, shop)
    assert week.floor() == 4  # Monday


def test_a_lasting_change_is_learnt() -> None:
    week = Week()
    week.days(shop, shop, shop, shop)
    week.days(*[lambda hour: shop((hour - 3) % 24)] * 14)  # everything three hours later, for good
    week.until(11.9, lambda hour: shop((hour - 3) % 24))
    assert week.floor() == 4
    week.until(14.9, lambda hour: shop((hour - 3) % 24))
    assert (week.floor() or 0) >= 19  # the old days still count a little


@pytest.mark.parametrize(("zone", "first"), [("America/New_York", "2026-03-04"), ("Europe/Berlin", "2026-10-21")])
def test_peaks_follow_local_time_when_clocks_change(zone: str, first: str) -> None:
    week = Week(zone, first)
    week.days(shop, shop, shop, shop, shop, shop)
    raised = [hour for hour in week.minutes(shop, 9) if week.floor() == 4]
    assert min(raised) == pytest.approx(8.75, abs=0.02)


def test_steady_load_has_no_pattern() -> None:
    week = Week()
    week.days(*[lambda _hour: 250.0] * 5)
    assert week.forecast() is None


def test_what_was_not_measured_lately_says_nothing_of_today() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(8, shop)
    assert week.season.forecast(week.now + 550, startup_seconds=30, requests_per_task=100) is not None
    assert week.season.forecast(week.now + 650, startup_seconds=30, requests_per_task=100) is None


def test_a_time_without_measurements_is_survived() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.now = week.midnight.timestamp() + 7 * 3600  # nothing was measured from midnight to seven
    week.until(8.9, shop)
    assert week.floor() == 4


def test_a_clock_set_back_does_not_learn_the_same_time_twice() -> None:
    week = Week()
    week.days(shop)
    before = week.season
    assert before.learn(week.now - 3600, 9999, 60) == before


def test_a_clock_that_was_far_ahead_does_not_stop_the_learning() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.season = week.season.learn(week.now + 400 * 86400, 60, 60).learn(week.now + 400 * 86400 + 600, 60, 60)
    week.until(8.9, shop)
    assert week.floor() == 4


@pytest.mark.parametrize(
    ("now", "rate", "seconds"), [(0, -1, 1), (0, math.nan, 1), (0, math.inf, 1), (0, 1, 0), (math.inf, 1, 1)]
)
def test_what_cannot_be_a_load_is_ignored(now: float, rate: float, seconds: float) -> None:
    empty = Season(time_zone="UTC")
    assert empty.learn(now, rate, seconds) is empty


def test_a_time_zone_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(PlanError, match="Mars/Olympus"):
        Season(time_zone="Mars/Olympus")


def test_seconds_and_minutes_teach_the_same() -> None:
    by_second, by_minute = Season(time_zone="UTC"), Season(time_zone="UTC")
    for minute in range(30):
        by_minute = by_minute.learn(60.0 * (minute + 1), 10.0 * minute, 60)
        for second in range(60):
            by_second = by_second.learn(60.0 * minute + second + 1, 10.0 * minute, 1)
    assert by_second.closed == by_minute.closed == 4
    assert by_second.daily.profile == by_minute.daily.profile


rates = st.one_of(st.floats(0, 1e5), st.just(0.0), st.floats(0, 1e12))
looks = st.lists(st.tuples(st.floats(0.5, 4000), rates), max_size=300)


def lived(season: Season, start: float, looks: list[tuple[float, float]]) -> tuple[Season, float]:
    now = start
    for seconds, rate in looks:
        now += seconds
        season = season.learn(now, rate, seconds)
    return season, now


@given(looks, looks)
@settings(max_examples=40, deadline=None)
def test_a_restart_at_any_moment_changes_nothing(before: list, after: list) -> None:
    season, now = lived(Season(time_zone="Europe/Berlin"), 1.7e9, before)
    restarted = season_bytes.from_bytes(season_bytes.to_bytes(season))
    assert restarted == season
    assert lived(restarted, now, after) == lived(season, now, after)


@given(st.lists(st.floats(0, 1e5), min_size=24, max_size=24), st.integers(2, 9), st.floats(1, 1000))
@settings(max_examples=15, deadline=None)
def test_whatever_recurs_what_is_foretold_is_a_sure_number_of_tasks(hours: list, days: int, capacity: float) -> None:
    week = Week()
    week.days(*[lambda hour: hours[int(hour)]] * days)
    for _ in week.minutes(lambda hour: hours[int(hour)]):
        found = week.season.forecast(week.now, startup_seconds=30, requests_per_task=capacity)
        if found is not None:
            assert 0 <= found.floor <= math.ceil(2 * max(hours) / capacity)
            assert LEAST_CONFIDENCE <= found.confidence <= 1
            twice = week.season.forecast(week.now, startup_seconds=30, requests_per_task=2 * capacity)
            assert twice is not None
            assert twice.floor <= found.floor

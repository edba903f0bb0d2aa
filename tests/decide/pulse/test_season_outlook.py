"""The hours to come, as they are drawn."""

from __future__ import annotations

from datetime import datetime

from fastscale.decide.pulse.observation import Forecast
from fastscale.decide.pulse.season_outlook import Outlook, measured_until, outlook
from tests.decide.pulse.days import Week, quiet, shop


def seen(week: Week) -> Outlook:
    return outlook(week.season, week.now, startup_seconds=30, requests_per_task=100)


def at(week: Week, shown: Outlook) -> dict[str, int | None]:
    return {f"{datetime.fromtimestamp(one.at, week.zone):%H:%M}": one.floor for one in shown.slots}


def test_after_three_days_the_fourth_is_drawn() -> None:
    week = Week()
    week.days(shop, shop, shop)
    shown = seen(week)
    floors = at(week, shown)
    assert (shown.cycle, shown.silence, len(shown.slots)) == ("daily", None, 288)
    assert [floors[hour] for hour in ("08:00", "08:45", "11:45", "12:25", "12:30", "17:55", "18:00")] == [
        1, 4, 20, 20, 4, 4, 1,
    ]  # fmt: skip
    assert Forecast(floor=1, confidence=shown.confidence) == week.forecast()


def test_a_busier_day_is_drawn_busier_for_the_next_hours_only() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(10, lambda hour: 1.3 * shop(hour))
    means = [one.mean or 0 for one in seen(week).slots]
    assert 500 < means[0] < 521
    assert 399 < means[12 * 6] < 403  # four o'clock


def test_the_drawing_says_why_no_floor_is_raised() -> None:
    week = Week()
    assert seen(week).silence == "nothing was measured yet"
    assert measured_until(week.season) is None
    week.days(shop)
    assert "too few days are known" in str(seen(week).silence)
    week.days(shop, shop)
    assert seen(week).silence is None
    late = outlook(week.season, week.now + 7200, startup_seconds=30, requests_per_task=100)
    assert late.silence == "nothing was measured lately"
    week.until(10, quiet)
    broken = seen(week)
    assert broken.silence == "today does not follow the pattern"
    assert {one.floor for one in broken.slots} == {None}
    steady = Week()
    steady.days(*[lambda _hour: 250.0] * 4)
    assert "does not recur" in str(seen(steady).silence)

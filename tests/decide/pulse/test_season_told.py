from dataclasses import replace

from fastscale.decide.pulse.season_told import Told
from tests.decide.pulse.days import Week, quiet, shop


def test_what_is_told_is_the_forecast_at_every_moment() -> None:
    week, told, worked_out = Week(), Told(), 0
    week.days(shop, shop, shop)
    floors = set()
    for day in (shop, quiet, shop):
        for _ in week.minutes(day):
            before = told
            told = told.after(week.season, week.now, startup_seconds=30, requests_per_task=100)
            assert told.forecast == week.forecast()
            floors.add(told.forecast and told.forecast.floor)
            worked_out += told is not before
        week.midnight = week.midnight.fromtimestamp(week.now, week.zone)
    assert {None, 4, 20} <= floors
    assert worked_out < 3 * 1440 / 2  # a slot ends every five minutes, and one comes into sight


def test_it_is_told_anew_after_silence_and_for_tasks_of_another_size() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(8, shop)
    told = Told().after(week.season, week.now, startup_seconds=30, requests_per_task=100)
    assert told.forecast is not None
    half = told.after(week.season, week.now, startup_seconds=30, requests_per_task=200)
    assert half.forecast == replace(told.forecast, floor=(told.forecast.floor + 1) // 2)
    assert told.after(week.season, week.now + 3600, startup_seconds=30, requests_per_task=100).forecast is None

"""Floors, ceilings and schedules that move nothing or cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from fastscale.plan import Schedule
from tests.inspect.designs import OUT, codes, found, high, plan


def schedule(**given: Any) -> Schedule:
    return Schedule(**{"name": "s", "expression": "rate(1 day)", **given})


def test_a_floor_that_is_the_ceiling() -> None:
    [one] = found(plan(high(), steps=(OUT,), min_capacity=3, max_capacity=3))
    assert (one.code, one.what) == ("FS006", "floor and ceiling are both 3 tasks, so the count never moves")


def test_a_schedule_may_open_a_closed_range() -> None:
    opening = (schedule(min_capacity=3, max_capacity=9),)
    same = (schedule(min_capacity=3, max_capacity=3),)
    assert codes(plan(min_capacity=3, max_capacity=3, schedules=opening)) == []
    assert codes(plan(min_capacity=3, max_capacity=3, schedules=same)) == ["FS006"]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"min_capacity": 60}, "its floor of 60 is above the ceiling"),
        ({"max_capacity": 1}, "its ceiling of 1 is below the floor"),
        ({"min_capacity": 3, "expression": "cron(0 8 * * *)"}, "AWS cannot read 'cron(0 8 * * *)'"),
        ({"min_capacity": 3, "expression": "every day"}, "AWS cannot read 'every day'"),
        ({"min_capacity": 3, "time_zone": "Europe/Atlantis"}, "AWS cannot read 'rate(1 day)'"),
    ],
)
def test_schedules_that_cannot_do_what_they_say(given: dict[str, Any], what: str) -> None:
    [one] = found(plan(schedules=(schedule(**given),)))
    assert (one.code, one.subject, one.what) == ("FS014", "s", what)


@pytest.mark.parametrize(
    "given",
    [
        {"min_capacity": 50},
        {"max_capacity": 2},
        {"min_capacity": 60, "max_capacity": 90},
        {"min_capacity": 3, "expression": "cron(0 8 ? * MON-FRI *)", "time_zone": "Europe/Berlin"},
        {"min_capacity": 3, "expression": "at(2027-01-01T00:00:00)"},
    ],
)
def test_schedules_that_can(given: dict[str, Any]) -> None:
    assert codes(plan(schedules=(schedule(**given),))) == []

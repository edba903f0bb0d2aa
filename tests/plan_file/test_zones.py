"""Schedules are in the plan's time zone unless they say otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from fastscale import plan_file
from fastscale.errors import PlanError


def zones(given: dict[str, Any]) -> dict[str, str]:
    return {schedule.name: schedule.time_zone for schedule in plan_file.from_table(given).scaling.schedules}


def test_the_schedules_of_a_profile_move_to_the_time_zone_of_the_file() -> None:
    assert set(zones({"profile": "default"}).values()) == {"Asia/Seoul"}
    assert set(zones({"profile": "default", "time_zone": "Europe/Berlin"}).values()) == {"Europe/Berlin"}


def test_a_schedule_may_have_a_time_zone_of_its_own() -> None:
    opening = {"expression": "cron(0 9 * * ? *)", "min_capacity": 4}
    schedules = {"Here": opening, "There": {**opening, "time_zone": "America/New_York"}}
    found = zones(
        {"time_zone": "Europe/Berlin", "scaling": {"schedules": schedules}, "alarms": []},
    )
    assert found == {"Here": "Europe/Berlin", "There": "America/New_York"}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"profile": "default", "time_zone": "Korea/Seoul"},
            "time_zone = 'Korea/Seoul': is not an IANA time zone such as Asia/Seoul",
        ),
        (
            {"profile": "default", "scaling": {"schedules": {"Night": {"time_zone": "Asia"}}}},
            "scaling.schedules.\"Night\".time_zone = 'Asia': is not an IANA time zone such as Asia/Seoul",
        ),
    ],
)
def test_a_time_zone_that_does_not_exist_is_named(given: dict[str, Any], line: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan_file.from_table(given)
    assert str(refused.value) == line

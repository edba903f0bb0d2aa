from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fastscale.demo.settings import DemoSettings, ServiceNames, long_enough
from fastscale.errors import InputError
from fastscale.profiles import profile


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"calm_rate": 0}, "--calm-rate 0 is not a rate: give requests/s above 0"),
        ({"surge_rate": float("nan")}, "--surge-rate nan is not a rate: give requests/s above 0"),
        ({"task_capacity": -1}, "--task-capacity -1 is not a capacity: give requests/s above 0"),
        ({"calm_seconds": 0}, "--calm 0 is not a time: give seconds above 0"),
        ({"calm_seconds": float("inf")}, "--calm inf is not a time: give seconds above 0"),
        ({"surge_seconds": float("nan")}, "--duration nan is not a time: give seconds above 0"),
        ({"surge_rate": 60}, "--surge-rate 60 is no surge: give more than --calm-rate 60"),
        ({"surge_seconds": 1}, "--duration 1 ends the surge while it rises: give more than 1 s"),
        ({"min_tasks": -3}, "--min-tasks -3 is not a number of tasks: give 0 or more"),
        ({"path": "health"}, "--path 'health' is not a path: it begins with /"),
        (
            {"compare": Path("no/such/report.json")},
            "--compare 'no/such/report.json' is not a file: give the report.json of an earlier run",
        ),
    ],
)
def test_an_impossible_setting_is_refused_by_its_option(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as refusal:
        DemoSettings(**wrong)
    assert str(refusal.value) == complaint


def test_the_shape_is_calm_and_then_a_surge() -> None:
    shape = DemoSettings(calm_rate=5, surge_rate=50, calm_seconds=3, surge_seconds=7).shape()

    assert (shape.rate(2.9), shape.rate(4), shape.duration_seconds) == (5, 50, 10)


@pytest.mark.parametrize("startup", [0.0, 23.0, 60.0, 300.0])
def test_a_slow_start_gets_the_time_that_it_needs(startup: float) -> None:
    settings = DemoSettings(startup_seconds=startup, surge_seconds=long_enough(startup))

    assert settings.ready_seconds >= startup + 60
    assert settings.surge_seconds >= max(80, 2 * startup + 30)  # two orders, and what is left to do after each
    assert settings.shape().duration_seconds == settings.calm_seconds + settings.surge_seconds


def test_names_come_from_the_plan() -> None:
    plan = profile("default")
    other = plan.model_copy(update={"service": plan.service.model_copy(update={"cluster": "shop", "name": "web"})})

    assert ServiceNames.of(plan).resource_id == "service/fast-scaling-cluster/fast-scaling-service"
    assert ServiceNames.of(other).resource_id == "service/shop/web"

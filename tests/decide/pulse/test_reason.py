"""What Pulse says is what is so."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fastscale.decide.pulse.launches import launch_seconds
from fastscale.decide.pulse.observation import PulseMove
from tests.decide.pulse.timeline import STARTUP_SECONDS, Timeline, reading


def calm(desired: int = 2, rate: float = 100, **settings: object) -> Timeline:
    """A service that has been watched for two minutes."""
    timeline = Timeline(desired)
    timeline.change(**settings)
    timeline.run(120, rate)
    return timeline


def test_an_order_that_the_maximum_cuts_says_what_was_needed() -> None:
    service = calm(max_capacity=5)
    decision = service.step(reading(1000))
    assert service.desired == 5
    assert decision.reason.endswith("are needed, the maximum is 5")

    decision = service.run(10, 1000)
    assert decision.move is PulseMove.HOLD
    assert "2 do" in decision.reason
    assert decision.reason.endswith("are needed, but 5 is the maximum")


def test_tasks_that_do_not_come_to_serve_are_told() -> None:
    service = Timeline(13)
    decision = service.step(reading(600, tasks=2))
    assert "13 tasks are meant for" in decision.reason
    assert decision.reason.endswith("when all serve (2 do)")


def test_many_tasks_are_ready_when_the_last_is_launched_queue_or_not() -> None:
    service = calm(200, 10_000, max_capacity=2000)
    decision = service.step(reading(100_000, tasks=200))
    more = service.desired - 200
    assert f"will be ready in {STARTUP_SECONDS + launch_seconds(more):.0f} s" in decision.reason


def test_no_more_is_waited_for_than_the_maximum_lets_start() -> None:
    service = calm(max_capacity=50)
    service.step(reading(1e16))
    service.run(200, 100)
    assert service.desired == 2


def test_what_a_lowered_maximum_takes_is_not_said_to_be_idle() -> None:
    service = calm(48, 4000)
    service.change(max_capacity=20)
    decision = service.step(reading(4000, tasks=50))
    assert decision.desired == 20
    assert decision.reason == "the maximum is 20: 28 of 48 leave"


def test_tasks_leave_for_the_load_that_came_or_was_expected() -> None:
    service = calm(10)
    said = next(one for one in service.decisions if one.move is PulseMove.SHRINK)
    most = float(said.reason.split("/s")[0].split()[-1])
    assert 90 < most < 130


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("field", ["rate", "arrivals", "in_progress", "seconds"])
def test_what_is_no_number_of_a_load_is_no_reading(field: str, bad: float) -> None:
    service = calm()
    before = service.memory
    decision = service.step(replace(reading(100), **{field: bad}))
    assert decision.move is PulseMove.BLIND
    assert service.memory == before

"""What Pulse does with a service that is idle, stuck, or slow by nature."""

from __future__ import annotations

import pytest

from fastscale.decide.pulse.observation import PulseMove
from fastscale.plan import PulsePolicy
from tests.decide.pulse.timeline import Timeline, reading


def test_the_last_task_stays_where_the_minimum_is_none() -> None:
    service = Timeline()
    service.change(min_capacity=0)
    service.run(200, 0)
    assert service.desired == 1


def test_a_count_of_none_that_somebody_set_is_left() -> None:
    service = Timeline()
    service.change(min_capacity=0)
    service.run(100, 100, in_progress=5.0)
    service.set(0)
    decision = service.run(100, None)
    assert decision.desired is None
    assert service.desired == 0


def test_requests_that_do_not_end_keep_the_tasks_whatever_a_counter_of_ended_requests_says() -> None:
    service = Timeline(9)
    service.run(120, 600, in_progress=60.0)
    decision = service.run(400, 0, in_progress=900.0)
    assert service.desired == 9
    assert decision.reason.startswith("9 tasks work off the requests that wait")

    service.run(100, 0, in_progress=0.0)
    assert service.desired == 2, "nothing waits any more"


def test_tasks_that_carry_less_than_they_are_meant_to_are_kept_more_and_more() -> None:
    service = Timeline(8)
    queue, lowered = 0.0, 0
    for _ in range(3600):
        queue = max(0.0, queue + 600 - 60 * service.service.serving)
        decision = service.step(reading(600, tasks=service.service.serving, in_progress=30 + queue))
        lowered += decision.move is PulseMove.SHRINK
    assert lowered <= 8, "every eighty seconds would be 45"


@pytest.mark.parametrize("answer_seconds", [5, 30])
def test_long_answers_are_no_queue(answer_seconds: float) -> None:
    service = Timeline()
    service.run(600, 100, in_progress=100.0 * answer_seconds)
    assert service.desired == 2


@pytest.mark.parametrize("interval", [1, 10])
def test_tasks_leave_at_any_interval(interval: int) -> None:
    service = Timeline(20, PulsePolicy(stable_seconds=60, interval_seconds=interval))
    for _ in range(200 // interval):
        service.now += interval - 1
        service.step(reading(100, arrivals=100 * interval, seconds=float(interval)))
    assert service.desired == 2

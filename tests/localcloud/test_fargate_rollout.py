"""When the circuit breaker gives a deployment up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.localcloud.fargate.rollout import CircuitBreaker, Rollout


@pytest.mark.parametrize(
    ("desired_count", "failures"), [(1, 3), (2, 3), (6, 3), (7, 4), (25, 13), (400, 200), (10_000, 200)]
)
def test_half_of_the_desired_count_rounded_up_is_too_many_within_3_and_200(desired_count: int, failures: int) -> None:
    assert CircuitBreaker().threshold(desired_count) == failures


def test_a_threshold_of_ones_own_is_taken_as_it_is() -> None:
    assert CircuitBreaker(kind="COUNT", value=1).threshold(500) == 1
    assert CircuitBreaker(kind="UNBOUNDED_PERCENT", value=10).threshold(5) == 1
    assert CircuitBreaker(kind="UNBOUNDED_PERCENT", value=100).threshold(5000) == 5000


@given(failures=st.integers(0, 12), desired_count=st.integers(1, 20))
def test_it_trips_exactly_when_as_many_fail_as_the_threshold_says(failures: int, desired_count: int) -> None:
    breaker, rollout = CircuitBreaker(), Rollout("ecs-svc/2")
    for number in range(failures):
        rollout.note(breaker, desired_count, serving=(), failed={f"task-{number}"})
        rollout.note(breaker, desired_count, serving=(), failed={f"task-{number}"})
    assert rollout.failed_tasks == failures
    assert rollout.tripped is (failures >= breaker.threshold(desired_count))


def test_a_task_that_gets_healthy_starts_the_count_anew_unless_it_is_told_to_add_up() -> None:
    consecutive, cumulative = Rollout("ecs-svc/2"), Rollout("ecs-svc/2")
    for rollout, breaker in ((consecutive, CircuitBreaker()), (cumulative, CircuitBreaker(resets=False))):
        rollout.note(breaker, 2, serving=(), failed={"a", "b"})
        rollout.note(breaker, 2, serving={"c"}, failed={"a", "b"})
        rollout.note(breaker, 2, serving={"c"}, failed={"a", "b", "d"})
    assert (consecutive.tripped, cumulative.tripped) == (False, True)


def test_a_task_that_served_before_it_ended_did_not_fail_to_start() -> None:
    rollout = Rollout("ecs-svc/2")
    for number in range(5):
        rollout.note(CircuitBreaker(), 2, serving={f"task-{number}"}, failed=())
        rollout.note(CircuitBreaker(), 2, serving=(), failed={f"task-{number}"})
    assert (rollout.failed_tasks, rollout.tripped) == (0, False)


def test_without_a_circuit_breaker_failures_are_only_counted() -> None:
    rollout = Rollout("ecs-svc/2")
    rollout.note(None, 1, serving=(), failed={"a", "b", "c", "d"})
    assert (rollout.failed_tasks, rollout.tripped) == (4, False)

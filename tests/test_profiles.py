"""The shipped profiles, fitted to any service."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale import profiles
from fastscale.decide.step import change, matching_step
from fastscale.plan import Alarm, Comparison, Plan


def test_a_profile_fitted_to_the_references_service_is_the_shipped_one() -> None:
    for name in profiles.PROFILES:
        assert profiles.profile(name, profiles.Fit()) == profiles.profile(name)


fits = st.builds(
    profiles.Fit,
    requests_per_task=st.floats(0.05, 20_000),
    min_capacity=st.integers(0, 200),
    max_capacity=st.integers(200, 2000),
    namespace=st.just("Shop"),
    prefix=st.just("Shop"),
)


@pytest.mark.parametrize("name", list(profiles.PROFILES))
@given(fit=fits)
def test_every_service_gets_a_plan_that_is_valid_and_has_no_name_of_another(name: str, fit: profiles.Fit) -> None:
    plan = profiles.profile(name, fit)
    named = [*plan.alarms, *plan.scaling.step_policies, *plan.scaling.target_policies, *plan.scaling.schedules]
    assert all(part.name.startswith("Shop-") for part in named)
    own = {alarm.metric.namespace for alarm in plan.alarms if alarm.metric}
    assert own == {"Shop", "AWS/ECS", "AWS/ApplicationELB"}
    assert (plan.scaling.min_capacity, plan.scaling.max_capacity) == (fit.min_capacity, fit.max_capacity)


@given(fit=fits, running=st.integers(1, 500), ratio=st.floats(1.01, 18))
def test_the_first_answer_of_every_service_is_within_a_tenth_or_a_task_of_its_need(
    fit: profiles.Fit, running: int, ratio: float
) -> None:
    """``running`` tasks with ``ratio`` times the load that each is meant to carry, as the default profile answers."""
    running = max(running, fit.min_capacity)
    plan = profiles.default(fit)
    load = ratio * fit.requests_per_task
    answer = max(_answer(plan, alarm, load, running) for alarm in plan.alarms if alarm.threshold < load)
    need = math.ceil(running * ratio)
    assert need - max(1, 0.1 * need) <= answer <= need + max(1, 0.1 * need)


def _answer(plan: Plan, alarm: Alarm, load: float, running: int) -> int:
    """The task count that the policies of an alarm on the load ask for."""
    if alarm.metric is None or alarm.metric.name != "RequestsPerSecond" or alarm.comparison is not Comparison.GREATER:
        return running
    answers = []
    for policy in map(plan.step_policy, alarm.policies):
        step = matching_step(policy.steps, load - alarm.threshold)
        answers.append(running + (change(policy, running, step.adjustment) if step else 0))
    return max(answers)

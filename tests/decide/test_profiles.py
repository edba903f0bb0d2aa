"""The shipped profiles meet a surge as they promise, decided by the same code as everywhere else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastscale import names, profiles
from fastscale.decide import alarm, step
from fastscale.decide.alarm import AlarmMemory
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, ServiceState
from fastscale.decide.step import StepSeen
from fastscale.plan import Alarm, Plan

PERIOD_SECONDS = 10
CALM = 50.0


class Surge:
    """A fleet under a surge, one 10 s datapoint at a time; no new task is up before the end."""

    def __init__(self, plan: Plan, fleet: int) -> None:
        self.plan = plan
        self.fleet = self.desired = fleet
        self.load_alarms = [one for one in plan.alarms if _watches_load(one)]
        self.alarm_memory = {one.name: AlarmMemory(AlarmState.OK) for one in self.load_alarms}
        self.cooldowns = Cooldowns()
        self.datapoints: list[float | None] = [CALM] * 10
        self.now = 1000.0

    def datapoint(self, load_per_task: float) -> int:
        """The desired count after a datapoint of ``load_per_task`` requests/s."""
        self.datapoints.append(load_per_task)
        self.now += PERIOD_SECONDS
        for one in self.load_alarms:
            recent = self.datapoints[-alarm.evaluation_range(one) :]
            proposal, self.alarm_memory[one.name] = alarm.evaluate(one, recent, self.alarm_memory[one.name], self.now)
            if proposal.act and proposal.state is AlarmState.ALARM:
                self._invoke(one, proposal.evaluated)
        return self.desired

    def _invoke(self, one: Alarm, evaluated: Sequence[float]) -> None:
        for name in one.policies:
            service = ServiceState(
                self.fleet, self.desired, self.plan.scaling.min_capacity, self.plan.scaling.max_capacity
            )
            seen = StepSeen(service, evaluated, one.threshold)
            proposal, self.cooldowns = step.decide(self.plan.step_policy(name), seen, self.cooldowns, self.now)
            self.desired = proposal.capacity or self.desired


def _watches_load(one: Alarm) -> bool:
    return one.metric is not None and one.metric.name == names.REQUESTS_PER_SECOND and one.period == PERIOD_SECONDS


def bounds(plan: Plan, need: float) -> tuple[int, int]:
    """The capacities within 10 % of ``need`` tasks (whole tasks allowed) and the ceiling."""
    ceiling = plan.scaling.max_capacity
    fewest = min(math.ceil(round(0.9 * need, 9)), math.floor(need))
    most = max(math.ceil(round(1.1 * need, 9)), math.ceil(need) + 1)
    return min(fewest, ceiling), min(most, ceiling)


@given(st.integers(2, 90), st.floats(1.1, 20), st.floats(0, 1))
@example(2, 1.1, 1.0)
@example(2, 20.0, 1.0)
@example(5, 4.5, 1.0)
@example(3, 1.35, 0.3)
@example(10, 3.09, 0.3)
def test_the_default_profile_lands_within_a_tenth_of_the_need(fleet: int, ratio: float, filled: float) -> None:
    """The first datapoint is filled by the surge in part only; the confirming alarms correct that 10 s later."""
    plan = profiles.default()
    surge = Surge(plan, fleet)
    load_per_task = ratio * plan.requests_per_task
    surge.datapoint(CALM + filled * (load_per_task - CALM))
    surge.datapoint(load_per_task)
    desired = surge.datapoint(load_per_task)
    fewest, most = bounds(plan, fleet * ratio)
    assert fewest <= desired <= most


@given(st.integers(2, 90), st.floats(1.1, 20))
def test_the_default_profile_answers_a_full_datapoint_at_once(fleet: int, ratio: float) -> None:
    plan = profiles.default()
    fewest, most = bounds(plan, fleet * ratio)
    assert fewest <= Surge(plan, fleet).datapoint(ratio * plan.requests_per_task) <= most


def test_a_partly_filled_first_datapoint_is_corrected_ten_seconds_later() -> None:
    surge = Surge(profiles.default(), 10)
    first, second = surge.datapoint(150), surge.datapoint(600)
    assert 15 <= first <= 17
    assert 60 <= second <= 66


@pytest.mark.parametrize(("load", "added"), [(101, 1), (151, 2), (600, 4)])
def test_the_reference_profile_adds_four_tasks_at_most(load: float, added: int) -> None:
    surge = Surge(profiles.reference(), 2)
    desired = [surge.datapoint(load) for _ in range(6)]
    assert desired == [2 + added] * 6  # the action repeats after a minute only

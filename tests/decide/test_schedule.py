"""Scheduled actions fire when AWS fires them and move the capacity into their limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale import profiles
from fastscale.decide.observation import ServiceState
from fastscale.decide.schedule import ScheduleMemory, ScheduleProposal, ScheduleSeen, decide, next_action, next_fire
from fastscale.errors import ExpressionError
from fastscale.plan import Schedule


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


CREATED = epoch("2026-11-22T00:00:00")


def schedule(expression: str, **settings: object) -> Schedule:
    return Schedule.model_validate({"name": "Morning", "expression": expression, "min_capacity": 5, **settings})


# --- when ---------------------------------------------------------------------------------------------------------


def test_at_fires_once_in_its_zone() -> None:
    expression = "at(2026-11-22T08:30:00)"
    assert next_fire(expression, CREATED) == epoch("2026-11-22T08:30:00")
    assert next_fire(expression, CREATED, "Asia/Seoul") is None  # 23:30 of the 21st in UTC
    assert next_fire(expression, CREATED - 3600, "Asia/Seoul") == epoch("2026-11-21T23:30:00")
    assert next_fire(expression, epoch("2026-11-22T08:30:00")) is None


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(12 hours)", 43200),
        ("rate(2 days)", 172800),
    ],
)
def test_rates_count_from_their_anchor(expression: str, seconds: int) -> None:
    assert next_fire(expression, 0) == seconds
    anchor = CREATED + 7
    assert next_fire(expression, anchor, anchor=anchor) == anchor + seconds
    assert next_fire(expression, anchor + seconds - 1, anchor=anchor) == anchor + seconds
    assert next_fire(expression, anchor + seconds, anchor=anchor) == anchor + 2 * seconds
    assert next_fire(expression, anchor - 1000, anchor=anchor) == anchor


def test_cron_fires_in_its_zone() -> None:
    assert next_fire("cron(30 8 * * ? *)", CREATED, "Asia/Seoul") == epoch("2026-11-22T23:30:00")
    assert next_fire(" cron(0 0 1 1 ? 2027) ", CREATED) == epoch("2027-01-01T00:00:00")
    assert next_fire("cron(0 0 1 1 ? 2020)", CREATED) is None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("30 8 * * ? *", r"schedule '30 8 \* \* \? \*' is not at"),
        ("every(5 minutes)", "is not at"),
        ("cron(0 8 * * *)", r"schedule 'cron\(0 8 \* \* \*\)': cron needs 6 fields"),
        ("rate(0 minutes)", r"': rate\(...\) needs a number above 0 and minutes, .* such as rate\(5 minutes\)$"),
        ("rate(5 weeks)", "needs a number above 0"),
        ("rate(five minutes)", "needs a number above 0"),
        ("at(tomorrow)", r"': at\(...\) needs a time such as 2026-11-22T08:30:00$"),
        ("at(2026-13-01T00:00:00)", "needs a time such as"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(expression: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        next_fire(expression, CREATED)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc", "America"])
def test_an_unknown_time_zone_is_named(name: str) -> None:
    with pytest.raises(ExpressionError, match=f"time zone '{name}' is not an IANA name"):
        next_fire("cron(30 8 * * ? *)", CREATED, name)


def test_start_and_end_time_bound_a_schedule() -> None:
    noon = schedule(
        "cron(0 12 * * ? *)", start_time=epoch("2026-11-24T12:00:00"), end_time=epoch("2026-11-25T12:00:00")
    )
    assert next_action(noon, CREATED, CREATED) == epoch("2026-11-24T12:00:00")
    assert next_action(noon, epoch("2026-11-24T12:00:00"), CREATED) == epoch("2026-11-25T12:00:00")
    assert next_action(noon, epoch("2026-11-25T12:00:00"), CREATED) is None


def test_a_rate_begins_at_its_start_time_or_at_its_creation() -> None:
    start = epoch("2026-11-22T10:00:00")
    assert next_action(schedule("rate(1 hour)", start_time=start), CREATED, CREATED) == start
    assert next_action(schedule("rate(1 hour)", start_time=start), start, CREATED) == start + 3600
    assert next_action(schedule("rate(1 hour)"), CREATED + 7, CREATED + 7) == CREATED + 7 + 3600


def test_the_working_week_of_the_shipped_plans() -> None:
    week = {one.name: one for one in profiles.default().scaling.schedules}
    first = {name: next_action(one, CREATED, CREATED) for name, one in week.items()}
    assert first == {
        "FastScaling-MorningScaleUp": epoch("2026-11-22T23:30:00"),
        "FastScaling-EveningScaleDown": epoch("2026-11-22T13:00:00"),
        "FastScaling-WeekendScaleDown": epoch("2026-11-27T14:00:00"),
        "FastScaling-MondayScaleUp": epoch("2026-11-22T22:00:00"),
    }


# --- what ---------------------------------------------------------------------------------------------------------


def act(one: Schedule, service: ServiceState) -> ScheduleProposal:
    proposal, _ = decide(one, ScheduleSeen(service, CREATED), ScheduleMemory(CREATED), CREATED + 86400)
    assert proposal is not None
    return proposal


def limits(proposal: ScheduleProposal) -> tuple[int, int, int | None]:
    return proposal.minimum, proposal.maximum, proposal.capacity


NOON = "cron(0 12 * * ? *)"


def test_the_capacity_follows_the_new_limits() -> None:
    three = ServiceState(running=3, desired=3, minimum=2, maximum=100)
    assert limits(act(schedule(NOON, min_capacity=5), three)) == (5, 100, 5)
    assert limits(act(schedule(NOON, min_capacity=3), three)) == (3, 100, None)
    assert limits(act(schedule(NOON, min_capacity=None, max_capacity=2), three)) == (2, 2, 2)
    assert limits(act(schedule(NOON, min_capacity=1, max_capacity=10), three)) == (1, 10, None)


def test_limits_that_do_not_fit_the_present_ones_change_nothing() -> None:
    proposal = act(schedule(NOON, min_capacity=50), ServiceState(3, 3, 2, 20))
    assert limits(proposal) == (50, 20, None)
    assert proposal.schedule.name == "Morning"
    assert proposal.problem == "minimum capacity 50 is above maximum capacity 20"
    assert proposal.status_message == "Failed to set: minimum capacity 50 is above maximum capacity 20"


def test_the_texts_of_the_two_activities() -> None:
    proposal = act(schedule(NOON, min_capacity=5, max_capacity=10), ServiceState(3, 3, 2, 100))
    assert proposal.description == "Setting min capacity to 5 and max capacity to 10"
    assert proposal.status_message == "Successfully set min capacity to 5 and max capacity to 10"
    assert proposal.cause == "scheduled action name Morning was triggered"
    assert proposal.capacity_description == "Setting desired count to 5."
    assert proposal.capacity_cause == "minimum capacity was set to 5"
    lower = act(schedule(NOON, min_capacity=None, max_capacity=2), ServiceState(3, 3, 1, 100))
    assert lower.description == "Setting max capacity to 2"
    assert lower.capacity_cause == "maximum capacity was set to 2"


def test_a_schedule_acts_once_each_time_it_is_due() -> None:
    daily, seen = schedule(NOON), ScheduleSeen(ServiceState(3, 3, 2, 100), CREATED)
    memory = ScheduleMemory(CREATED)
    noon = epoch("2026-11-22T12:00:00")
    acted = []
    for now in [*range(int(noon) - 60, int(noon) + 60, 20), int(noon) + 86399, int(noon) + 86400, int(noon) + 86401]:
        proposal, memory = decide(daily, seen, memory, now)
        if proposal is not None:
            acted.append(now - noon)
    assert acted == [0, 86400]


def test_a_rate_acts_from_its_creation_on() -> None:
    hourly, seen = schedule("rate(1 hour)"), ScheduleSeen(ServiceState(3, 3, 2, 100), CREATED + 7)
    memory = ScheduleMemory(CREATED + 7)
    assert decide(hourly, seen, memory, CREATED + 3606) == (None, memory)
    assert decide(hourly, seen, memory, CREATED + 3607)[0] is not None


def test_times_that_passed_while_nobody_looked_act_once_together() -> None:
    daily, seen = schedule(NOON), ScheduleSeen(ServiceState(3, 3, 2, 100), CREATED)
    now = epoch("2026-11-30T15:00:00")
    proposal, memory = decide(daily, seen, ScheduleMemory(CREATED), now)
    assert proposal is not None
    assert decide(daily, seen, memory, now + 60) == (None, memory)


def test_a_schedule_that_is_over_does_nothing() -> None:
    past = schedule("at(2020-01-01T00:00:00)")
    memory = ScheduleMemory(CREATED)
    assert decide(past, ScheduleSeen(ServiceState(3, 3, 2, 100), CREATED), memory, CREATED) == (None, memory)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 150), st.integers(0, 50), st.integers(0, 50))
def test_the_capacity_ends_within_the_new_limits(low: int, size: int, desired: int, new: int, new_size: int) -> None:
    service = ServiceState(desired, desired, low, low + size)
    proposal = act(schedule(NOON, min_capacity=new, max_capacity=new + new_size), service)
    after = desired if proposal.capacity is None else proposal.capacity
    assert proposal.minimum <= after <= proposal.maximum
    assert proposal.problem is None
    assert (proposal.capacity is None) == (new <= desired <= new + new_size)

"""Step policies change the capacity as Application Auto Scaling's documentation says."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.decide import step
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import Hold, Proposal, ServiceState
from fastscale.decide.step import StepSeen, aggregate, change, matching_step
from fastscale.plan import AdjustmentType, Aggregation, Step, StepPolicy

PERCENT, EXACT, CHANGE = AdjustmentType.PERCENT, AdjustmentType.EXACT, AdjustmentType.CHANGE


def steps(*bounds: tuple[float | None, float | None, int]) -> list[Step]:
    return [Step(lower=lower, upper=upper, adjustment=adjustment) for lower, upper, adjustment in bounds]


def policy(*bounds: tuple[float | None, float | None, int], **settings: object) -> StepPolicy:
    return StepPolicy.model_validate({"name": "ScaleOut", "steps": steps(*bounds), **settings})


def settled(tasks: int, minimum: int = 1, maximum: int = 100, deploying: bool = False) -> ServiceState:
    """A service all of whose tasks run."""
    return ServiceState(tasks, tasks, minimum, maximum, deploying)


def outcome(
    asked: StepPolicy,
    service: ServiceState,
    datapoints: float | Sequence[float | None],
    memory: Cooldowns | None = None,
    now: float = 0.0,
    threshold: float = 50.0,
) -> tuple[Proposal, Cooldowns]:
    recent = [datapoints] if isinstance(datapoints, int | float) else datapoints
    proposal, after = step.decide(asked, StepSeen(service, recent, threshold), memory or Cooldowns(), now)
    assert proposal.policy == asked.name
    return proposal, after


def result(asked: StepPolicy, service: ServiceState, value: float) -> int | Hold | None:
    proposal, _ = outcome(asked, service, value)
    return proposal.hold or proposal.capacity


# --- which step ---------------------------------------------------------------------------------------------------


def test_the_worked_example_of_the_user_guide() -> None:
    scale_out = policy((0, 10, 0), (10, 20, 10), (20, None, 30), adjustment_type=PERCENT)
    scale_in = policy((-10, 0, 0), (-20, -10, -10), (None, -20, -30), adjustment_type=PERCENT)
    assert result(scale_out, settled(10), 60) == 11
    assert result(scale_out, settled(11), 70) == 14
    assert result(scale_in, settled(14), 40) == 13
    assert result(scale_in, settled(13), 30) == 10
    assert result(scale_out, settled(10), 55) is Hold.NO_CHANGE
    assert result(scale_in, settled(10), 45) is Hold.NO_CHANGE


@pytest.mark.parametrize(
    ("breach", "adjustment"),
    [(0, 1), (9.99, 1), (10, 2), (19.99, 2), (20, 3), (1e9, 3), (-0.01, -1), (-10, -2), (-10.01, -2), (-1e9, -2)],
)
def test_bounds_belong_to_the_step_that_lies_farther_from_the_threshold(breach: float, adjustment: int) -> None:
    both_sides = steps((0, 10, 1), (10, 20, 2), (20, None, 3), (-10, 0, -1), (None, -10, -2))
    found = matching_step(both_sides, breach)
    assert found is not None
    assert found.adjustment == adjustment


def test_exactly_at_the_threshold_a_scale_in_policy_matches_too() -> None:
    found = matching_step(steps((-10, 0, -1), (None, -10, -2)), 0)
    assert found is not None
    assert found.adjustment == -1


@pytest.mark.parametrize("breach", [-1.0, 5.0])
def test_a_breach_outside_all_steps_matches_none(breach: float) -> None:
    assert matching_step(steps((10, 20, 1)), breach) is None
    assert matching_step(steps((-20, -10, 1)), breach) is None


def test_a_bound_nearer_to_the_threshold_is_inclusive_and_the_farther_one_is_not() -> None:
    assert matching_step(steps((0.25, 0.5, 1)), 0.25) is not None
    assert matching_step(steps((0.25, 0.5, 1)), 0.5) is None
    assert matching_step(steps((-0.5, -0.25, 1)), -0.25) is not None
    assert matching_step(steps((-0.5, -0.25, 1)), -0.5) is None


def test_a_single_step_without_bounds_matches_everything() -> None:
    for breach in (-1e9, 0, 1e9):
        assert matching_step(steps((None, None, 1)), breach) is not None


def test_without_a_matching_step_nothing_happens() -> None:
    assert result(policy((10, None, 1)), settled(10), 55) is Hold.NO_STEP


# --- which value --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aggregation", "value"), [(Aggregation.AVERAGE, 4), (Aggregation.MINIMUM, 1), (Aggregation.MAXIMUM, 9)]
)
def test_datapoints_are_aggregated(aggregation: Aggregation, value: float) -> None:
    assert aggregate(aggregation, [2, None, 9, 1]) == value
    assert aggregate(aggregation, [None, None]) is None


def test_the_aggregation_decides_between_steps() -> None:
    bounds = (0, 20, 1), (20, None, 5)
    recent = [60, 80]
    assert outcome(policy(*bounds, aggregation=Aggregation.MINIMUM), settled(10), recent)[0].capacity == 11
    assert outcome(policy(*bounds, aggregation=Aggregation.MAXIMUM), settled(10), recent)[0].capacity == 15
    assert outcome(policy(*bounds), settled(10), recent)[0].capacity == 15  # the average, 70, is 20 above


def test_without_a_datapoint_nothing_happens() -> None:
    assert outcome(policy((0, None, 1)), settled(10), [None])[0].hold is Hold.NO_DATA


# --- how much -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "percent", "tasks"),
    [
        (127, 10, 12),  # 12.7
        (67, 1, 1),  # 0.67
        (58, -1, -1),  # -0.58
        (667, -1, -6),  # -6.67
        (10, 100, 10),
        (10, 10, 1),
        (10, -10, -1),
        (0, 50, 0),
        (0, -50, 0),
    ],
)
def test_percentages_round_toward_zero_but_to_at_least_one_task(base: int, percent: int, tasks: int) -> None:
    assert change(policy((0, None, 1), adjustment_type=PERCENT), base, percent) == tasks


def test_minimum_adjustment_magnitude() -> None:
    """The user guide's example: 25 % of 4 tasks is 1, but the magnitude makes it 2."""
    at_least_two = policy((0, None, 25), adjustment_type=PERCENT, min_adjustment_magnitude=2)
    assert result(at_least_two, settled(4), 60) == 6
    assert result(at_least_two, settled(40), 60) == 50
    downward = policy((None, 0, -25), adjustment_type=PERCENT, min_adjustment_magnitude=2)
    assert result(downward, settled(4), 40) == 2


@given(st.integers(0, 5000), st.integers(-200, 1000))
def test_percent_rounding_agrees_with_exact_fractions(base: int, percent: int) -> None:
    exact = Fraction(base * percent, 100)
    if exact == 0:
        expected = 0
    elif abs(exact) < 1:
        expected = 1 if exact > 0 else -1
    else:
        expected = int(exact)  # truncates
    assert change(policy((0, None, 1), adjustment_type=PERCENT), base, percent) == expected


def test_exact_capacity_goes_up_and_down() -> None:
    assert result(policy((0, None, 20), adjustment_type=EXACT), settled(10), 60) == 20
    assert result(policy((0, None, 5), adjustment_type=EXACT), settled(10), 60) == 5
    assert result(policy((0, None, 10), adjustment_type=EXACT), settled(10), 60) is Hold.AT_DESIRED
    assert result(policy((0, None, 0), adjustment_type=EXACT), settled(10), 60) == 1
    assert result(policy((0, None, 500), adjustment_type=EXACT), settled(10), 60) == 100
    assert result(policy((0, None, 100), adjustment_type=EXACT), settled(100), 60) is Hold.AT_DESIRED


# --- the base -----------------------------------------------------------------------------------------------------


def test_the_base_is_what_runs_not_what_is_desired() -> None:
    starting = ServiceState(running=2, desired=6, minimum=1, maximum=100)
    assert result(policy((0, None, 4)), starting, 60) is Hold.AT_DESIRED
    assert result(policy((0, None, 5)), starting, 60) == 7
    draining = ServiceState(running=10, desired=6, minimum=1, maximum=100)
    assert result(policy((None, 0, -1)), draining, 40) is Hold.AT_DESIRED
    assert result(policy((None, 0, -5)), draining, 40) == 5


def test_a_scale_out_never_lowers_and_a_scale_in_never_raises_the_count() -> None:
    starting = ServiceState(running=2, desired=20, minimum=1, maximum=100)
    assert result(policy((0, None, 1)), starting, 60) is Hold.AT_DESIRED
    draining = ServiceState(running=20, desired=2, minimum=1, maximum=100)
    assert result(policy((None, 0, -1)), draining, 40) is Hold.AT_DESIRED


# --- limits -------------------------------------------------------------------------------------------------------


def test_results_are_clamped() -> None:
    assert result(policy((0, None, 50)), settled(10, maximum=20), 60) == 20
    assert result(policy((None, 0, -50)), settled(10, minimum=4), 40) == 4
    assert result(policy((0, None, 5)), settled(20, maximum=20), 60) is Hold.AT_MAXIMUM
    assert result(policy((None, 0, -5)), settled(4, minimum=4), 40) is Hold.AT_MINIMUM


def test_below_the_minimum_a_scale_out_raises_to_it_and_goes_on() -> None:
    below = settled(1, minimum=5)
    assert result(policy((0, None, 2)), below, 60) == 7
    assert result(policy((None, 0, -1)), below, 40) is Hold.AT_MINIMUM


def test_at_or_above_the_minimum_a_scale_out_starts_from_what_runs() -> None:
    for desired in (5, 6):
        starting = ServiceState(running=1, desired=desired, minimum=5, maximum=100)
        assert result(policy((0, None, 2)), starting, 60) is Hold.AT_DESIRED


def test_at_or_below_the_maximum_a_scale_in_starts_from_what_runs() -> None:
    for desired in (19, 20):
        draining = ServiceState(running=30, desired=desired, minimum=1, maximum=20)
        assert result(policy((None, 0, -2)), draining, 40) is Hold.AT_DESIRED


def test_above_the_maximum_a_scale_in_lowers_to_it_and_goes_on() -> None:
    above = settled(30, maximum=20)
    assert result(policy((None, 0, -2)), above, 40) == 18
    assert result(policy((0, None, 2)), above, 60) is Hold.AT_MAXIMUM


def test_scale_in_is_off_during_a_deployment() -> None:
    deploying = settled(10, deploying=True)
    assert result(policy((None, 0, -1)), deploying, 40) is Hold.DEPLOYING
    assert result(policy((0, None, 1)), deploying, 60) == 11


# --- cooldowns ----------------------------------------------------------------------------------------------------


class Target:
    """A scalable target along a timeline; tasks start ``startup`` seconds after they were asked for."""

    def __init__(self, tasks: int, startup: float = 0, minimum: int = 1, maximum: int = 100) -> None:
        self.desired = tasks
        self.started = [(0.0, tasks)]
        self.startup = startup
        self.minimum, self.maximum = minimum, maximum
        self.memory = Cooldowns()

    def running(self, now: float) -> int:
        return [tasks for since, tasks in self.started if since <= now][-1]

    def at(self, now: float, asked: StepPolicy, value: float) -> int | Hold | None:
        service = ServiceState(self.running(now), self.desired, self.minimum, self.maximum)
        proposal, self.memory = outcome(asked, service, value, self.memory, now)
        if proposal.capacity is not None:
            self.desired = proposal.capacity
            self.started.append((now + self.startup, proposal.capacity))
        return proposal.hold or proposal.capacity


STEPS = policy((0, 10, 2), (10, 20, 3), (20, None, 6), cooldown_seconds=300)


def test_inside_the_cooldown_only_a_larger_step_acts_and_what_was_added_is_credited() -> None:
    """The user guide's example: +2, then a step of 3 adds one more."""
    target = Target(10)
    assert target.at(0, STEPS, 55) == 12
    assert target.at(60, STEPS, 55) is Hold.COOLDOWN
    assert target.at(120, STEPS, 60) == 13
    assert target.at(180, STEPS, 60) is Hold.COOLDOWN
    assert target.at(240, STEPS, 70) == 16  # credited again: 10 + 6
    assert target.at(539, STEPS, 70) is Hold.COOLDOWN  # the larger step began a cooldown of its own
    assert target.at(540, STEPS, 55) == 18


def test_tasks_that_still_start_are_not_asked_for_twice() -> None:
    quick = policy((0, None, 4), cooldown_seconds=10)
    target = Target(2, startup=23)
    assert target.at(0, quick, 60) == 6
    assert target.at(20, quick, 60) is Hold.AT_DESIRED  # the cooldown is over, but 2 tasks run as yet
    assert target.at(60, quick, 60) == 10


def test_a_percent_step_inside_the_cooldown_counts_from_where_the_first_one_did() -> None:
    percent = policy((0, 10, 10), (10, None, 30), adjustment_type=PERCENT, cooldown_seconds=300)
    target = Target(10)
    assert target.at(0, percent, 55) == 11
    assert target.at(60, percent, 60) == 13  # 10 + 30 %, not 11 + 30 %


def test_an_exact_capacity_has_its_cooldown_too() -> None:
    exact = policy((0, 10, 12), (10, None, 15), adjustment_type=EXACT, cooldown_seconds=300)
    target = Target(10)
    assert target.at(0, exact, 55) == 12
    target.desired = 11
    assert target.at(60, exact, 55) is Hold.COOLDOWN
    assert target.at(120, exact, 60) == 15


def test_tasks_lost_inside_the_cooldown_lower_the_base() -> None:
    target = Target(10)
    assert target.at(0, STEPS, 55) == 12
    target.started.append((30, 4))
    assert target.at(60, STEPS, 70) is Hold.COOLDOWN  # 4 + 6 is no more than the 12 that were asked for


def test_the_cooldown_holds_a_policy_back_even_when_somebody_lowered_the_count() -> None:
    target = Target(10)
    assert target.at(0, STEPS, 55) == 12
    target.desired = 8
    assert target.at(60, STEPS, 55) is Hold.COOLDOWN
    assert target.at(300, STEPS, 55) == 14


def test_each_policy_has_a_scale_out_cooldown_of_its_own() -> None:
    other = policy((0, None, 5), name="Other", cooldown_seconds=300)
    target = Target(10)
    assert target.at(0, STEPS, 55) == 12
    assert target.at(10, other, 55) == 17
    assert target.at(20, STEPS, 70) is Hold.AT_DESIRED  # 10 + 6 is more than its own 12, but less than 17


SCALE_IN = policy((None, 0, -1), name="ScaleIn", cooldown_seconds=300)


def test_scale_in_waits_for_its_cooldown() -> None:
    target = Target(10)
    assert target.at(0, SCALE_IN, 40) == 9
    assert target.at(299, SCALE_IN, 40) is Hold.COOLDOWN
    assert target.at(300, SCALE_IN, 40) == 8


def test_a_scale_in_cooldown_holds_back_the_scale_in_of_other_policies() -> None:
    other = policy((None, 0, -2), name="Other", cooldown_seconds=0)
    target = Target(10)
    assert target.at(0, SCALE_IN, 40) == 9
    assert target.at(60, other, 40) is Hold.COOLDOWN


def test_a_scale_out_acts_during_the_scale_in_cooldown_and_ends_it() -> None:
    target = Target(10)
    assert target.at(0, SCALE_IN, 40) == 9
    assert target.at(60, STEPS, 55) == 11
    assert target.at(120, SCALE_IN, 40) == 10


def test_a_scale_out_does_not_keep_the_service_from_scaling_in() -> None:
    target = Target(10)
    assert target.at(0, STEPS, 55) == 12
    assert target.at(60, SCALE_IN, 40) == 11
    assert target.at(120, STEPS, 55) is Hold.COOLDOWN  # its own cooldown goes on


def test_what_does_nothing_starts_no_cooldown() -> None:
    memory = Cooldowns()
    for service, value in ((settled(100), 60), (settled(10), 45)):
        assert outcome(STEPS, service, value, memory)[1] is memory


# --- texts --------------------------------------------------------------------------------------------------------


def test_a_proposal_is_worded_as_a_scaling_activity() -> None:
    proposal, _ = outcome(policy((0, None, 3)), settled(2), 60)
    assert proposal.description == "Setting desired count to 5."
    assert proposal.status_message == "Successfully set desired count to 5. Change successfully fulfilled by ecs."
    assert proposal.cause("HighLoad") == "monitor alarm HighLoad in state ALARM triggered policy ScaleOut"


def test_every_reason_to_hold_has_a_text() -> None:
    assert Proposal("p", hold=Hold.AT_MAXIMUM).description == "Not scaled: already at the maximum capacity."
    texts = {Proposal("p", hold=hold).description for hold in Hold}
    assert len(texts) == len(Hold)


# --- properties ---------------------------------------------------------------------------------------------------

adjustments = st.lists(st.integers(0, 300), min_size=1, max_size=6).map(sorted)
services = st.builds(
    lambda running, desired, low, size, deploying: ServiceState(running, desired, low, low + size, deploying),
    st.integers(0, 150),
    st.integers(0, 150),
    st.integers(0, 50),
    st.integers(0, 100),
    st.booleans(),
)
kinds = st.sampled_from([CHANGE, PERCENT])


def ladder(sizes: list[int], kind: AdjustmentType, sign: int) -> StepPolicy:
    """Steps 10 wide whose adjustments grow with the distance from the threshold."""
    bounds: list[float | None] = [10.0 * index for index in range(len(sizes))]
    upward = [(low, up, size) for low, up, size in zip(bounds, [*bounds[1:], None], sizes, strict=True)]
    if sign > 0:
        return policy(*upward, adjustment_type=kind, cooldown_seconds=60)
    mirrored = [(None if up is None else -up, 0 if low is None else -low, -size) for low, up, size in upward]
    return policy(*mirrored, adjustment_type=kind, cooldown_seconds=60)


@given(adjustments, kinds, st.sampled_from([-1, 1]), services, st.lists(st.floats(-20, 120), min_size=1, max_size=8))
def test_results_lie_within_the_limits_and_replay_alike(
    sizes: list[int], kind: AdjustmentType, sign: int, service: ServiceState, values: list[float]
) -> None:
    asked = ladder(sizes, kind, sign)
    memory = Cooldowns()
    for minute, value in enumerate(values):
        proposal, after = outcome(asked, service, value, memory, now=minute * 30)
        assert (proposal, after) == outcome(asked, service, value, memory, now=minute * 30)
        assert (proposal.capacity is None) != (proposal.hold is None)
        if proposal.capacity is not None:
            assert service.minimum <= proposal.capacity <= service.maximum
            assert (proposal.capacity > service.desired) == (sign > 0)
        memory = after


@given(adjustments, kinds, services, st.floats(0, 100), st.floats(0, 100), st.integers(0, 5))
def test_more_load_never_gives_fewer_tasks(
    sizes: list[int], kind: AdjustmentType, service: ServiceState, one: float, other: float, warm: int
) -> None:
    asked = ladder(sizes, kind, +1)
    memory = Cooldowns()
    for value in range(warm):
        _, memory = outcome(asked, service, 50 + value, memory, now=0)
    less, more = sorted((one, other))
    fewer, _ = outcome(asked, service, 50 + less, memory, now=30)
    greater, _ = outcome(asked, service, 50 + more, memory, now=30)
    assert (greater.capacity or service.desired) >= (fewer.capacity or service.desired)

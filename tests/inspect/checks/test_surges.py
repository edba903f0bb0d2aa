"""Does the first answer meet a surge?"""

from __future__ import annotations

import pytest

from fastscale import profiles
from fastscale.errors import InputError
from fastscale.inspect import Surge
from fastscale.plan import AdjustmentType, Metric, Step, StepPolicy, TargetPolicy
from tests.inspect.designs import CPU, QUEUED, codes, deployed, found, high, plan

PER_TARGET = Metric(
    namespace="AWS/ApplicationELB", name="RequestCountPerTarget", statistic="Sum", dimensions=(("TargetGroup", "t"),)
)


def steps(*adjustments: int, kind: AdjustmentType = AdjustmentType.CHANGE) -> StepPolicy:
    """Steps 100 wide."""
    bounds = [(100 * i, 100 * (i + 1) if i + 1 < len(adjustments) else None) for i in range(len(adjustments))]
    made = tuple(Step(lower=low, upper=up, adjustment=by) for (low, up), by in zip(bounds, adjustments, strict=True))
    return StepPolicy(name="out", adjustment_type=kind, steps=made, cooldown_seconds=60)


@pytest.mark.parametrize("surge", ["1.1x", "2x", "4x", "5x", "10x", "20x", "600", "3000"])
def test_the_default_profile_answers_surges_up_to_20x_at_once(surge: str) -> None:
    assert codes(profiles.default(), surge) == []


def test_the_reference_needs_minutes_for_ten_times_the_load() -> None:
    [one] = [one for one in found(profiles.reference(), "10x") if one.code == "FS010"]
    assert "it goes from 2 tasks to 6 where 20 are needed" in one.why
    assert "enough is asked for 420 s after the first action" in one.why


def test_the_reference_answers_three_times_the_load_at_once() -> None:
    assert "FS010" not in codes(profiles.reference(), "600")


def test_the_first_step_of_a_whole_fleet_is_judged_by_what_the_floor_needs() -> None:
    """2 tasks at 100 each are surged to 500 each: +8 makes the 10 that are needed, +7 does not come within 5 %."""
    assert codes(plan(high(), steps=(steps(1, 2, 8),)), "5x") == []
    assert codes(plan(high(), steps=(steps(1, 2, 7),)), "5x") == ["FS010"]


def test_percent_steps_scale_with_the_floor() -> None:
    policy = steps(100, 200, 400, kind=AdjustmentType.PERCENT)
    assert codes(plan(high(), steps=(policy,)), "5x") == []
    assert codes(plan(high(), steps=(policy,), min_capacity=7), "5x") == []
    assert codes(plan(high(), steps=(policy,)), "6x") == ["FS010"]


def test_a_ceiling_below_the_need_is_named_and_the_first_step_judged_by_it() -> None:
    made = plan(high(), steps=(steps(48),))
    [one] = found(made, "100x")
    assert (one.code, one.why) == ("FS011", "from a floor of 2 tasks it needs 200")


def test_a_percentage_ends_at_100_so_target_tracking_cannot_see_how_large_the_surge_is() -> None:
    tracking = TargetPolicy(name="tt", target=60, predefined="ECSServiceAverageCPUUtilization")
    made = deployed(plan(tracking=(tracking,), min_capacity=3))
    [one] = found(made, "10x")
    assert one.code == "FS010"
    assert "by AWS/ECS CPUUtilization it goes from 3 tasks to 5 where 30 are needed" in one.why
    assert codes(made, "1.6x") == []


def test_a_service_that_no_alarm_scales_out_has_no_answer_to_judge() -> None:
    assert codes(plan(), "10x") == []


def test_a_rate_is_compared_with_what_the_lowest_alarm_of_a_template_says_a_task_carries() -> None:
    """6000 requests in 60 s are 100 per second and task; a floor of 2 carries 200."""
    made = deployed(plan(high(metric=PER_TARGET, threshold=6000), steps=(steps(3),)))
    assert codes(made, "500") == []
    assert codes(made, "600") == ["FS010"]
    assert codes(made, "150") == []


def test_a_rate_that_can_be_compared_with_nothing_is_refused() -> None:
    made = deployed(plan(high(metric=CPU), steps=(steps(3),)))
    with pytest.raises(InputError, match="no alarm tells how many requests/s a task carries; give a factor"):
        found(made, "500")


def test_a_metric_that_stands_at_zero_is_left_out_and_a_rate_beyond_measure_is_too_much() -> None:
    assert codes(plan(high(threshold=0), steps=(steps(1),)), "10x") == []
    made = deployed(plan(high(metric=PER_TARGET, threshold=1e-306), steps=(steps(48),)))
    assert codes(made, "500") == ["FS011"]


def test_metrics_that_do_not_follow_the_load_are_left_out() -> None:
    slow = QUEUED.model_copy(update={"name": "ResponseTime"})
    made = deployed(plan(high(metric=slow), steps=(steps(1),)), granted=frozenset({"Shop"}))
    assert codes(made, "10x") == []


@pytest.mark.parametrize(
    ("text", "surge"),
    [("10x", Surge(factor=10)), ("1.5X", Surge(factor=1.5)), ("600", Surge(requests_per_second=600))],
)
def test_surges_are_factors_or_rates(text: str, surge: Surge) -> None:
    assert Surge.parse(text) == surge


@pytest.mark.parametrize("text", ["", "x", "1x", "0.5x", "0", "-3", "10 x", "fast", "1e3"])
def test_other_surges_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="write it as a factor above 1"):
        Surge.parse(text)

"""Scale-outs and scale-ins that undo each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale import profiles
from fastscale.plan import AdjustmentType, Step, StepPolicy, TargetPolicy
from tests.inspect.designs import CPU, IN, OUT, QUEUED, codes, deployed, found, high, low, plan

SHOP = frozenset({"Shop"})


@pytest.mark.parametrize("name", list(profiles.PROFILES))
def test_the_shipped_profiles_do_not_fight(name: str) -> None:
    assert "FS005" not in codes(profiles.profile(name))


def test_bands_that_overlap_fight_whatever_the_metric_means() -> None:
    made = plan(high(metric=QUEUED, threshold=40), low(metric=QUEUED, threshold=60), steps=(OUT, IN))
    [one] = found(deployed(made, granted=SHOP))
    assert (one.code, one.subject) == ("FS005", "out-alarm and in-alarm")
    assert one.why == "at 50 out-alarm (above 40) adds tasks while in-alarm (below 60) removes them"


def test_bands_apart_on_a_metric_that_tasks_do_not_lower_are_left_alone() -> None:
    made = plan(high(metric=QUEUED, threshold=60), low(metric=QUEUED, threshold=59), steps=(OUT, IN))
    assert codes(deployed(made, granted=SHOP)) == []


def test_a_dead_band_too_narrow_for_the_step_swings_for_ever() -> None:
    """2 tasks at 100 become 3 at 67, below 80; so they become 2 at 100 again."""
    [one] = found(plan(high(threshold=100), low(threshold=80), steps=(OUT, IN)))
    assert one.code == "FS005"
    assert one.why == (
        "2 tasks at 100 become 3, which brings FastScaling/Application RequestsPerSecond to 66.67, below 80; "
        "so they become 2, at 100, and so on"
    )


def test_a_dead_band_wide_enough_for_the_step_comes_to_rest() -> None:
    assert codes(plan(high(threshold=100), low(threshold=60), steps=(OUT, IN))) == []


def test_a_scale_in_that_comes_to_rest_in_the_band_does_not_fight() -> None:
    """2 tasks at 200 become 10 at 40, below 50; one by one they come down to 8 at 50 and stay."""
    large = StepPolicy(name="out", steps=(Step(lower=0, adjustment=8),), cooldown_seconds=60)
    assert codes(plan(high(threshold=199), low(threshold=50), steps=(large, IN), min_capacity=2)) == []


def test_a_scale_in_that_overshoots_but_is_mended_in_small_steps_comes_to_rest() -> None:
    """10 tasks at 49 become 4 at 122, and then 5 at 98, where they stay."""
    many = StepPolicy(name="in", adjustment_type=AdjustmentType.PERCENT, steps=(Step(upper=0, adjustment=-60),))
    assert codes(plan(high(threshold=100), low(threshold=50), steps=(OUT, many))) == []


def test_a_scale_in_that_overshoots_and_is_mended_in_one_step_swings() -> None:
    """10 tasks at 49 become 4 at 122, and then 24 at 20, and then 9 at 54, at rest; but from 9 at 49 they become 4."""
    many = StepPolicy(name="in", adjustment_type=AdjustmentType.PERCENT, steps=(Step(upper=0, adjustment=-60),))
    large = StepPolicy(name="out", steps=(Step(lower=0, adjustment=20),), cooldown_seconds=60)
    assert codes(plan(high(threshold=100), low(threshold=50), steps=(large, many))) == ["FS005"]


def test_the_lowest_floor_of_a_schedule_counts() -> None:
    """From 1 task the step doubles the fleet; from 2 it does not."""
    steps = (OUT, IN)
    made = plan(high(threshold=100), low(threshold=60), steps=steps, min_capacity=1)
    assert codes(made) == ["FS005"]
    assert codes(plan(high(threshold=100), low(threshold=60), steps=steps, min_capacity=2)) == []


def test_target_tracking_adds_where_a_step_policy_removes() -> None:
    tracking = TargetPolicy(name="tt", target=60, predefined="ECSServiceAverageCPUUtilization")
    [one] = found(deployed(plan(low(metric=CPU, threshold=70), steps=(IN,), tracking=(tracking,))))
    assert (one.code, one.subject) == ("FS005", "target tracking tt and in-alarm")
    assert codes(deployed(plan(low(metric=CPU, threshold=40), steps=(IN,), tracking=(tracking,)))) == []


def test_a_swing_of_two_step_policies_is_found_beside_target_tracking_on_the_same_metric() -> None:
    tracking = TargetPolicy(name="tt", target=95, predefined="ECSServiceAverageCPUUtilization", disable_scale_in=True)
    alarms = (high(metric=CPU, threshold=90), low(metric=CPU, threshold=80))
    assert codes(deployed(plan(*alarms, steps=(OUT, IN), tracking=(tracking,)))) == ["FS005"]


def test_one_task_more_swings_a_small_fleet_and_not_a_large_one() -> None:
    """2 tasks at 55 become 3 at 37, and 2 again; 10 at 55 become 11 at 50, and stay."""
    steps = (OUT, IN)
    assert codes(plan(high(threshold=55), low(threshold=50), steps=steps, min_capacity=2)) == ["FS005"]
    assert codes(plan(high(threshold=55), low(threshold=50), steps=steps, min_capacity=10)) == []


def test_two_target_tracking_policies_settle_with_each_other() -> None:
    both = tuple(TargetPolicy(name=f"t{i}", target=i, predefined="ECSServiceAverageCPUUtilization") for i in (40, 70))
    assert codes(deployed(plan(tracking=both))) == []


@settings(deadline=None, max_examples=60)
@given(
    threshold=st.integers(20, 200),
    share=st.integers(1, 99),
    added=st.integers(1, 5),
    removed=st.integers(1, 3),
    tasks=st.integers(1, 12),
    load=st.integers(20, 3000),
)
def test_a_design_without_the_finding_comes_to_rest(
    threshold: int, share: int, added: int, removed: int, tasks: int, load: int
) -> None:
    """An independent walk: whole tasks added above one threshold and removed below the other, at any constant load."""
    bottom = threshold * share / 100
    out = StepPolicy(name="out", steps=(Step(lower=0, adjustment=added),), cooldown_seconds=60)
    into = StepPolicy(name="in", steps=(Step(upper=0, adjustment=-removed),))
    design = plan(high(threshold=threshold), low(threshold=bottom), steps=(out, into), min_capacity=1, max_capacity=40)
    if "FS005" in codes(design):
        return
    turns, direction = 0, 0
    for _ in range(200):
        rate = load / tasks
        change = added if rate > threshold else -removed if rate < bottom else 0
        after = min(max(tasks + change, 1), 40)
        if after == tasks:
            break
        turns += direction * change < 0
        direction, tasks = change, after
    assert turns <= 1, "it turns around at most once"

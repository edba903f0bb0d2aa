"""Steps, alarms and schedules in words."""

from __future__ import annotations

import pytest

from fastscale.inspect import words
from fastscale.plan import (
    AdjustmentType,
    Alarm,
    Comparison,
    Metric,
    MetricQuery,
    Schedule,
    Step,
    StepPolicy,
    TargetPolicy,
)

LAST = Step(lower=50, adjustment=2)
METRIC = Metric(namespace="Shop", name="Queued", statistic="p99")


@pytest.mark.parametrize(
    ("steps", "kind", "threshold", "text"),
    [
        ((Step(lower=0, upper=50, adjustment=1), LAST), AdjustmentType.CHANGE, 100, "100 to 150: +1 task"),
        ((Step(lower=50, adjustment=4),), AdjustmentType.CHANGE, 100, "from 150: +4 tasks"),
        ((Step(upper=0, adjustment=-1),), AdjustmentType.CHANGE, 50, "up to 50: -1 task"),
        ((Step(lower=0.5, adjustment=30),), AdjustmentType.PERCENT, 0.5, "from 1: +30 %"),
        ((Step(lower=0, adjustment=9),), AdjustmentType.EXACT, 70, "from 70: exactly 9 tasks"),
        (
            (Step(lower=0, upper=50, adjustment=1), LAST),
            AdjustmentType.CHANGE,
            None,
            "threshold +0 to threshold +50: +1 task",
        ),
        ((Step(upper=-10, adjustment=1),), AdjustmentType.CHANGE, None, "up to threshold -10: +1 task"),
    ],
)
def test_steps(steps: tuple[Step, ...], kind: AdjustmentType, threshold: float | None, text: str) -> None:
    assert words.steps(StepPolicy(name="p", adjustment_type=kind, steps=steps), threshold)[0] == text


def test_the_least_adjustment_of_percent_steps_is_told() -> None:
    policy = StepPolicy(
        name="p",
        adjustment_type=AdjustmentType.PERCENT,
        min_adjustment_magnitude=2,
        steps=(Step(lower=0, adjustment=10),),
    )
    assert words.steps(policy, 0) == ["from 0: +10 %, at least 2 tasks"]


def test_rules_and_metrics_of_alarms() -> None:
    alarm = Alarm(name="a", metric=METRIC, period=20, evaluation_periods=3, datapoints_to_alarm=2, threshold=0.5)
    assert words.rule(alarm) == "> 0.5, 2 of 3 x 20 s"
    assert words.rule(alarm.model_copy(update={"comparison": Comparison.LESS_OR_EQUAL})).startswith("<= 0.5")
    assert words.metric(alarm) == "p99 Shop Queued"
    queries = (
        MetricQuery(id="m", metric=METRIC, return_data=False),
        MetricQuery(id="e", expression="m / 2"),
    )
    assert words.metric(Alarm(name="a", queries=queries, threshold=1)) == "m / 2"
    assert (
        words.metric(Alarm(name="a", queries=(MetricQuery(id="m", metric=METRIC),), threshold=1)) == "p99 Shop Queued"
    )


def test_targets_and_limits() -> None:
    tracking = TargetPolicy(name="t", target=60, predefined="ECSServiceAverageCPUUtilization", disable_scale_in=True)
    assert words.target(tracking) == "keep ECSServiceAverageCPUUtilization at 60, never in"
    assert words.target(TargetPolicy(name="t", target=2.5, metric=METRIC)) == "keep p99 Shop Queued at 2.5"
    assert words.limits(Schedule(name="s", expression="rate(1 day)", min_capacity=5)) == "at least 5"
    both = Schedule(name="s", expression="rate(1 day)", min_capacity=0, max_capacity=9)
    assert words.limits(both) == "at least 0, at most 9"

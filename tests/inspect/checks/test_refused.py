"""What AWS would refuse at deployment."""

from __future__ import annotations

import pytest

from fastscale.plan import MetricQuery, TargetPolicy
from fastscale.template import Design, NotModelled
from tests.inspect.designs import RPS, alarm, codes, found, plan


def test_resources_that_aws_refuses_are_findings_and_steps_have_a_code_of_their_own() -> None:
    design = Design(
        "t",
        (),
        not_modelled=(
            NotModelled("Gap", "AWS::ApplicationAutoScaling::ScalingPolicy", "a gap", refused=True, steps=True),
            NotModelled("Odd", "AWS::CloudWatch::Alarm", "period 15", refused=True),
            NotModelled("Table", "AWS::ApplicationAutoScaling::ScalableTarget", "scales a table"),
        ),
    )
    assert [(one.code, one.subject) for one in found(design)] == [("FS003", "Gap"), ("FS015", "Odd")]


@pytest.mark.parametrize(
    ("period", "periods", "expected"),
    [(60, 1440, []), (60, 1441, ["FS015"]), (3600, 168, []), (3600, 169, ["FS015"]), (300, 289, ["FS015"])],
)
def test_an_alarm_may_look_back_a_day_or_seven_with_hours(period: int, periods: int, expected: list[str]) -> None:
    assert codes(plan(alarm(period=period, evaluation_periods=periods))) == expected


def test_statistics_and_metric_math_that_cannot_be_read() -> None:
    odd = RPS.model_copy(update={"statistic": "p101"})
    [one] = found(plan(alarm(metric=odd)))
    assert (one.code, one.what) == ("FS015", "its statistic 'p101' cannot be read")
    queries = (MetricQuery(id="m", metric=RPS, return_data=False), MetricQuery(id="e", expression="m *"))
    [one] = found(plan(alarm(metric=None, queries=queries)))
    assert (one.code, one.what) == ("FS015", "its metric math 'm *' cannot be read")


def test_a_predefined_metric_that_ecs_services_do_not_have() -> None:
    [one] = found(plan(tracking=(TargetPolicy(name="tt", target=5, predefined="LambdaUtilization"),)))
    assert (one.code, one.subject) == ("FS015", "tt")
    assert "ALBRequestCountPerTarget" in one.why
    assert codes(plan(tracking=(TargetPolicy(name="tt", target=5, predefined="ALBRequestCountPerTarget"),))) == []

"""Alarms as CloudWatch describes them, against those of the shipped plans."""

from __future__ import annotations

from typing import Any

import pytest

from fastscale import profiles
from fastscale.doctor.drift import differences
from fastscale.plan import Alarm, Metric, MetricQuery

POLICY_ARN = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1:resource/ecs/service/c/s:policyName/"


def described(alarm: Alarm) -> dict[str, Any]:
    """What DescribeAlarms tells of ``alarm`` once it is deployed (CloudWatch API reference, MetricAlarm)."""
    told: dict[str, Any] = {
        "AlarmName": alarm.name,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison.value,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_needed,
        "TreatMissingData": alarm.missing_data.value,
        "AlarmActions": [f"{POLICY_ARN}{name}" for name in alarm.policies] + ["arn:aws:sns:eu-west-1:1:t"],
    }
    if alarm.metric is None:
        return told | {"Metrics": [described_query(query, alarm.period) for query in alarm.queries]}
    statistic = "ExtendedStatistic" if alarm.metric.statistic.startswith("p") else "Statistic"
    return told | {
        "Namespace": alarm.metric.namespace,
        "MetricName": alarm.metric.name,
        statistic: alarm.metric.statistic,
        "Period": alarm.period,
        "Dimensions": [{"Name": key, "Value": value} for key, value in alarm.metric.dimensions]
        + [{"Name": "ServiceName", "Value": "any"}],
    }


def described_query(query: MetricQuery, period: int) -> dict[str, Any]:
    if query.metric is None:
        return {"Id": query.id, "Expression": query.expression}
    metric = {"Namespace": query.metric.namespace, "MetricName": query.metric.name}
    return {"Id": query.id, "MetricStat": {"Metric": metric, "Period": period, "Stat": query.metric.statistic}}


LOAD = Metric(namespace="Shop", name="Load", statistic="p99", dimensions=(("Part", "web"),))
PER_TASK = Alarm(
    name="per-task",
    threshold=2,
    queries=(
        MetricQuery(id="load", metric=LOAD, return_data=False),
        MetricQuery(id="each", expression="load / 2"),
    ),
)
ALARMS = [*profiles.default().alarms, *profiles.reference().alarms, Alarm(name="p", metric=LOAD, threshold=1), PER_TASK]


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alarm_as_it_was_deployed_does_not_differ(alarm: Alarm) -> None:
    assert list(differences(alarm, described(alarm))) == []


def test_dimensions_that_the_plan_states_are_held() -> None:
    alarm = Alarm(name="p", metric=LOAD, threshold=1)
    told = described(alarm) | {"Dimensions": [{"Name": "Part", "Value": "api"}]}
    assert list(differences(alarm, told)) == ["its set of dimensions is Part=api, the plan's is Part=web"]


def test_another_expression_is_a_difference() -> None:
    told = described(PER_TASK)
    told["Metrics"][1]["Expression"] = "load / 3"
    (found,) = differences(PER_TASK, told)
    assert found.startswith(
        "its metric math is each = load / 3 and load = p99 of Shop Load in 60 s, the plan's is each"
    )


def test_a_policy_that_is_not_invoked_is_named() -> None:
    alarm = next(alarm for alarm in profiles.default().alarms if alarm.policies)
    told = described(alarm) | {"AlarmActions": [f"{POLICY_ARN}another", "arn:aws:sns:eu-west-1:1:t"]}
    assert list(differences(alarm, told)) == [f"it does not invoke the policy {name}" for name in alarm.policies]

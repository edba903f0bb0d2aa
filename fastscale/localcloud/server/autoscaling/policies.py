"""Scaling policies: what AWS would refuse, and the alarms that target tracking brings along.

The rules and the alarms are those of :mod:`fastscale.plan` and :mod:`fastscale.decide.target`, so that a policy that
was accepted here is one that the scaling loop understands.
"""

from __future__ import annotations

from pydantic import ValidationError

from fastscale.aws import shapes
from fastscale.decide import target
from fastscale.errors import PlanError
from fastscale.localcloud.server.autoscaling.errors import ValidationException
from fastscale.localcloud.server.plan_problems import problems
from fastscale.localcloud.server.shapes import Shape
from fastscale.plan import Alarm, Metric, MetricQuery


def check(policy: Shape) -> None:
    """Raise ValidationException for step adjustments or a target that AWS would not take."""
    try:
        if policy["PolicyType"] == "StepScaling":
            shapes.step_policy(policy)
        elif policy["PolicyType"] == "TargetTrackingScaling":
            shapes.target_policy(policy)
    except KeyError as error:
        raise ValidationException(f"{error.args[0]} is required for policy type {policy['PolicyType']}.") from error
    except ValidationError as error:
        raise ValidationException(problems(error)) from error


def alarms_of(policy: Shape) -> list[Shape]:
    """PutMetricAlarm parameters of the alarms that the policy brings; none unless it is target tracking.

    Raises ValidationException for a predefined metric that ECS services do not have.
    """
    if policy["PolicyType"] != "TargetTrackingScaling":
        return []
    _, cluster, service = policy["ResourceId"].split("/")
    try:
        alarms = target.alarms(shapes.target_policy(policy), cluster=cluster, service=service)
    except PlanError as error:
        raise ValidationException(str(error)) from error
    return [_alarm(alarm, policy["PolicyARN"]) for alarm in alarms]


def _alarm(alarm: Alarm, policy_arn: str) -> Shape:
    made: Shape = {
        "AlarmName": alarm.name,
        "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy_arn}.",
        "AlarmActions": [policy_arn],
        "ComparisonOperator": alarm.comparison.value,
        "Threshold": alarm.threshold,
        "EvaluationPeriods": alarm.evaluation_periods,
        "TreatMissingData": alarm.missing_data.value,
    }
    if alarm.metric is None:
        return made | {"Metrics": [_query(query, alarm.period) for query in alarm.queries]}
    metric = _metric(alarm.metric)
    return made | metric | {"Statistic": alarm.metric.statistic, "Period": alarm.period} | _unit(alarm.metric)


def _query(query: MetricQuery, period_seconds: int) -> Shape:
    """A metric query of Application Auto Scaling as CloudWatch's, which wants the period."""
    made: Shape = {"Id": query.id, "ReturnData": query.return_data}
    if query.metric is None:
        return made | {"Expression": query.expression}
    stat = {"Metric": _metric(query.metric), "Stat": query.metric.statistic, "Period": query.period or period_seconds}
    return made | {"MetricStat": stat | _unit(query.metric)}


def _metric(metric: Metric) -> Shape:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _unit(metric: Metric) -> Shape:
    return {"Unit": metric.unit} if metric.unit else {}

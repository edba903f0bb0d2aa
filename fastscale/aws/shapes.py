"""From AWS's shapes to the plan's words.

The keys are those of the CloudWatch and Application Auto Scaling APIs; CloudFormation's properties carry the same
names, so resolved template properties read just as well. Values that AWS would refuse raise pydantic's ValidationError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastscale.plan import (
    Aggregation,
    Alarm,
    Metric,
    MetricQuery,
    MissingData,
    Schedule,
    Step,
    StepPolicy,
    TargetPolicy,
)

Shape = Mapping[str, Any]


def alarm(shape: Shape, *, policies: tuple[str, ...] = ()) -> Alarm:
    """A metric alarm as DescribeAlarms answers it. ``policies`` are the ARNs or names that its actions invoke."""
    queries = tuple(metric_query(query) for query in shape.get("Metrics") or ())
    return Alarm(
        name=shape["AlarmName"],
        metric=None if queries else _alarm_metric(shape),
        queries=queries,
        period=_period(shape, queries),
        evaluation_periods=shape["EvaluationPeriods"],
        datapoints_to_alarm=shape.get("DatapointsToAlarm"),
        threshold=shape["Threshold"],
        comparison=shape["ComparisonOperator"],
        missing_data=MissingData(shape.get("TreatMissingData") or "missing"),
        policies=policies,
        description=shape.get("AlarmDescription") or "",
    )


def _alarm_metric(shape: Shape) -> Metric:
    return Metric(
        namespace=shape["Namespace"],
        name=shape["MetricName"],
        statistic=shape.get("Statistic") or shape.get("ExtendedStatistic") or "Average",
        dimensions=dimensions(shape.get("Dimensions")),
        unit=shape.get("Unit"),
    )


def _period(shape: Shape, queries: Sequence[MetricQuery]) -> int:
    """An alarm on metric math has no period of its own: that of its metrics counts, all of them the same."""
    if shape.get("Period"):
        return int(shape["Period"])
    return next((query.period for query in queries if query.period), 60)


def metric_query(shape: Shape) -> MetricQuery:
    """One MetricDataQuery."""
    stat = shape.get("MetricStat")
    return MetricQuery(
        id=shape["Id"],
        metric=metric_stat(stat) if stat else None,
        expression=shape.get("Expression"),
        period=stat["Period"] if stat else shape.get("Period"),
        return_data=shape.get("ReturnData", True),
    )


def metric_stat(shape: Shape) -> Metric:
    """The MetricStat of a query."""
    metric = shape["Metric"]
    return Metric(
        namespace=metric["Namespace"],
        name=metric["MetricName"],
        statistic=shape["Stat"],
        dimensions=dimensions(metric.get("Dimensions")),
        unit=shape.get("Unit"),
    )


def dimensions(shape: Sequence[Shape] | None) -> tuple[tuple[str, str], ...]:
    """A list of {Name, Value}."""
    return tuple((pair["Name"], pair["Value"]) for pair in shape or ())


def step_policy(shape: Shape) -> StepPolicy:
    """A scaling policy of type StepScaling as DescribeScalingPolicies answers it."""
    config = shape["StepScalingPolicyConfiguration"]
    return StepPolicy(
        name=shape["PolicyName"],
        adjustment_type=config["AdjustmentType"],
        steps=tuple(
            Step(
                lower=step.get("MetricIntervalLowerBound"),
                upper=step.get("MetricIntervalUpperBound"),
                adjustment=step["ScalingAdjustment"],
            )
            for step in config["StepAdjustments"]
        ),
        cooldown_seconds=_or_default(config.get("Cooldown"), 300),
        min_adjustment_magnitude=config.get("MinAdjustmentMagnitude"),
        aggregation=Aggregation(config.get("MetricAggregationType") or "Average"),
    )


def target_policy(shape: Shape) -> TargetPolicy:
    """A scaling policy of type TargetTrackingScaling as DescribeScalingPolicies answers it."""
    config = shape["TargetTrackingScalingPolicyConfiguration"]
    predefined = config.get("PredefinedMetricSpecification") or {}
    customized = config.get("CustomizedMetricSpecification") or {}
    return TargetPolicy(
        name=shape["PolicyName"],
        target=config["TargetValue"],
        predefined=predefined.get("PredefinedMetricType"),
        resource_label=predefined.get("ResourceLabel"),
        metric=_customized_metric(customized),
        queries=tuple(metric_query(query) for query in customized.get("Metrics") or ()),
        scale_out_cooldown_seconds=_or_default(config.get("ScaleOutCooldown"), 300),
        scale_in_cooldown_seconds=_or_default(config.get("ScaleInCooldown"), 300),
        disable_scale_in=bool(config.get("DisableScaleIn")),
    )


def _customized_metric(shape: Shape) -> Metric | None:
    if "MetricName" not in shape:
        return None
    return Metric(
        namespace=shape["Namespace"],
        name=shape["MetricName"],
        statistic=shape.get("Statistic") or "Average",
        dimensions=dimensions(shape.get("Dimensions")),
        unit=shape.get("Unit"),
    )


def schedule(shape: Shape) -> Schedule:
    """A scheduled action as DescribeScheduledActions answers it, or one of a template's ScheduledActions."""
    action = shape.get("ScalableTargetAction") or {}
    return Schedule(
        name=shape["ScheduledActionName"],
        expression=shape["Schedule"],
        time_zone=shape.get("Timezone") or "UTC",
        min_capacity=action.get("MinCapacity"),
        max_capacity=action.get("MaxCapacity"),
        start_time=epoch(shape.get("StartTime")),
        end_time=epoch(shape.get("EndTime")),
    )


def epoch(moment: datetime | float | str | None) -> float | None:
    """Seconds since 1970 of any of the forms in which AWS gives a time; None stays None."""
    if moment is None:
        return None
    if isinstance(moment, str):
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)


def _or_default(value: int | None, default: int) -> int:
    return default if value is None else value

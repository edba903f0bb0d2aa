"""How a deployed alarm differs from the plan's. Pure.

Dimensions count where the plan states them: the others are those of the service that the alarm was deployed for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastscale.doctor.reading import Shape
from fastscale.plan import Alarm, Metric, MetricQuery, MissingData

#: How an action names its policy (Application Auto Scaling API reference, ScalingPolicy).
_POLICY = ":scalingPolicy:"
_TOPIC = ":sns:"


def differences(wanted: Alarm, deployed: Shape) -> Iterator[str]:
    """What is otherwise than in the plan, each as "its … is this, the plan's is that"."""
    is_so, should_be = _deployed(deployed), _wanted(wanted)
    is_so |= _dimensions(wanted, deployed)
    for key, value in should_be.items():
        if is_so[key] != value:
            yield f"its {key} is {_written(is_so[key])}, the plan's is {_written(value)}"
    actions = deployed["AlarmActions"]
    for policy in wanted.policies:
        if not any(_POLICY in arn and arn.endswith(f"policyName/{policy}") for arn in actions):
            yield f"it does not invoke the policy {policy}"
    if wanted.notify and not any(_TOPIC in arn for arn in actions):
        yield "it tells no topic"


def _wanted(alarm: Alarm) -> dict[str, Any]:
    told: dict[str, Any] = {
        "threshold": alarm.threshold,
        "comparison": alarm.comparison.value,
        "number of evaluation periods": alarm.evaluation_periods,
        "number of datapoints to alarm": alarm.datapoints_needed,
        "treatment of missing data": alarm.missing_data.value,
    }
    if alarm.metric is None:
        return told | {"metric math": sorted(_wanted_query(query, alarm.period) for query in alarm.queries)}
    metric = alarm.metric
    told |= {"metric": f"{metric.namespace} {metric.name}", "statistic": metric.statistic, "period": alarm.period}
    return told | ({"set of dimensions": dict(metric.dimensions)} if metric.dimensions else {})


def _deployed(alarm: Shape) -> dict[str, Any]:
    return {
        "threshold": alarm["Threshold"],
        "comparison": alarm["ComparisonOperator"],
        "number of evaluation periods": alarm["EvaluationPeriods"],
        "number of datapoints to alarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "treatment of missing data": alarm.get("TreatMissingData") or MissingData.MISSING.value,
        "metric": f"{alarm.get('Namespace')} {alarm.get('MetricName')}",
        "statistic": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        "period": alarm.get("Period"),
        "metric math": sorted(_deployed_query(query) for query in alarm.get("Metrics", [])),
    }


def _dimensions(wanted: Alarm, deployed: Shape) -> dict[str, Any]:
    """Of the names that the plan states."""
    stated = dict(wanted.metric.dimensions) if wanted.metric else {}
    return {"set of dimensions": {key: value for key, value in _named(deployed).items() if key in stated}}


def _named(deployed: Shape) -> Mapping[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in deployed.get("Dimensions", [])}


def _wanted_query(query: MetricQuery, period: int) -> str:
    if query.metric is None:
        return f"{query.id} = {query.expression}"
    return _read(query.id, query.metric, query.period or period)


def _read(key: str, metric: Metric, period: int) -> str:
    return f"{key} = {metric.statistic} of {metric.namespace} {metric.name} in {period} s"


def _deployed_query(query: Shape) -> str:
    if "MetricStat" not in query:
        return f"{query['Id']} = {query.get('Expression')}"
    stat = query["MetricStat"]
    metric = Metric(namespace=stat["Metric"]["Namespace"], name=stat["Metric"]["MetricName"], statistic=stat["Stat"])
    return _read(query["Id"], metric, stat["Period"])


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return " and ".join(value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}={value[key]}" for key in sorted(value)) or "none"
    return str(value)

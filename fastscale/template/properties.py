"""The properties that a plan holds, or that do not change how a service scales. All others are told of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from fastscale.template.alarms import ALARM
from fastscale.template.scaling import POLICY, TARGET
from fastscale.template.values import items

#: Keys with what is known inside of them; None is anything. Lists are looked through.
Keys = Mapping[str, "Keys | None"]


def _keys(names: str, **inner: Keys) -> Keys:
    return {**dict.fromkeys(names.split()), **inner}


_METRIC = _keys("Namespace MetricName Dimensions")
_METRICS = _keys("Id Expression Label Period ReturnData", MetricStat=_keys("Period Stat Unit", Metric=_METRIC))

_KNOWN: Mapping[str, Keys] = {
    TARGET: _keys(
        "ResourceId ScalableDimension ServiceNamespace MinCapacity MaxCapacity RoleARN",
        ScheduledActions=_keys(
            "ScheduledActionName Schedule Timezone StartTime EndTime",
            ScalableTargetAction=_keys("MinCapacity MaxCapacity"),
        ),
    ),
    POLICY: _keys(
        "PolicyName PolicyType ScalingTargetId ResourceId ScalableDimension ServiceNamespace",
        StepScalingPolicyConfiguration=_keys(
            "AdjustmentType Cooldown MetricAggregationType MinAdjustmentMagnitude",
            StepAdjustments=_keys("MetricIntervalLowerBound MetricIntervalUpperBound ScalingAdjustment"),
        ),
        TargetTrackingScalingPolicyConfiguration=_keys(
            "TargetValue DisableScaleIn ScaleInCooldown ScaleOutCooldown",
            PredefinedMetricSpecification=_keys("PredefinedMetricType ResourceLabel"),
            CustomizedMetricSpecification=_keys(
                "Namespace MetricName Dimensions Statistic Unit",
                Metrics=_keys("Id Expression Label ReturnData", MetricStat=_keys("Stat Unit", Metric=_METRIC)),
            ),
        ),
        PredictiveScalingPolicyConfiguration={},
    ),
    ALARM: _keys(
        "AlarmName AlarmDescription Namespace MetricName Dimensions Statistic ExtendedStatistic Unit Period "
        "EvaluationPeriods DatapointsToAlarm Threshold ThresholdMetricId ComparisonOperator TreatMissingData "
        "AlarmActions OKActions InsufficientDataActions ActionsEnabled Tags",
        Metrics=_METRICS,
    ),
}


def strange_keys(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Paths of the properties of a resource that no plan holds, with the one that was probably meant."""
    known = _KNOWN.get(kind)
    if known is not None:
        yield from _strange(properties, known, "")


def _strange(value: Any, known: Keys, path: str) -> Iterator[str]:
    for part in items(value):
        for key, inner in part.items() if isinstance(part, Mapping) else ():
            deeper = known.get(key)
            if key not in known:
                near = get_close_matches(key, known, n=1)
                yield f"{path}{key}" + (f" (did you mean {near[0]}?)" if near else "")
            elif deeper:
                yield from _strange(inner, deeper, f"{path}{key}.")

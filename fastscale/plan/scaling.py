"""The scalable target and what moves its capacity: step scaling, target tracking, schedules."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from fastscale import names
from fastscale.intervals import interval_problem
from fastscale.plan.alarms import Metric, MetricQuery
from fastscale.plan.model import Model
from fastscale.plan.predictive import PredictivePolicy


class AdjustmentType(StrEnum):
    """How a step changes the capacity."""

    CHANGE = "ChangeInCapacity"
    EXACT = "ExactCapacity"
    PERCENT = "PercentChangeInCapacity"


class Aggregation(StrEnum):
    """MetricAggregationType: how a step policy condenses the alarm's recent datapoints."""

    AVERAGE = "Average"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"


class Step(Model):
    """One step adjustment. Bounds are offsets from the alarm's threshold; None is an open end."""

    lower: float | None = None
    upper: float | None = None
    adjustment: int


#: Step adjustments that one policy may hold (Application Auto Scaling user guide, "Quotas").
MAX_STEPS = 20


class StepPolicy(Model):
    """A step scaling policy. ``cooldown_seconds`` is AWS's Cooldown; ``min_adjustment_magnitude`` is in tasks."""

    name: str = Field(min_length=1)
    adjustment_type: AdjustmentType = AdjustmentType.CHANGE
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_STEPS)
    cooldown_seconds: int = Field(default=300, ge=0)
    min_adjustment_magnitude: int | None = Field(default=None, ge=1)
    aggregation: Aggregation = Aggregation.AVERAGE

    @model_validator(mode="after")
    def _intervals(self) -> Self:
        problem = interval_problem([(step.lower, step.upper) for step in self.steps])
        if problem:
            raise ValueError(problem)
        if self.adjustment_type is AdjustmentType.EXACT and any(step.adjustment < 0 for step in self.steps):
            raise ValueError("Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity")
        if self.min_adjustment_magnitude and self.adjustment_type is not AdjustmentType.PERCENT:
            raise ValueError("min_adjustment_magnitude applies to PercentChangeInCapacity only")
        return self


#: Predefined metrics on 20 s data, and the metric that they read (ECS developer guide, "Faster auto scaling").
HIGH_RESOLUTION = {
    "ECSServiceAverageCPUUtilizationHighResolution": names.CPU_UTILIZATION,
    "ECSServiceAverageMemoryUtilizationHighResolution": names.MEMORY_UTILIZATION,
}


class TargetPolicy(Model):
    """A target tracking policy on a predefined metric, or on a customized metric or metric math.

    ``predefined`` is AWS's name, such as ``ECSServiceAverageCPUUtilization``; ``resource_label`` goes with
    ``ALBRequestCountPerTarget``. Names that end in ``HighResolution`` make the service publish that metric every 20 s.
    Cooldowns are in seconds, 300 by default for ECS.
    """

    name: str = Field(min_length=1)
    target: float = Field(gt=0)
    predefined: str | None = None
    resource_label: str | None = None
    metric: Metric | None = None
    queries: tuple[MetricQuery, ...] = ()
    scale_out_cooldown_seconds: int = Field(default=300, ge=0)
    scale_in_cooldown_seconds: int = Field(default=300, ge=0)
    disable_scale_in: bool = False

    @property
    def high_resolution_metric(self) -> str | None:
        """The metric that the service has to publish every 20 s for this policy; None when it need not."""
        return HIGH_RESOLUTION.get(self.predefined or "")

    @model_validator(mode="after")
    def _one_metric(self) -> Self:
        given = [bool(self.predefined), self.metric is not None, bool(self.queries)]
        if sum(given) != 1:
            raise ValueError("a target tracking policy needs exactly one of predefined, metric and queries")
        return self


class Schedule(Model):
    """A scheduled action: at ``expression`` (AWS's at/rate/cron) set the floor and/or ceiling, in tasks."""

    name: str = Field(min_length=1)
    expression: str
    time_zone: str = "UTC"
    min_capacity: int | None = Field(default=None, ge=0)
    max_capacity: int | None = Field(default=None, ge=0)
    start_time: float | None = None
    end_time: float | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        low, high = self.min_capacity, self.max_capacity
        if low is None and high is None:
            raise ValueError(f"schedule {self.name!r} changes nothing: give min_capacity or max_capacity")
        if low is not None and high is not None and low > high:
            raise ValueError(f"min_capacity {low} is above max_capacity {high}")
        return self


class Scaling(Model):
    """The scalable target of the service: floor and ceiling in tasks, and what moves the count between them."""

    min_capacity: int = Field(default=2, ge=0)
    max_capacity: int = Field(default=100, ge=0)
    step_policies: tuple[StepPolicy, ...] = ()
    target_policies: tuple[TargetPolicy, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    predictive: PredictivePolicy | None = None

    @property
    def high_resolution_metrics(self) -> tuple[str, ...]:
        """The metrics that the service has to publish every 20 s."""
        return tuple(sorted({metric for policy in self.target_policies if (metric := policy.high_resolution_metric)}))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}")
        return self

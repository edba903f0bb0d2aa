"""What a service is and how it scales, as one frozen value.

A :class:`Plan` is the only place where a threshold, a step or a cooldown is written. The CDK stacks render it, the
local cloud runs it, and every decision in :mod:`fastscale.decide` takes its parts as arguments. Words and units are
AWS's: periods and cooldowns in seconds, capacities in tasks, rates in requests per second. Models refuse impossible
values with one line that names the key.
"""

from __future__ import annotations

import math
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fastscale import names
from fastscale.intervals import interval_problem


class Comparison(StrEnum):
    """ComparisonOperator of an alarm (the static ones; band operators belong to anomaly detection)."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"


class MissingData(StrEnum):
    """TreatMissingData of an alarm."""

    MISSING = "missing"
    NOT_BREACHING = "notBreaching"
    BREACHING = "breaching"
    IGNORE = "ignore"


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


class Model(BaseModel):
    """Base of every part of a plan: frozen, and an unknown key is an error rather than a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metric(Model):
    """A CloudWatch metric with the statistic that is taken of it.

    ``statistic`` is ``Average``, ``Sum``, ``Minimum``, ``Maximum``, ``SampleCount`` or an extended one such as ``p99``.
    ``dimensions`` is a sorted tuple of (name, value) pairs; empty means the metric without dimensions.
    """

    namespace: str = Field(min_length=1)
    name: str = Field(min_length=1)
    statistic: str = "Average"
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str | None = None

    @field_validator("dimensions")
    @classmethod
    def _sorted(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(value))


class MetricQuery(Model):
    """One entry of an alarm's or policy's metric math: a metric, or an expression over other entries."""

    id: str = Field(pattern=r"^[a-z][a-zA-Z0-9_]*$")
    metric: Metric | None = None
    expression: str | None = None
    period: int | None = Field(default=None, gt=0)
    return_data: bool = True

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.metric is None) == (self.expression is None):
            raise ValueError(f"metric query {self.id!r} needs either a metric or an expression")
        return self


class Alarm(Model):
    """A CloudWatch metric alarm.

    ``period`` is in seconds; ``datapoints_to_alarm`` of the newest ``evaluation_periods`` datapoints must breach.
    ``policies`` names the scaling policies it invokes in ALARM, ``notify`` sends ALARM and OK to the alert topic.
    Exactly one of ``metric`` and ``queries`` is given; with ``queries`` one of them returns data.
    """

    name: str = Field(min_length=1, max_length=255)
    metric: Metric | None = None
    queries: tuple[MetricQuery, ...] = ()
    period: int = 60
    evaluation_periods: int = Field(default=1, ge=1)
    datapoints_to_alarm: int | None = Field(default=None, ge=1)
    threshold: float
    comparison: Comparison = Comparison.GREATER
    missing_data: MissingData = MissingData.MISSING
    policies: tuple[str, ...] = ()
    notify: bool = False
    description: str = ""

    @property
    def datapoints_needed(self) -> int:
        """M of "M of N": AWS takes N when DatapointsToAlarm is not set."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @field_validator("period")
    @classmethod
    def _period(cls, value: int) -> int:
        if value in (10, 20, 30) or (value > 0 and value % 60 == 0):
            return value
        raise ValueError(f"period {value} is not 10, 20, 30 or a multiple of 60 seconds")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.datapoints_needed > self.evaluation_periods:
            raise ValueError(
                f"datapoints_to_alarm {self.datapoints_to_alarm} is more than "
                f"evaluation_periods {self.evaluation_periods}"
            )
        if (self.metric is None) == (not self.queries):
            raise ValueError("an alarm needs either a metric or metric queries")
        if self.queries and sum(query.return_data for query in self.queries) != 1:
            raise ValueError("exactly one metric query of an alarm must return data")
        if not math.isfinite(self.threshold):
            raise ValueError(f"threshold {self.threshold} is not a finite number")
        return self


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


class TargetPolicy(Model):
    """A target tracking policy on a predefined metric, or on a customized metric or metric math.

    ``predefined`` is AWS's name, such as ``ECSServiceAverageCPUUtilization``; ``resource_label`` goes with
    ``ALBRequestCountPerTarget``. Cooldowns are in seconds, 300 by default for ECS.
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

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}")
        return self


#: vCPU units -> memory sizes in MiB that Fargate accepts (ECS developer guide, "Task CPU and memory", Linux).
FARGATE_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}


#: Days that CloudWatch Logs can keep a log group's events (PutRetentionPolicy, retentionInDays).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class Task(Model):
    """The Fargate task: size (CPU units, MiB), port, and how it starts and stops (seconds)."""

    family: str = names.TASK_FAMILY
    container: str = names.CONTAINER
    cpu: int = 256
    memory: int = 512
    port: int = Field(default=8080, ge=1, le=65535)
    startup_seconds: float = Field(default=23.0, ge=0)
    stop_timeout_seconds: int = Field(default=30, ge=2, le=120)
    log_group: str = names.LOG_GROUP
    log_retention_days: int = 7

    @field_validator("log_retention_days")
    @classmethod
    def _retention(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            raise ValueError(f"log_retention_days {value} is not one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
        return value

    @model_validator(mode="after")
    def _valid_on_fargate(self) -> Self:
        if self.cpu not in FARGATE_SIZES:
            raise ValueError(f"cpu {self.cpu} is not a Fargate size: {', '.join(map(str, FARGATE_SIZES))}")
        sizes = FARGATE_SIZES[self.cpu]
        if self.memory not in sizes:
            raise ValueError(f"memory {self.memory} does not go with cpu {self.cpu}: {', '.join(map(str, sizes))}")
        return self


class HealthCheck(Model):
    """The target group's health check; times in seconds, thresholds in consecutive checks."""

    path: str = "/health"
    interval_seconds: int = Field(default=5, ge=5, le=300)
    timeout_seconds: int = Field(default=4, ge=2, le=120)
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    unhealthy_threshold: int = Field(default=2, ge=2, le=10)
    success_codes: str = "200"

    @model_validator(mode="after")
    def _timeout_fits(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} must be below interval_seconds {self.interval_seconds}"
            )
        return self


class LoadBalancer(Model):
    """The ALB and its target group."""

    name: str = names.LOAD_BALANCER
    target_group: str = names.TARGET_GROUP
    health_check: HealthCheck = HealthCheck()
    deregistration_delay_seconds: int = Field(default=10, ge=0, le=3600)
    access_log_days: int = Field(default=30, ge=1)
    certificate_arn: str | None = None


class Network(Model):
    """The VPC, with a public and a private /24 subnet in each availability zone."""

    cidr: str = "10.0.0.0/16"
    max_azs: int = Field(default=3, ge=2, le=3)
    nat_gateways: int = Field(default=1, ge=1, le=3)

    @model_validator(mode="after")
    def _subnets_fit(self) -> Self:
        block = _network(self.cidr)
        needed = 2 * self.max_azs
        if block.num_addresses < needed * 256 or block.prefixlen < 16:
            raise ValueError(
                f"cidr {self.cidr} is not a VPC for {needed} subnets of /24: give a block between /16 and "
                f"/{24 - (needed - 1).bit_length()}"
            )
        if self.nat_gateways > self.max_azs:
            raise ValueError(f"nat_gateways {self.nat_gateways} is more than max_azs {self.max_azs}")
        return self


def _network(cidr: str) -> IPv4Network:
    try:
        return IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"cidr {cidr!r} is not an IPv4 block such as 10.0.0.0/16: {error}") from error


class Service(Model):
    """The ECS service; percentages are of the desired count during a deployment."""

    cluster: str = names.CLUSTER
    name: str = names.SERVICE
    desired_count: int = Field(default=2, ge=0)
    minimum_healthy_percent: int = Field(default=50, ge=0, le=100)
    maximum_percent: int = Field(default=200, ge=100)
    enable_exec: bool = True


class Metering(Model):
    """How the application publishes its load."""

    namespace: str = names.NAMESPACE
    interval_seconds: int = Field(default=5, ge=1, le=60)


class Notifications(Model):
    """Who hears of alarms."""

    topic: str = names.ALERT_TOPIC
    email: str | None = None


class Plan(Model):
    """A service and its scaling, complete and consistent.

    ``requests_per_task`` is the load, in requests per second, that one task is meant to carry: what the step policies
    size for.
    """

    profile: str = "custom"
    region: str = names.REGION
    time_zone: str = "Asia/Seoul"
    requests_per_task: float = Field(default=100.0, gt=0)
    network: Network = Network()
    load_balancer: LoadBalancer = LoadBalancer()
    service: Service = Service()
    task: Task = Task()
    metering: Metering = Metering()
    scaling: Scaling
    alarms: tuple[Alarm, ...]
    notifications: Notifications = Notifications()
    dashboard: str = names.DASHBOARD

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        _require_unique("alarm", [alarm.name for alarm in self.alarms])
        steps = [policy.name for policy in self.scaling.step_policies]
        _require_unique("policy", steps + [policy.name for policy in self.scaling.target_policies])
        _require_unique("schedule", [schedule.name for schedule in self.scaling.schedules])
        for alarm in self.alarms:
            for policy in alarm.policies:
                if policy not in steps:
                    raise ValueError(f"alarm {alarm.name!r} names step policy {policy!r}, which the plan does not have")
        return self

    def alarm(self, name: str) -> Alarm:
        """The alarm called ``name``; KeyError when there is none."""
        return {alarm.name: alarm for alarm in self.alarms}[name]

    def step_policy(self, name: str) -> StepPolicy:
        """The step policy called ``name``; KeyError when there is none."""
        return {policy.name: policy for policy in self.scaling.step_policies}[name]


def _require_unique(kind: str, given: list[str]) -> None:
    doubles = sorted({name for name in given if given.count(name) > 1})
    if doubles:
        raise ValueError(f"{kind} name {doubles[0]!r} is used twice")

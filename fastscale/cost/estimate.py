"""The monthly bill of a plan, item by item. A month has 30 days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from fastscale.cost.prices import Prices
from fastscale.plan import Plan

HOURS = 720
SECONDS = HOURS * 3600
_BYTES_PER_GB = 1e9

#: Metrics that a task publishes, in all and with ``detail``.
STANDARD_METRICS = 4
DETAIL_METRICS = 9
#: A line of the embedded metric format has about this many bytes for itself and for each metric; CloudWatch Logs adds
#: 26 bytes to each event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
EMF_LINE_BYTES = 150 + 26
EMF_METRIC_BYTES = 92

#: A target tracking policy makes an alarm for each direction.
_ALARMS_PER_TARGET_POLICY = 2
_HIGH_RESOLUTION_SECONDS = 60


class Route(StrEnum):
    """How the tasks' metrics reach CloudWatch."""

    CLOUDWATCH = "cloudwatch"
    EMF = "emf"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a bill depends on beside the plan.

    ``tasks`` is the average number over the month; ``log_gb`` what the application itself logs a month.
    """

    tasks: float
    interval_seconds: float
    route: Route = Route.CLOUDWATCH
    detail: bool = False
    arm: bool = False
    log_gb: float = 0.0


@dataclass(frozen=True)
class Item:
    """One line of the bill: what, how much of it, and its price in dollars."""

    name: str
    quantity: str
    dollars: float


@dataclass(frozen=True)
class Estimate:
    """A bill."""

    items: tuple[Item, ...]

    @property
    def dollars(self) -> float:
        """The total a month."""
        return sum(item.dollars for item in self.items)


@dataclass(frozen=True)
class Choice:
    """A change, what it would save a month, and what it would cost otherwise."""

    name: str
    saves_dollars: float
    remark: str


def estimate(plan: Plan, prices: Prices, usage: Usage) -> Estimate:
    """The bill of ``plan`` for ``usage``.

    Load balancer, NAT gateway, data transfer, Container Insights and the image registry are not in it.
    """
    return Estimate(
        (
            _tasks(plan, prices, usage),
            _metrics(prices, usage),
            _publishing(prices, usage),
            *_alarms(plan, prices),
            Item("dashboard", "1", prices.dashboard_month),
            Item("application logs", f"{usage.log_gb:g} GB", usage.log_gb * prices.log_gb),
        )
    )


def choices(plan: Plan, prices: Prices, usage: Usage) -> list[Choice]:
    """The changes that would save money, the largest saving first."""
    changes = [
        (
            "publish by log lines (EMF) instead of PutMetricData",
            replace(usage, route=Route.EMF),
            "metrics pass through CloudWatch Logs first, which may take seconds more: measure before alarming on them",
        ),
        ("run tasks on ARM (Graviton)", replace(usage, arm=True), "the image must be built for arm64"),
        (
            f"publish every {_slower(usage):g} s",
            replace(usage, interval_seconds=_slower(usage)),
            "a surge is seen later by as much",
        ),
        ("publish without detail", replace(usage, detail=False), "no percentiles, errors and queue times"),
    ]
    now = estimate(plan, prices, usage).dollars
    found = [Choice(name, now - estimate(plan, prices, changed).dollars, remark) for name, changed, remark in changes]
    return sorted((choice for choice in found if choice.saves_dollars > 0), key=lambda choice: -choice.saves_dollars)


def _slower(usage: Usage) -> float:
    return max(usage.interval_seconds, 10.0)


def _tasks(plan: Plan, prices: Prices, usage: Usage) -> Item:
    vcpu_hour = prices.arm_vcpu_hour if usage.arm else prices.vcpu_hour
    memory_hour = prices.arm_memory_gb_hour if usage.arm else prices.memory_gb_hour
    hourly = plan.task.cpu / 1024 * vcpu_hour + plan.task.memory / 1024 * memory_hour
    size = f"{plan.task.cpu / 1024:g} vCPU, {plan.task.memory / 1024:g} GB, {'ARM' if usage.arm else 'x86'}"
    return Item("tasks", f"{usage.tasks:g} x {size}", usage.tasks * HOURS * hourly)


def _metric_count(usage: Usage) -> int:
    return STANDARD_METRICS + (DETAIL_METRICS if usage.detail else 0)


def _metrics(prices: Prices, usage: Usage) -> Item:
    """Without dimensions all tasks share the metrics, so their number does not depend on the tasks'."""
    count = _metric_count(usage)
    return Item("custom metrics", f"{count}", count * prices.metric_month)


def _publishing(prices: Prices, usage: Usage) -> Item:
    intervals = usage.tasks * SECONDS / usage.interval_seconds
    if usage.route is Route.CLOUDWATCH:
        return Item("PutMetricData", f"{intervals:,.0f} calls", intervals / 1000 * prices.thousand_api_calls)
    gigabytes = intervals * (EMF_LINE_BYTES + EMF_METRIC_BYTES * _metric_count(usage)) / _BYTES_PER_GB
    return Item("EMF log lines", f"{gigabytes:.2f} GB", gigabytes * prices.log_gb)


def _alarms(plan: Plan, prices: Prices) -> list[Item]:
    """An alarm on metric math is billed for each metric that it reads."""
    high = standard = 0
    for alarm in plan.alarms:
        metrics = sum(query.metric is not None for query in alarm.queries) or 1
        if alarm.period < _HIGH_RESOLUTION_SECONDS:
            high += metrics
        else:
            standard += metrics
    for policy in plan.scaling.target_policies:
        if "HighResolution" in (policy.predefined or ""):
            high += _ALARMS_PER_TARGET_POLICY
        else:
            standard += _ALARMS_PER_TARGET_POLICY
    return [
        Item("alarms", f"{standard}", standard * prices.alarm_month),
        Item("high-resolution alarms", f"{high}", high * prices.high_resolution_alarm_month),
    ]

"""What metrics, their way to CloudWatch and the alarms on them cost."""

from __future__ import annotations

import math

from fastscale.cost.prices import Prices
from fastscale.cost.usage import BYTES_PER_GB, SECONDS, Item, Route, Usage
from fastscale.plan import Plan

#: Metrics that a task publishes, in all and with ``detail``.
STANDARD_METRICS = 4
DETAIL_METRICS = 9
#: A line of the embedded metric format has about this many bytes for itself and for each metric; CloudWatch Logs adds
#: 26 bytes to each event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
EMF_LINE_BYTES = 150 + 26
EMF_METRIC_BYTES = 92
#: A PutMetricData request with its answer and its share of TLS, about.
CALL_BYTES = 1500
#: Pulse gives three metrics a value for each task that it reads, and one the sum of all. It puts so many values in one
#: call, far below the 1 MB that PutMetricData takes (CloudWatch API reference).
PULSE_VALUES_PER_TASK = 3
VALUES_PER_CALL = 10_000
#: Pulse's own metrics, and how often it publishes them (seconds).
PULSE_METRICS = 4
PULSE_OWN_SECONDS = 20

#: A target tracking policy makes an alarm for each direction.
_ALARMS_PER_TARGET_POLICY = 2
_HIGH_RESOLUTION_SECONDS = 60


def metric_items(plan: Plan, prices: Prices, usage: Usage) -> list[Item]:
    """Custom metrics, publishing and alarms."""
    return [_metrics(prices, usage), _publishing(plan, prices, usage), *_alarms(plan, prices, usage)]


def published_gb(plan: Plan, usage: Usage) -> float:
    """What publishing sends out of the VPC a month."""
    if usage.route is Route.EMF:
        line = EMF_LINE_BYTES + EMF_METRIC_BYTES * _metric_count(usage)
        return _intervals(usage) * usage.tasks * line / BYTES_PER_GB
    return _calls(plan, usage) * CALL_BYTES / BYTES_PER_GB


def _intervals(usage: Usage) -> float:
    return SECONDS / usage.interval_seconds


def _calls(plan: Plan, usage: Usage) -> float:
    """Each task publishes for itself, but Pulse for all of them, in calls that hold the values of those it reads."""
    if usage.route is Route.PULSE:
        values = PULSE_VALUES_PER_TASK * min(usage.tasks, plan.pulse.scrape.most_tasks) + 1
        return _intervals(usage) * math.ceil(values / VALUES_PER_CALL) + SECONDS / PULSE_OWN_SECONDS
    return _intervals(usage) * usage.tasks


def _metric_count(usage: Usage) -> int:
    return STANDARD_METRICS + (DETAIL_METRICS if usage.detail else 0)


def _metrics(prices: Prices, usage: Usage) -> Item:
    """Without dimensions all tasks share the metrics, so their number does not depend on the tasks'."""
    count = _metric_count(usage) + (PULSE_METRICS if usage.route is Route.PULSE else 0)
    return Item("custom metrics", f"{count}", count * prices.metric_month)


def _publishing(plan: Plan, prices: Prices, usage: Usage) -> Item:
    if usage.route is Route.EMF:
        gigabytes = published_gb(plan, usage)
        return Item("EMF log lines", f"{gigabytes:.2f} GB", gigabytes * prices.log_gb)
    calls = _calls(plan, usage)
    return Item("PutMetricData", f"{calls:,.0f} calls", calls / 1000 * prices.thousand_api_calls)


def _alarms(plan: Plan, prices: Prices, usage: Usage) -> list[Item]:
    """An alarm on metric math is billed for each metric that it reads. Pulse brings one on its heartbeat."""
    high, standard = 0, int(usage.route is Route.PULSE)
    for alarm in plan.alarms:
        metrics = sum(query.metric is not None for query in alarm.queries) or 1
        if alarm.period < _HIGH_RESOLUTION_SECONDS:
            high += metrics
        else:
            standard += metrics
    for policy in plan.scaling.target_policies:
        if policy.high_resolution_metric:
            high += _ALARMS_PER_TARGET_POLICY
        else:
            standard += _ALARMS_PER_TARGET_POLICY
    return [
        Item("alarms", f"{standard}", standard * prices.alarm_month),
        Item("high-resolution alarms", f"{high}", high * prices.high_resolution_alarm_month),
    ]

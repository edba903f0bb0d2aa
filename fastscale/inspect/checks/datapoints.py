"""Does an alarm get the datapoints that it waits for?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fastscale import names
from fastscale.decide.alarm import AlarmMemory, evaluate, evaluation_range
from fastscale.decide.observation import AlarmState
from fastscale.inspect.facts import Watched, title
from fastscale.inspect.finding import Finding
from fastscale.plan import Alarm, Comparison, Metric, MissingData
from fastscale.series import STANDARD_RESOLUTION_SECONDS


def check(watched: Watched) -> Iterator[Finding]:
    """FS001 and FS012."""
    alarm = watched.alarm
    for metric in watched.metrics:
        interval = watched.interval_seconds(metric)
        if interval is None or interval <= alarm.period:
            continue
        if (metric.namespace, metric.name) not in watched.design.publishers.metered:
            yield _too_fine(alarm, metric, interval)
        if not _can_alarm(alarm, interval):
            yield _never_enough(alarm, metric, interval)


def _too_fine(alarm: Alarm, metric: Metric, interval: int) -> Finding:
    fix = f"use a period of {_next_period(interval)} s or more"
    if metric.namespace == names.NAMESPACE_ECS and interval == STANDARD_RESOLUTION_SECONDS:
        fix += (
            ", or have the service report every 20 s (Monitoring.MetricConfigurations) and use a period of 20 or 30 s"
        )
    elif interval == STANDARD_RESOLUTION_SECONDS:
        fix += ", or publish a metric of your own with StorageResolution 1"
    empty = math.ceil(interval / alarm.period) - 1
    return Finding(
        code="FS001",
        subject=alarm.name,
        what=f"the period of {alarm.period} s is shorter than the {interval} s between datapoints of {title(metric)}",
        why=f"{empty} of {empty + 1} periods are empty, so the alarm reacts no sooner than with {interval} s "
        f"and {_between_datapoints(alarm)}",
        fix=fix,
    )


def _between_datapoints(alarm: Alarm) -> str:
    return {
        MissingData.MISSING: "lapses into INSUFFICIENT_DATA in between",
        MissingData.NOT_BREACHING: "takes every empty period for a calm one",
        MissingData.BREACHING: "takes every empty period for a breach",
        MissingData.IGNORE: "keeps its state in between",
    }[alarm.missing_data]


def _can_alarm(alarm: Alarm, interval: int) -> bool:
    """Whether the alarm reaches ALARM when every datapoint that there can be breaches, at any phase of the metric."""
    every = math.ceil(interval / alarm.period)
    slots = range(evaluation_range(alarm))
    breach = _breaching_value(alarm)
    phases = ([breach if (slot - phase) % every == 0 else None for slot in slots] for phase in range(every))
    return any(evaluate(alarm, phase, AlarmMemory(), 0.0)[0].state is AlarmState.ALARM for phase in phases)


def _breaching_value(alarm: Alarm) -> float:
    below = alarm.comparison in (Comparison.LESS, Comparison.LESS_OR_EQUAL)
    return alarm.threshold + (-1 if below else 1) * max(1.0, abs(alarm.threshold))


def _never_enough(alarm: Alarm, metric: Metric, interval: int) -> Finding:
    seconds = evaluation_range(alarm) * alarm.period
    most = math.ceil(seconds / interval)
    wanted = f"{alarm.datapoints_needed} of {alarm.evaluation_periods}"
    return Finding(
        code="FS012",
        subject=alarm.name,
        what=f"{wanted} breaching datapoints never come together, so the alarm never fires",
        why=f"the {seconds} s that CloudWatch looks at hold at most {most} of {title(metric)}, one every {interval} s, "
        f"and missing ones count as {alarm.missing_data}",
        fix=f"use a period of {_next_period(interval)} s, or publish at least every {alarm.period} s",
    )


def _next_period(seconds: int) -> int:
    """The shortest period of an alarm that is not below ``seconds``."""
    return next((period for period in (10, 20, 30) if period >= seconds), math.ceil(seconds / 60) * 60)

"""Alarms, steps and schedules in words."""

from __future__ import annotations

from fastscale.plan import AdjustmentType, Alarm, Comparison, Metric, Schedule, Step, StepPolicy, TargetPolicy

_SIGNS = {
    Comparison.GREATER: ">",
    Comparison.GREATER_OR_EQUAL: ">=",
    Comparison.LESS: "<",
    Comparison.LESS_OR_EQUAL: "<=",
}


def number(value: float) -> str:
    """A number without a fraction that says nothing."""
    return f"{value:.10g}"


def count(tasks: int) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{tasks} task" if tasks == 1 else f"{tasks} tasks"


def metric(alarm: Alarm) -> str:
    """What an alarm watches: statistic, namespace and name, or its metric math."""
    if alarm.metric is not None:
        return _metric(alarm.metric)
    returned = next(query for query in alarm.queries if query.return_data)
    return returned.expression or (_metric(returned.metric) if returned.metric else returned.id)


def _metric(watched: Metric) -> str:
    return f"{watched.statistic} {watched.namespace} {watched.name}"


def rule(alarm: Alarm) -> str:
    """``> 100, 1 of 1 x 10 s``."""
    periods = f"{alarm.datapoints_needed} of {alarm.evaluation_periods} x {alarm.period} s"
    return f"{_SIGNS[alarm.comparison]} {number(alarm.threshold)}, {periods}"


def steps(policy: StepPolicy, threshold: float | None) -> list[str]:
    """Each step in words: by values of the metric when the alarm's threshold is known, else by offsets from it."""
    return [f"{_interval(step, threshold)}: {_adjustment(policy, step)}" for step in policy.steps]


def _interval(step: Step, threshold: float | None) -> str:
    lower, upper = _bound(step.lower, threshold), _bound(step.upper, threshold)
    if lower and upper:
        return f"{lower} to {upper}"
    return f"from {lower}" if lower else f"up to {upper}"


def _bound(offset: float | None, threshold: float | None) -> str | None:
    if offset is None:
        return None
    return f"threshold {offset:+.10g}" if threshold is None else number(threshold + offset)


def _adjustment(policy: StepPolicy, step: Step) -> str:
    if policy.adjustment_type is AdjustmentType.EXACT:
        return f"exactly {count(step.adjustment)}"
    if policy.adjustment_type is AdjustmentType.PERCENT:
        least = policy.min_adjustment_magnitude
        return f"{step.adjustment:+d} %" + (f", at least {count(least)}" if least else "")
    return f"{step.adjustment:+d} {'task' if abs(step.adjustment) == 1 else 'tasks'}"


def target(policy: TargetPolicy) -> str:
    """``keep ECSServiceAverageCPUUtilization at 60``."""
    watched = policy.predefined or (_metric(policy.metric) if policy.metric else "metric math")
    scale_in = ", never in" if policy.disable_scale_in else ""
    return f"keep {watched} at {number(policy.target)}{scale_in}"


def limits(schedule: Schedule) -> str:
    """``at least 5, at most 100``."""
    parts = [
        None if schedule.min_capacity is None else f"at least {schedule.min_capacity}",
        None if schedule.max_capacity is None else f"at most {schedule.max_capacity}",
    ]
    return ", ".join(part for part in parts if part)

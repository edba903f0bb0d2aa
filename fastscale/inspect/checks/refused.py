"""What AWS would not accept at deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastscale import statistic
from fastscale.decide import expression
from fastscale.errors import ExpressionError, PlanError
from fastscale.inspect.bands import tracking_alarms
from fastscale.inspect.facts import Watched
from fastscale.inspect.finding import Finding
from fastscale.plan import Plan
from fastscale.template import Design

#: PutMetricAlarm, "Period": EvaluationPeriods x Period is at most a day, or seven for periods of an hour and more.
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600

PLAIN_STATISTICS = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})


def check_design(design: Design) -> Iterator[Finding]:
    """FS003, and FS015 for resources of a template that are in no plan because AWS refuses them."""
    for one in design.not_modelled:
        if one.refused:
            yield Finding(
                code="FS003" if one.steps else "FS015",
                subject=one.where,
                what=f"the {one.kind.rpartition('::')[2]} cannot be deployed",
                why=one.reason,
                fix=_STEPS_FIX if one.steps else "correct the value",
            )


_STEPS_FIX = "let each step begin where the one before it ends, with one open end at most on each side"


def check_alarm(watched: Watched) -> Iterator[Finding]:
    """FS015 for an alarm."""
    alarm = watched.alarm
    seconds = alarm.period * alarm.evaluation_periods
    most = DAY_SECONDS if alarm.period < HOUR_SECONDS else 7 * DAY_SECONDS
    if seconds > most:
        why = f"{alarm.evaluation_periods} periods of {alarm.period} s are {seconds} s, and {most} s is the most"
        yield _refused(alarm.name, "it looks back too far", why, f"use at most {most // alarm.period} periods")
    for metric in watched.metrics:
        if metric.statistic not in PLAIN_STATISTICS:
            yield from _unreadable(alarm.name, "statistic", metric.statistic, statistic.parse)
    for query in alarm.queries:
        if query.expression:
            yield from _unreadable(alarm.name, "metric math", query.expression, expression.parse)


def check_tracking(plan: Plan) -> Iterator[Finding]:
    """FS015 for the predefined metrics of target tracking policies."""
    for policy in plan.scaling.target_policies:
        try:
            tracking_alarms(plan, policy)
        except PlanError as error:
            what = f"its metric {policy.predefined} is not one of ECS services"
            yield _refused(policy.name, what, str(error), "name one of them")


def _unreadable(alarm: str, kind: str, text: str, parse: Callable[[str], object]) -> Iterator[Finding]:
    try:
        parse(text)
    except ExpressionError as error:
        yield _refused(alarm, f"its {kind} {text!r} cannot be read", str(error), f"write it as CloudWatch's {kind}")


def _refused(subject: str, what: str, why: str, fix: str) -> Finding:
    return Finding(code="FS015", subject=subject, what=what, why=why, fix=fix)

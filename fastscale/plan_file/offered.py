"""What AWS offers under names and in a syntax of its own: statistics, predefined metrics, schedule expressions.

Models of the plan take any text there, because templates of others are read into them to be examined. A plan file is
meant to be deployed, so what AWS would refuse is refused when the file is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastscale import statistic
from fastscale.decide.schedule import next_fire
from fastscale.decide.target import PREDEFINED
from fastscale.errors import ExpressionError, PlanError
from fastscale.plan import Metric, MetricQuery, Plan, Schedule, TargetPolicy
from fastscale.plan_file.keys import Location, dotted

#: Statistics of every metric (CloudWatch API reference, PutMetricAlarm, Statistic).
STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


def require_offered(plan: Plan) -> None:
    """Raise PlanError for the first name or expression that AWS does not know: one line with key, value and fix."""
    for alarm in plan.alarms:
        _require_statistics(("alarms", alarm.name), alarm.metric, alarm.queries)
    for policy in plan.scaling.target_policies:
        _require_target(policy)
    for schedule in plan.scaling.schedules:
        _require_expression(schedule)


def _require_target(policy: TargetPolicy) -> None:
    path = ("scaling", "target_policies", policy.name)
    if policy.predefined is not None and policy.predefined not in PREDEFINED:
        raise _refused((*path, "predefined"), policy.predefined, f"is not one of {', '.join(PREDEFINED)}")
    # A customized metric has none of the extended statistics (Application Auto Scaling API reference).
    if policy.metric is not None and policy.metric.statistic not in STATISTICS:
        raise _refused(
            (*path, "metric", "statistic"), policy.metric.statistic, f"is not one of {', '.join(STATISTICS)}"
        )
    _require_statistics(path, None, policy.queries)


def _require_statistics(path: Location, metric: Metric | None, queries: tuple[MetricQuery, ...]) -> None:
    for where, one in _metrics(path, metric, queries):
        if one.statistic in STATISTICS:
            continue
        try:
            statistic.parse(one.statistic)
        except ExpressionError as error:
            raise _refused(
                (*where, "statistic"), one.statistic, str(error).removeprefix(f"statistic {one.statistic!r} ")
            ) from error


def _metrics(
    path: Location, metric: Metric | None, queries: tuple[MetricQuery, ...]
) -> Iterator[tuple[Location, Metric]]:
    if metric is not None:
        yield (*path, "metric"), metric
    for number, query in enumerate(queries):
        if query.metric is not None:
            yield (*path, "queries", number, "metric"), query.metric


def _require_expression(schedule: Schedule) -> None:
    try:
        next_fire(schedule.expression, 0.0, schedule.time_zone)
    except ExpressionError as error:
        path = ("scaling", "schedules", schedule.name, "expression")
        why = str(error).removeprefix(f"schedule {schedule.expression!r}").removeprefix(":").strip()
        raise _refused(path, schedule.expression, why) from error


def _refused(path: Location, value: str, why: str) -> PlanError:
    return PlanError(f"{dotted(path)} = {value!r}: {why}")

"""Does anything publish the metric, and does it go on when the service is idle?"""

from __future__ import annotations

from collections.abc import Iterator

from fastscale import names
from fastscale.inspect.facts import (
    REQUIRED_DIMENSIONS,
    Watched,
    published_by_aws,
    similar_name,
    stops_without_tasks,
    title,
)
from fastscale.inspect.finding import Finding
from fastscale.plan import Alarm, Comparison, Metric, MissingData, Plan, StepPolicy
from fastscale.template import Design, ServiceDesign

#: Predefined metrics that only exist while the service reports the metric every 20 s (ECS developer guide,
#: target-tracking-faster-auto-scaling.html).
_HIGH_RESOLUTION = {
    "ECSServiceAverageCPUUtilizationHighResolution": names.CPU_UTILIZATION,
    "ECSServiceAverageMemoryUtilizationHighResolution": names.MEMORY_UTILIZATION,
}


def check(watched: Watched) -> Iterator[Finding]:
    """FS007 and FS013 for an alarm."""
    yield from _unknown(watched)
    yield from _silent_when_idle(watched)


def check_tracking(design: Design, service: ServiceDesign, plan: Plan) -> Iterator[Finding]:
    """FS007 for target tracking policies."""
    for policy in plan.scaling.target_policies:
        if policy.predefined is None:
            watching = Alarm(name=policy.name, metric=policy.metric, queries=policy.queries, threshold=policy.target)
            yield from _unknown(Watched(watching, design, service))
        elif design.deployed and (metric := _HIGH_RESOLUTION.get(policy.predefined)) not in (
            None,
            *service.high_resolution,
        ):
            yield Finding(
                code="FS007",
                subject=policy.name,
                what=f"the service does not report {metric} every 20 s",
                why=f"{policy.predefined} is made of 20 s datapoints, and the service reports every 60 s",
                fix=f"give the service Monitoring.MetricConfigurations with {metric} and ResolutionSeconds 20",
            )


def _unknown(watched: Watched) -> Iterator[Finding]:
    for metric in watched.metrics:
        found = _by_aws(watched, metric) if published_by_aws(metric) else _by_others(watched, metric)
        if found:
            yield found


def _by_aws(watched: Watched, metric: Metric) -> Finding | None:
    meant = similar_name(metric)
    if meant:
        return _unpublished(watched, metric, f"{metric.namespace} has no such metric", f"name it {meant}")
    required = REQUIRED_DIMENSIONS.get(metric.namespace, ())
    given = {name for name, _ in metric.dimensions}
    if watched.design.deployed and required and not given.intersection(required):
        why = f"each metric of {metric.namespace} is about one {' or '.join(required)}, and the alarm names none"
        return _unpublished(watched, metric, why, f"give the metric the dimension {required[0]}")
    return None


def _by_others(watched: Watched, metric: Metric) -> Finding | None:
    publishers = watched.design.publishers
    if publishers.may_publish(metric):
        return None
    metered = sorted(name for namespace, name in publishers.metered if namespace == metric.namespace)
    if metered:
        return _unpublished(watched, metric, f"the meter publishes {', '.join(metered)}", "name one of these")
    why = (
        f"AWS publishes nothing in {metric.namespace}, 0 log metric filters make it, and no role that can be seen may "
        "put metric data there"
    )
    fix = (
        "let the application publish it, or make it with a metric filter (logs in embedded metric format are not seen)"
    )
    return _unpublished(watched, metric, why, fix)


def _unpublished(watched: Watched, metric: Metric, why: str, fix: str) -> Finding:
    what = f"nothing is known to publish {title(metric)}"
    return Finding(code="FS007", subject=watched.alarm.name, what=what, why=why, fix=fix)


def _silent_when_idle(watched: Watched) -> Iterator[Finding]:
    """A load balancer reports nothing while no requests flow: the very moment at which a scale-in is due."""
    alarm, plan = watched.alarm, watched.plan
    low = alarm.comparison in (Comparison.LESS, Comparison.LESS_OR_EQUAL)
    if plan is None or alarm.metric is None or not low or alarm.missing_data is MissingData.BREACHING:
        return
    if alarm.metric.namespace == names.NAMESPACE_ALB and any(_removes(plan, name) for name in alarm.policies):
        yield Finding(
            code="FS013",
            subject=alarm.name,
            what="it does not scale in when there is no traffic at all",
            why=f"at 0 requests the load balancer reports no {alarm.metric.name}, and missing datapoints count as "
            f"{alarm.missing_data}",
            fix="treat missing data as breaching",
        )


def _removes(plan: Plan, policy: str) -> bool:
    return any(step.adjustment < 0 for step in plan.step_policy(policy).steps)


def check_zero_floor(plan: Plan, alarms: list[Watched]) -> Iterator[Finding]:
    """FS016."""
    if plan.scaling.min_capacity > 0 or not alarms:
        return
    raising = [watched for watched in alarms if any(_adds(plan.step_policy(name)) for name in watched.alarm.policies)]
    if any(_survives(watched) for watched in raising) or any(policy.metric for policy in plan.scaling.target_policies):
        return
    yield Finding(
        code="FS016",
        subject=plan.service.name,
        what="once at its floor of 0 tasks, the service never scales out",
        why="every metric that scales it out comes from running tasks or their targets, and 0 tasks report nothing",
        fix="set the floor to 1, or scale out on a metric of the load balancer or a queue",
    )


def _adds(policy: StepPolicy) -> bool:
    return any(step.adjustment > 0 for step in policy.steps)


def _survives(watched: Watched) -> bool:
    return any(not stops_without_tasks(metric, watched.design) for metric in watched.metrics)

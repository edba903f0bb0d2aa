"""Target tracking: the alarms that a policy creates, and the capacity that it asks for.

Sources: Application Auto Scaling user guide, target-tracking-scaling-policy-overview.html; ECS developer guide,
service-autoscaling-targettracking.html and target-tracking-faster-auto-scaling.html (20 s metrics). AWS publishes
neither the settings of the alarms nor the pace of scale-in: the constants below hold what is assumed, and why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from fastscale import names
from fastscale.decide import limits
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, Hold, Proposal, ServiceState
from fastscale.errors import PlanError
from fastscale.plan import Alarm, Comparison, Metric, TargetPolicy

#: Periods of the high alarm: 3 of 3, as exported alarms of ECS services show for 60 s metrics; one source says the
#: same of 20 s metrics.
HIGH_PERIODS = 3
#: Seconds that the low alarm looks back, by period: 15 x 60 s in exported alarms, 30 x 20 s by one source.
LOW_SECONDS = {60: 900, 20: 600}
#: The low alarm's threshold as a share of the target: 63 for 70 and 72 for 80 in exported alarms.
LOW_SHARE = 0.9
#: Model: one scale-in removes at most this share of the tasks, but always one. AWS says only that it scales in
#: "more gradually" than out.
SCALE_IN_SHARE = 0.1

#: Predefined metric type -> (namespace, metric, statistic, period in seconds).
PREDEFINED = {
    "ECSServiceAverageCPUUtilization": (names.NAMESPACE_ECS, names.CPU_UTILIZATION, "Average", 60),
    "ECSServiceAverageMemoryUtilization": (names.NAMESPACE_ECS, names.MEMORY_UTILIZATION, "Average", 60),
    "ECSServiceAverageCPUUtilizationHighResolution": (names.NAMESPACE_ECS, names.CPU_UTILIZATION, "Average", 20),
    "ECSServiceAverageMemoryUtilizationHighResolution": (names.NAMESPACE_ECS, names.MEMORY_UTILIZATION, "Average", 20),
    "ALBRequestCountPerTarget": (names.NAMESPACE_ALB, "RequestCountPerTarget", "Sum", 60),
}


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one policy's metric: its recent datapoints, oldest first, and the states of its alarms.

    ``low`` is OK for a policy without a low alarm.
    """

    datapoints: Sequence[float | None]
    high: AlarmState
    low: AlarmState

    @property
    def newest(self) -> float | None:
        """The newest real datapoint."""
        return next((value for value in reversed(self.datapoints) if value is not None), None)


@dataclass(frozen=True, slots=True)
class TargetSeen:
    """What the target tracking policies of one service see; ``tracks`` by policy name."""

    service: ServiceState
    tracks: Mapping[str, Track]


def alarms(policy: TargetPolicy, *, cluster: str, service: str) -> tuple[Alarm, ...]:
    """The alarms that AWS creates for ``policy``: the high one, and unless scale-in is disabled the low one.

    Raises PlanError for a predefined metric that ECS services do not have.
    """
    metric, period = _metric(policy, cluster, service)
    high = Alarm(
        name=_alarm_name("AlarmHigh", policy, cluster, service),
        metric=metric,
        queries=policy.queries,
        period=period,
        evaluation_periods=HIGH_PERIODS,
        threshold=policy.target,
        policies=(policy.name,),
        description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.name}.",
    )
    if policy.disable_scale_in:
        return (high,)
    low = {
        "name": _alarm_name("AlarmLow", policy, cluster, service),
        "evaluation_periods": LOW_SECONDS[period] // period,
        "threshold": round(policy.target * LOW_SHARE, 10),
        "comparison": Comparison.LESS,
    }
    return high, high.model_copy(update=low)


def decide(
    policies: Sequence[TargetPolicy], seen: TargetSeen, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    """The new desired count by all ``policies`` of a service (at least one), or why it stays.

    Any policy whose high alarm is in ALARM scales out, and the largest result wins; they scale in only when the low
    alarms of all that may scale in are in ALARM, and to the largest result again.
    """
    outward = [policy for policy in policies if seen.tracks[policy.name].high is AlarmState.ALARM]
    if outward:
        return _scale_out(outward, seen, memory, now)
    inward = [policy for policy in policies if not policy.disable_scale_in]
    ready = [policy for policy in inward if seen.tracks[policy.name].low is AlarmState.ALARM]
    if not ready:
        return Proposal(policies[0].name, hold=Hold.ON_TARGET), memory
    if len(ready) < len(inward):
        return Proposal(ready[0].name, hold=Hold.NOT_ALL_AGREE), memory
    return _scale_in(ready, seen, memory, now)


def _scale_out(
    policies: Sequence[TargetPolicy], seen: TargetSeen, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    """The largest result that no cooldown or limit holds back."""
    outcomes = [_scale_out_by(policy, seen, memory, now) for policy in policies]
    return max(outcomes, key=lambda outcome: outcome[0].capacity or 0)


def _scale_out_by(policy: TargetPolicy, seen: TargetSeen, memory: Cooldowns, now: float) -> tuple[Proposal, Cooldowns]:
    value = seen.tracks[policy.name].newest
    if value is None:
        return Proposal(policy.name, hold=Hold.NO_DATA), memory
    base = limits.scale_out_base(policy.name, seen.service, memory, now)
    wanted = proportional(base, value, policy.target)
    return limits.scale_out(policy.name, wanted, base, policy.scale_out_cooldown_seconds, seen.service, memory, now)


def _scale_in(
    policies: Sequence[TargetPolicy], seen: TargetSeen, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    base = limits.scale_in_base(seen.service)
    wanted: list[tuple[int, TargetPolicy]] = []
    for policy in policies:
        value = seen.tracks[policy.name].newest
        if value is None:
            return Proposal(policy.name, hold=Hold.NO_DATA), memory
        wanted.append((proportional(base, value, policy.target), policy))
    needed, policy = max(wanted, key=lambda pair: pair[0])
    if needed >= base:
        return Proposal(policy.name, hold=Hold.FLAPPING), memory
    slowest = base - max(1, math.floor(base * SCALE_IN_SHARE))
    cooldown_seconds = policy.scale_in_cooldown_seconds
    return limits.scale_in(policy.name, max(needed, slowest), cooldown_seconds, seen.service, memory, now)


def proportional(tasks: int, value: float, target: float) -> int:
    """The tasks that bring a metric from ``value`` to ``target`` when the same load is spread over them, rounded up."""
    return math.ceil(round(tasks * value / target, 9))


def _metric(policy: TargetPolicy, cluster: str, service: str) -> tuple[Metric | None, int]:
    """The metric (None for metric math) and its period in seconds."""
    if policy.predefined is None:
        return policy.metric, 60
    if policy.predefined not in PREDEFINED:
        known = ", ".join(PREDEFINED)
        raise PlanError(f"policy {policy.name!r}: predefined {policy.predefined!r} is not one of {known}")
    namespace, name, statistic, period = PREDEFINED[policy.predefined]
    if namespace == names.NAMESPACE_ECS:
        dimensions = ((names.DIMENSION_CLUSTER, cluster), (names.DIMENSION_SERVICE, service))
    else:
        dimensions = _load_balancer_dimensions(policy)
    return Metric(namespace=namespace, name=name, statistic=statistic, dimensions=dimensions), period


def _load_balancer_dimensions(policy: TargetPolicy) -> tuple[tuple[str, str], tuple[str, str]]:
    """From a resource label such as ``app/name/778d41231b141a0f/targetgroup/name/943f017f100becff``."""
    load_balancer, separator, target_group = (policy.resource_label or "").partition("/targetgroup/")
    if not separator:
        raise PlanError(
            f"policy {policy.name!r}: resource_label {policy.resource_label!r} is not "
            "app/<load balancer>/<id>/targetgroup/<target group>/<id>"
        )
    group = f"targetgroup/{target_group}"
    return (names.DIMENSION_LOAD_BALANCER, load_balancer), (names.DIMENSION_TARGET_GROUP, group)


def _alarm_name(kind: str, policy: TargetPolicy, cluster: str, service: str) -> str:
    """AWS's form; its random id is replaced by one that stays the same for the same policy."""
    resource = f"service/{cluster}/{service}"
    return f"TargetTracking-{resource}-{kind}-{uuid5(NAMESPACE_URL, f'{resource}/{policy.name}/{kind}')}"

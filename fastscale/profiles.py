"""The plans that fastscale ships: `reference` and `default`.

Both hold the same service, alarms, schedules and back-up policies; they differ in how far the first steps go.

``reference`` adds 1, 2 or 4 tasks a step. An Auto Scaling action repeats only once a minute while its alarm persists
(CloudWatch user guide, "Alarm actions"), so a tenfold surge takes it many minutes.

``default`` has Pulse, the controller that looks once a second, and behind it alarms that size the first step to the
surge: percentages fine enough to land within 10 % of the need. Two more facts of AWS shape them. A policy holds 20
steps, so surges of 4.5x and more have a policy and an alarm of their own. And the first 10 s datapoint is often only
partly surge, while the action that would correct it comes a minute later; so each alarm has a *confirming* twin over
two datapoints, which trips ten seconds after it and acts on the larger of the two.

Each profile is fitted to a service: what one of its tasks carries, between which counts it scales, what its alarms and
policies are called. The shipped plans are those of the reference's service, :data:`REFERENCE`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from fastscale import names
from fastscale.errors import PlanError
from fastscale.plan import (
    MAX_STEPS,
    AdjustmentType,
    Aggregation,
    Alarm,
    Comparison,
    Metering,
    Metric,
    MissingData,
    Plan,
    PulsePolicy,
    Scaling,
    Schedule,
    Service,
    Step,
    StepPolicy,
    TargetPolicy,
)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The service that a profile is fitted to.

    One task is meant to carry ``requests_per_task`` (requests/s); capacities are in tasks. The application's metrics
    are in ``namespace``; alarms, policies and schedules are called ``<prefix>-...``, so that two services of one
    account need two of each. More than ``most_requests_per_minute`` at the load balancer is worth a message.
    """

    requests_per_task: float = 100.0
    min_capacity: int = 2
    max_capacity: int = 100
    namespace: str = names.NAMESPACE
    prefix: str = names.EXPORT_PREFIX.rstrip("-")
    most_requests_per_minute: float = 1000.0

    def __post_init__(self) -> None:
        """Raises PlanError for a load that no task can be meant to carry."""
        if not 0 < self.requests_per_task < math.inf:
            raise PlanError(f"requests_per_task {self.requests_per_task} must be above 0, in requests/s")

    def name(self, published: str) -> str:
        """A published name, such as ``FastScaling-CustomRPS``, with this service's prefix."""
        return f"{self.prefix}-{published.removeprefix(names.EXPORT_PREFIX)}"

    def load(self, ratio: float) -> float:
        """``ratio`` times the load of a task, in requests/s, to three digits of it."""
        return round(ratio * self.requests_per_task, max(1, 3 - math.floor(math.log10(self.requests_per_task))))


#: The service of the published reference design.
REFERENCE = Fit()

#: A percent step lands between the need and this far above its upper end: with steps 8 % wide that is within 10 %.
PERCENT_HEADROOM = 1.02
#: A fleet at its floor counts in whole tasks, and noise in the first datapoint must not cost it one.
FEW_TASKS_HEADROOM = 1.05
#: A fleet of more tasks than this loses less than a tenth of its need to rounding, and no longer counts as few.
FEW_TASKS = 10
#: A surge this many times the threshold and more has its own policy, because a policy holds at most 20 steps.
LARGE_SURGE = 4.5
#: Steps stay 8 % wide up to this many times the threshold; beyond it the last step answers.
LARGEST_SURGE = 20.0


def profile(name: str, fit: Fit = REFERENCE) -> Plan:
    """The shipped plan called ``name``, fitted to a service. Raises PlanError naming the ones that exist."""
    make = PROFILES.get(name)
    if make is None:
        raise PlanError(f"unknown profile {name!r}: choose one of {', '.join(PROFILES)}")
    return make(fit)


def reference(fit: Fit = REFERENCE) -> Plan:
    """The published reference design to the letter: +1, +2, +4 tasks, and ECS Exec."""
    half, whole = fit.load(0.5), fit.load(1)
    scale_out = StepPolicy(
        name=fit.name(names.POLICY_SCALE_OUT),
        steps=(
            Step(lower=0, upper=half, adjustment=1),
            Step(lower=half, upper=whole, adjustment=2),
            Step(lower=whole, adjustment=4),
        ),
        cooldown_seconds=10,
    )
    alarms = (_rps_alarm(fit, names.ALARM_RPS, (scale_out,)),)
    plan = _plan(fit, "reference", (scale_out,), alarms)
    return plan.model_copy(update={"service": Service(enable_exec=True)})


def default(fit: Fit = REFERENCE) -> Plan:
    """Pulse, and behind it steps in proportion to the surge, confirmed where a first datapoint was partly filled."""
    small = _percent_policy(fit, names.POLICY_SCALE_OUT, 1.0, LARGE_SURGE)
    large = _percent_policy(fit, f"{names.POLICY_SCALE_OUT}-Large", LARGE_SURGE, LARGEST_SURGE)
    few = _few_tasks_policy(fit, f"{names.POLICY_SCALE_OUT}-FewTasks")
    alarms = (
        _rps_alarm(fit, names.ALARM_RPS, (small, few)),
        _rps_alarm(fit, f"{names.ALARM_RPS}-Confirmed", (small, few), datapoints=2),
        _rps_alarm(fit, f"{names.ALARM_RPS}-Large", (large,), ratio=LARGE_SURGE),
        _rps_alarm(fit, f"{names.ALARM_RPS}-Large-Confirmed", (large,), ratio=LARGE_SURGE, datapoints=2),
    )
    plan = _plan(fit, "default", (small, large, few), alarms)
    # Whoever has workers waiting for others is at 50 % CPU with as many tasks as its requests need: the back-up adds
    # tasks, and leaves it to the load to take them away, or it would take each day what Pulse holds to spare.
    backups = tuple(policy.model_copy(update={"disable_scale_in": True}) for policy in plan.scaling.target_policies)
    scaling = plan.scaling.model_copy(update={"target_policies": backups})
    return plan.model_copy(update={"pulse": PulsePolicy(enabled=True), "scaling": scaling})


def _percent_policy(fit: Fit, name: str, first_ratio: float, last_ratio: float) -> StepPolicy:
    """Percent steps for loads of ``first_ratio`` to ``last_ratio`` times what a task is meant to carry.

    The step for ratios a..b adds enough for b, with headroom. Worked example: 10 tasks at 290 requests/s each (ratio
    2.9, in the step 2.87..3.09) become 10 x 3.09 x 1.02 = 31.5, so 31, against a need of 29.
    """
    return StepPolicy(
        name=fit.name(name),
        adjustment_type=AdjustmentType.PERCENT,
        steps=_percent_steps(fit, first_ratio, last_ratio),
        cooldown_seconds=10,
        aggregation=Aggregation.MAXIMUM,
    )


def _few_tasks_policy(fit: Fit, name: str) -> StepPolicy:
    """Whole tasks for a fleet at its floor, where percentages lose too much to rounding.

    Application Auto Scaling rounds a percent change down: at 2 tasks, +95 % is 1.9 tasks, so 1 task, 24 % short of
    the need. Here each step adds one task more than the one before, and begins at the load that needs it. The larger
    of two policies' answers wins, so this one only matters while the fleet is small.
    """
    floor = min(max(1, fit.min_capacity), FEW_TASKS)
    ratios = [(floor + added) / floor / FEW_TASKS_HEADROOM for added in range(MAX_STEPS)]
    offsets: list[float | None] = [0, *(fit.load(ratio - 1) for ratio in ratios[1:]), None]
    return StepPolicy(
        name=fit.name(name),
        steps=tuple(Step(lower=offsets[i], upper=offsets[i + 1], adjustment=i + 1) for i in range(MAX_STEPS)),
        cooldown_seconds=10,
        aggregation=Aggregation.MAXIMUM,
    )


def _percent_steps(fit: Fit, first_ratio: float, last_ratio: float) -> tuple[Step, ...]:
    """Steps whose bounds grow by one factor, as offsets from the alarm's threshold (load at ``first_ratio``)."""
    growth = (last_ratio / first_ratio) ** (1 / MAX_STEPS)
    ratios = [first_ratio * growth**i for i in range(MAX_STEPS + 1)]
    offsets: list[float | None] = [fit.load(ratio - first_ratio) for ratio in ratios]
    offsets[-1] = None
    return tuple(
        Step(lower=offsets[i], upper=offsets[i + 1], adjustment=round(100 * (ratios[i + 1] * PERCENT_HEADROOM - 1)))
        for i in range(MAX_STEPS)
    )


def _rps_alarm(
    fit: Fit, name: str, policies: tuple[StepPolicy, ...], *, ratio: float = 1.0, datapoints: int = 1
) -> Alarm:
    threshold = ratio * fit.requests_per_task
    return Alarm(
        name=fit.name(name),
        metric=Metric(namespace=fit.namespace, name=names.REQUESTS_PER_SECOND),
        period=10,
        evaluation_periods=datapoints,
        threshold=threshold,
        missing_data=MissingData.NOT_BREACHING,
        policies=tuple(policy.name for policy in policies),
        notify=True,
        description=f"Load per task above {threshold:g} requests/s",
    )


def _plan(fit: Fit, profile_name: str, scale_out: tuple[StepPolicy, ...], rps_alarms: tuple[Alarm, ...]) -> Plan:
    scale_in = StepPolicy(
        name=fit.name(names.POLICY_SCALE_IN), steps=(Step(upper=0, adjustment=-1),), cooldown_seconds=300
    )
    cpu = StepPolicy(
        name=fit.name(names.POLICY_CPU),
        steps=(Step(lower=0, upper=20, adjustment=1), Step(lower=20, adjustment=2)),
        cooldown_seconds=60,
    )
    memory = StepPolicy(name=fit.name(names.POLICY_MEMORY), steps=(Step(lower=0, adjustment=2),), cooldown_seconds=60)
    connections = StepPolicy(
        name=fit.name(f"{names.POLICY_SCALE_OUT}-Connections"),
        steps=(Step(lower=0, adjustment=2),),
        cooldown_seconds=60,
    )
    return Plan(
        profile=profile_name,
        requests_per_task=fit.requests_per_task,
        metering=Metering(namespace=fit.namespace),
        scaling=Scaling(
            min_capacity=fit.min_capacity,
            max_capacity=fit.max_capacity,
            step_policies=(*scale_out, scale_in, cpu, memory, connections),
            target_policies=(
                TargetPolicy(
                    name=fit.name(names.POLICY_CPU_TARGET),
                    target=60,
                    predefined="ECSServiceAverageCPUUtilization",
                    scale_out_cooldown_seconds=60,
                    scale_in_cooldown_seconds=300,
                ),
            ),
            schedules=_schedules(fit),
        ),
        alarms=(*rps_alarms, *_application_alarms(fit, connections), *_resource_alarms(fit), *_balancer_alarms(fit)),
    )


def _schedules(fit: Fit) -> tuple[Schedule, ...]:
    """The reference's working week; times are in the plan's time zone."""
    zone = "Asia/Seoul"
    rows = (
        ("FastScaling-MorningScaleUp", "cron(30 8 * * ? *)", 5),
        ("FastScaling-EveningScaleDown", "cron(0 22 * * ? *)", 2),
        ("FastScaling-WeekendScaleDown", "cron(0 23 ? * FRI *)", 1),
        ("FastScaling-MondayScaleUp", "cron(0 7 ? * MON *)", 2),
    )
    top = fit.max_capacity
    return tuple(
        Schedule(name=fit.name(name), expression=cron, time_zone=zone, min_capacity=min(floor, top), max_capacity=top)
        for name, cron, floor in rows
    )


# The alarms of both profiles. Dimensions of AWS's own metrics are filled in where a plan is rendered.


def _application_alarms(fit: Fit, connections: StepPolicy) -> tuple[Alarm, ...]:
    low = fit.load(0.5)
    return (
        Alarm(
            name=fit.name(names.ALARM_LOW_RPS),
            metric=Metric(namespace=fit.namespace, name=names.REQUESTS_PER_SECOND),
            period=60,
            evaluation_periods=3,
            threshold=low,
            comparison=Comparison.LESS,
            missing_data=MissingData.NOT_BREACHING,
            policies=(fit.name(names.POLICY_SCALE_IN),),
            description=f"Load per task below {low:g} requests/s for three minutes",
        ),
        Alarm(
            name=fit.name(names.ALARM_CONNECTIONS),
            metric=Metric(namespace=fit.namespace, name=names.ACTIVE_CONNECTIONS),
            period=10,
            threshold=1000,
            missing_data=MissingData.NOT_BREACHING,
            policies=(connections.name,),
            notify=True,
            description="More than 1000 requests in progress per task",
        ),
    )


def _resource_alarms(fit: Fit) -> tuple[Alarm, ...]:
    return (
        Alarm(
            name=fit.name(names.ALARM_CPU),
            metric=Metric(namespace=names.NAMESPACE_ECS, name=names.CPU_UTILIZATION),
            evaluation_periods=2,
            threshold=70,
            policies=(fit.name(names.POLICY_CPU),),
            notify=True,
            description="CPU above 70 % for two minutes",
        ),
        Alarm(
            name=fit.name(names.ALARM_MEMORY),
            metric=Metric(namespace=names.NAMESPACE_ECS, name=names.MEMORY_UTILIZATION),
            evaluation_periods=2,
            threshold=80,
            policies=(fit.name(names.POLICY_MEMORY),),
            notify=True,
            description="Memory above 80 % for two minutes",
        ),
    )


def _balancer_alarms(fit: Fit) -> tuple[Alarm, ...]:
    most = fit.most_requests_per_minute
    return (
        Alarm(
            name=fit.name(names.ALARM_REQUEST_RATE),
            metric=Metric(namespace=names.NAMESPACE_ALB, name=names.ALB_REQUEST_COUNT, statistic="Sum"),
            threshold=most,
            missing_data=MissingData.NOT_BREACHING,
            notify=True,
            description=f"More than {most:g} requests in a minute at the load balancer",
        ),
        Alarm(
            name=fit.name(names.ALARM_RESPONSE_TIME),
            metric=Metric(namespace=names.NAMESPACE_ALB, name=names.ALB_RESPONSE_TIME),
            evaluation_periods=2,
            threshold=0.5,
            missing_data=MissingData.NOT_BREACHING,
            notify=True,
            description="Response time above 0.5 s for two minutes",
        ),
    )


class _Profile(Protocol):
    """Makes a plan for a service."""

    def __call__(self, fit: Fit = REFERENCE) -> Plan: ...


PROFILES: dict[str, _Profile] = {"default": default, "reference": reference}

"""The plans that fastscale ships: `reference` and `default`.

Both hold the same service, alarms, schedules and back-up policies; they differ in how far the first steps go.

``reference`` adds 1, 2 or 4 tasks a step. An Auto Scaling action repeats only once a minute while its alarm persists
(CloudWatch user guide, "Alarm actions"), so a tenfold surge takes it many minutes.

``default`` sizes the first step to the surge: percentages fine enough to land within 10 % of the need. Two more facts
of AWS shape it. A policy holds 20 steps, so surges of 4.5x and more have a policy and an alarm of their own. And the
first 10 s datapoint is often only partly surge, while the action that would correct it comes a minute later; so each
alarm has a *confirming* twin over two datapoints, which trips ten seconds after it and acts on the larger of the two.
"""

from __future__ import annotations

from collections.abc import Callable

from fastscale import names
from fastscale.errors import PlanError
from fastscale.plan import (
    MAX_STEPS,
    AdjustmentType,
    Aggregation,
    Alarm,
    Comparison,
    Metric,
    MissingData,
    Plan,
    Scaling,
    Schedule,
    Step,
    StepPolicy,
    TargetPolicy,
)

REQUESTS_PER_TASK = 100.0
MIN_CAPACITY = 2
MAX_CAPACITY = 100

#: A percent step lands between the need and this far above its upper end: with steps 8 % wide that is within 10 %.
PERCENT_HEADROOM = 1.02
#: A fleet at its floor counts in whole tasks, and noise in the first datapoint must not cost it one.
FEW_TASKS_HEADROOM = 1.05
#: A surge this many times the threshold and more has its own policy, because a policy holds at most 20 steps.
LARGE_SURGE = 4.5
#: Steps stay 8 % wide up to this many times the threshold; beyond it the last step answers.
LARGEST_SURGE = 20.0


def profile(name: str) -> Plan:
    """The shipped plan called ``name``. Raises PlanError naming the ones that exist."""
    make = PROFILES.get(name)
    if make is None:
        raise PlanError(f"unknown profile {name!r}: choose one of {', '.join(PROFILES)}")
    return make()


def reference() -> Plan:
    """The published reference design to the letter: +1, +2, +4 tasks."""
    scale_out = StepPolicy(
        name=names.POLICY_SCALE_OUT,
        steps=(
            Step(lower=0, upper=50, adjustment=1),
            Step(lower=50, upper=100, adjustment=2),
            Step(lower=100, adjustment=4),
        ),
        cooldown_seconds=10,
    )
    return _plan("reference", (scale_out,), (_rps_alarm(names.ALARM_RPS, (scale_out,)),))


def default() -> Plan:
    """Steps in proportion to the surge, and confirming alarms that correct a partly filled first datapoint."""
    small = _percent_policy(names.POLICY_SCALE_OUT, 1.0, LARGE_SURGE, REQUESTS_PER_TASK)
    large = _percent_policy(f"{names.POLICY_SCALE_OUT}-Large", LARGE_SURGE, LARGEST_SURGE, REQUESTS_PER_TASK)
    few = _few_tasks_policy(f"{names.POLICY_SCALE_OUT}-FewTasks")
    surge_threshold = LARGE_SURGE * REQUESTS_PER_TASK
    alarms = (
        _rps_alarm(names.ALARM_RPS, (small, few)),
        _rps_alarm(f"{names.ALARM_RPS}-Confirmed", (small, few), datapoints=2),
        _rps_alarm(f"{names.ALARM_RPS}-Large", (large,), threshold=surge_threshold),
        _rps_alarm(f"{names.ALARM_RPS}-Large-Confirmed", (large,), threshold=surge_threshold, datapoints=2),
    )
    return _plan("default", (small, large, few), alarms)


def _percent_policy(name: str, first_ratio: float, last_ratio: float, load_per_task: float) -> StepPolicy:
    """Percent steps for loads of ``first_ratio`` to ``last_ratio`` times what a task is meant to carry.

    The step for ratios a..b adds enough for b, with headroom. Worked example: 10 tasks at 290 requests/s each (ratio
    2.9, in the step 2.87..3.09) become 10 x 3.09 x 1.02 = 31.5, so 31, against a need of 29.
    """
    return StepPolicy(
        name=name,
        adjustment_type=AdjustmentType.PERCENT,
        steps=_percent_steps(first_ratio, last_ratio, load_per_task),
        cooldown_seconds=10,
        aggregation=Aggregation.MAXIMUM,
    )


def _few_tasks_policy(name: str) -> StepPolicy:
    """Whole tasks for a fleet at its floor, where percentages lose too much to rounding.

    Application Auto Scaling rounds a percent change down: at 2 tasks, +95 % is 1.9 tasks, so 1 task, 24 % short of
    the need. Here each step adds one task more than the one before, and begins at the load that needs it. The larger
    of two policies' answers wins, so this one only matters while the fleet is small.
    """
    ratios = [(MIN_CAPACITY + added) / MIN_CAPACITY / FEW_TASKS_HEADROOM for added in range(MAX_STEPS)]
    offsets: list[float | None] = [
        0,
        *(round((ratio - 1) * REQUESTS_PER_TASK, 1) for ratio in ratios[1:]),
        None,
    ]
    return StepPolicy(
        name=name,
        steps=tuple(Step(lower=offsets[i], upper=offsets[i + 1], adjustment=i + 1) for i in range(MAX_STEPS)),
        cooldown_seconds=10,
        aggregation=Aggregation.MAXIMUM,
    )


def _percent_steps(first_ratio: float, last_ratio: float, load_per_task: float) -> tuple[Step, ...]:
    """Steps whose bounds grow by one factor, as offsets from the alarm's threshold (load at ``first_ratio``)."""
    growth = (last_ratio / first_ratio) ** (1 / MAX_STEPS)
    ratios = [first_ratio * growth**i for i in range(MAX_STEPS + 1)]
    offsets: list[float | None] = [round((ratio - first_ratio) * load_per_task, 1) for ratio in ratios]
    offsets[-1] = None
    return tuple(
        Step(lower=offsets[i], upper=offsets[i + 1], adjustment=round(100 * (ratios[i + 1] * PERCENT_HEADROOM - 1)))
        for i in range(MAX_STEPS)
    )


def _rps_alarm(
    name: str, policies: tuple[StepPolicy, ...], *, threshold: float = REQUESTS_PER_TASK, datapoints: int = 1
) -> Alarm:
    return Alarm(
        name=name,
        metric=Metric(namespace=names.NAMESPACE, name=names.REQUESTS_PER_SECOND),
        period=10,
        evaluation_periods=datapoints,
        threshold=threshold,
        missing_data=MissingData.NOT_BREACHING,
        policies=tuple(policy.name for policy in policies),
        notify=True,
        description=f"Load per task above {threshold:g} requests/s",
    )


def _plan(profile_name: str, scale_out: tuple[StepPolicy, ...], rps_alarms: tuple[Alarm, ...]) -> Plan:
    scale_in = StepPolicy(name=names.POLICY_SCALE_IN, steps=(Step(upper=0, adjustment=-1),), cooldown_seconds=300)
    cpu = StepPolicy(
        name=names.POLICY_CPU,
        steps=(Step(lower=0, upper=20, adjustment=1), Step(lower=20, adjustment=2)),
        cooldown_seconds=60,
    )
    memory = StepPolicy(name=names.POLICY_MEMORY, steps=(Step(lower=0, adjustment=2),), cooldown_seconds=60)
    connections = StepPolicy(
        name=f"{names.POLICY_SCALE_OUT}-Connections",
        steps=(Step(lower=0, adjustment=2),),
        cooldown_seconds=60,
    )
    return Plan(
        profile=profile_name,
        requests_per_task=REQUESTS_PER_TASK,
        scaling=Scaling(
            min_capacity=MIN_CAPACITY,
            max_capacity=MAX_CAPACITY,
            step_policies=(*scale_out, scale_in, cpu, memory, connections),
            target_policies=(
                TargetPolicy(
                    name=names.POLICY_CPU_TARGET,
                    target=60,
                    predefined="ECSServiceAverageCPUUtilization",
                    scale_out_cooldown_seconds=60,
                    scale_in_cooldown_seconds=300,
                ),
            ),
            schedules=_schedules(),
        ),
        alarms=(*rps_alarms, *_other_alarms(connections)),
    )


def _schedules() -> tuple[Schedule, ...]:
    """The reference's working week; times are in the plan's time zone."""
    zone = "Asia/Seoul"
    rows = (
        ("FastScaling-MorningScaleUp", "cron(30 8 * * ? *)", 5),
        ("FastScaling-EveningScaleDown", "cron(0 22 * * ? *)", 2),
        ("FastScaling-WeekendScaleDown", "cron(0 23 ? * FRI *)", 1),
        ("FastScaling-MondayScaleUp", "cron(0 7 ? * MON *)", 2),
    )
    return tuple(
        Schedule(name=name, expression=cron, time_zone=zone, min_capacity=floor, max_capacity=MAX_CAPACITY)
        for name, cron, floor in rows
    )


def _other_alarms(connections: StepPolicy) -> tuple[Alarm, ...]:
    """The alarms of both profiles. Dimensions of AWS's own metrics are filled in where a plan is rendered."""
    application, ecs, alb = names.NAMESPACE, names.NAMESPACE_ECS, names.NAMESPACE_ALB
    return (
        Alarm(
            name=names.ALARM_LOW_RPS,
            metric=Metric(namespace=application, name=names.REQUESTS_PER_SECOND),
            period=60,
            evaluation_periods=3,
            threshold=50,
            comparison=Comparison.LESS,
            missing_data=MissingData.NOT_BREACHING,
            policies=(names.POLICY_SCALE_IN,),
            description="Load per task below 50 requests/s for three minutes",
        ),
        Alarm(
            name=names.ALARM_CONNECTIONS,
            metric=Metric(namespace=application, name=names.ACTIVE_CONNECTIONS),
            period=10,
            threshold=1000,
            missing_data=MissingData.NOT_BREACHING,
            policies=(connections.name,),
            notify=True,
            description="More than 1000 requests in progress per task",
        ),
        Alarm(
            name=names.ALARM_CPU,
            metric=Metric(namespace=ecs, name=names.CPU_UTILIZATION),
            evaluation_periods=2,
            threshold=70,
            policies=(names.POLICY_CPU,),
            notify=True,
            description="CPU above 70 % for two minutes",
        ),
        Alarm(
            name=names.ALARM_MEMORY,
            metric=Metric(namespace=ecs, name=names.MEMORY_UTILIZATION),
            evaluation_periods=2,
            threshold=80,
            policies=(names.POLICY_MEMORY,),
            notify=True,
            description="Memory above 80 % for two minutes",
        ),
        Alarm(
            name=names.ALARM_REQUEST_RATE,
            metric=Metric(namespace=alb, name=names.ALB_REQUEST_COUNT, statistic="Sum"),
            threshold=1000,
            missing_data=MissingData.NOT_BREACHING,
            notify=True,
            description="More than 1000 requests in a minute at the load balancer",
        ),
        Alarm(
            name=names.ALARM_RESPONSE_TIME,
            metric=Metric(namespace=alb, name=names.ALB_RESPONSE_TIME),
            evaluation_periods=2,
            threshold=0.5,
            missing_data=MissingData.NOT_BREACHING,
            notify=True,
            description="Response time above 0.5 s for two minutes",
        ),
    )


PROFILES: dict[str, Callable[[], Plan]] = {"default": default, "reference": reference}

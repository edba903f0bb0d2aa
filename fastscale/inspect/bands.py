"""What moves a service: each alarm with a policy and a direction, target tracking included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastscale.decide import step, target
from fastscale.decide.comparison import BREACHES
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import ServiceState
from fastscale.decide.step import StepSeen
from fastscale.errors import PlanError
from fastscale.plan import AdjustmentType, Alarm, Comparison, Metric, Plan, Step, StepPolicy, TargetPolicy

#: In place of the label of ALBRequestCountPerTarget, which only a deployment knows.
ANY_LABEL = "app/any/0/targetgroup/any/0"


@dataclass(frozen=True)
class Limits:
    """The lowest floor and the ceiling of a service, schedules included."""

    floor: int
    ceiling: int

    @classmethod
    def of(cls, plan: Plan) -> Limits:
        """The limits of a plan; a fleet of 0 tasks has no load to tell of."""
        scaling = plan.scaling
        floors = [one.min_capacity for one in scaling.schedules if one.min_capacity is not None]
        return cls(max(1, min([scaling.min_capacity, *floors])), scaling.max_capacity)


@dataclass(frozen=True)
class Band:
    """Where an alarm moves the service in one direction by one policy; ``step`` is None for target tracking."""

    alarm: Alarm
    metric: Metric
    policy: str
    out: bool
    step: StepPolicy | None

    @property
    def label(self) -> str:
        """What people call the alarm: target tracking makes its own, whose names say little."""
        return self.alarm.name if self.step else f"target tracking {self.policy}"

    def fires(self, value: float) -> bool:
        """Whether ``value`` lies in the band."""
        return BREACHES[self.alarm.comparison](value, self.alarm.threshold)

    def result(self, value: float, tasks: int, limits: Limits) -> int:
        """The capacity that the policy sets at ``value``, when no cooldown runs.

        Target tracking is left out: it ends where its target is met, and so swings with nothing.
        """
        if self.step is None:
            return tasks
        state = ServiceState(tasks, tasks, limits.floor, limits.ceiling)
        proposal, _ = step.decide(self.step, StepSeen(state, [value], self.alarm.threshold), Cooldowns(), 0.0)
        return tasks if proposal.capacity is None else proposal.capacity


def bands(plan: Plan) -> list[Band]:
    """Everything that moves the service by a metric, in one direction each."""
    return [*_step_bands(plan), *_tracking_bands(plan)]


def _step_bands(plan: Plan) -> Iterator[Band]:
    for alarm in plan.alarms:
        for name in alarm.policies if alarm.metric else ():
            policy = plan.step_policy(name)
            if policy.adjustment_type is AdjustmentType.EXACT:
                continue  # its direction depends on where the count stands
            changes = [step.adjustment for step in policy.steps if _reached(step, alarm)]
            for out in (True, False):
                if alarm.metric and any((change > 0) is out for change in changes if change):
                    yield Band(alarm, alarm.metric, name, out, policy)


def _reached(step: Step, alarm: Alarm) -> bool:
    """Whether the step's interval lies, at least in part, where the alarm fires."""
    if is_high(alarm):
        return step.upper is None or step.upper > 0
    return step.lower is None or step.lower < 0


def is_high(alarm: Alarm) -> bool:
    """Whether the alarm fires above its threshold."""
    return alarm.comparison in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)


def _tracking_bands(plan: Plan) -> Iterator[Band]:
    """The alarms of target tracking. They are about this service, whatever their dimensions will be."""
    for policy in plan.scaling.target_policies:
        try:
            made = tracking_alarms(plan, policy)
        except PlanError:  # ECS services have no such metric: another check tells, and it moves nothing
            continue
        for alarm in made:
            if alarm.metric:
                metric = alarm.metric.model_copy(update={"dimensions": ()})
                yield Band(alarm, metric, policy.name, is_high(alarm), None)


def tracking_alarms(plan: Plan, policy: TargetPolicy) -> tuple[Alarm, ...]:
    """The alarms that AWS makes for ``policy``. Raises PlanError for a predefined metric that ECS does not have."""
    labelled = policy.model_copy(update={"resource_label": ANY_LABEL})
    return target.alarms(labelled, cluster=plan.service.cluster, service=plan.service.name)

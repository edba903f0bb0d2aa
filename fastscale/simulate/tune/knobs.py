"""What tuning may change in a plan, and the plan that a setting makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastscale import names
from fastscale.errors import PlanError
from fastscale.plan import AdjustmentType, Alarm, Comparison, Plan, Step, StepPolicy


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """A setting; the defaults leave the scale-out of a plan as it is.

    ``sensitivity`` multiplies the thresholds of the alarms that scale out and the offsets of their steps, so that the
    service settles at that share of the load per task. Scale-in begins below ``quiet_share`` of the lowest of these
    thresholds for ``quiet_minutes`` and takes ``scale_in_percent`` of the tasks, then rests for
    ``scale_in_cooldown_seconds``. ``spare_tasks`` is added to the floor.
    """

    sensitivity: float = 1.0
    quiet_share: float = 0.5
    quiet_minutes: int = 3
    scale_in_percent: int = 10
    scale_in_cooldown_seconds: int = 300
    spare_tasks: int = 0


#: The values that each knob may take.
CHOICES: dict[str, Sequence[float]] = {
    "sensitivity": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "quiet_share": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "quiet_minutes": (1, 2, 3, 5, 10),
    "scale_in_percent": (5, 10, 20, 30, 50),
    "scale_in_cooldown_seconds": (60, 120, 300, 600),
    "spare_tasks": (0, 1, 2, 4),
}


def turned(plan: Plan, knobs: Knobs) -> Plan:
    """``plan`` with these knobs. Raises PlanError when it does not scale by step policies on the requests per task."""
    outward = [
        alarm for alarm in plan.alarms if _scales_on_load(alarm, Comparison.GREATER, Comparison.GREATER_OR_EQUAL)
    ]
    inward = [alarm for alarm in plan.alarms if _scales_on_load(alarm, Comparison.LESS, Comparison.LESS_OR_EQUAL)]
    if not outward or not inward:
        raise PlanError(
            f"tuning needs step policies that scale out and in on {names.REQUESTS_PER_SECOND}: "
            f"this plan has {len(outward)} alarms to scale out and {len(inward)} to scale in"
        )
    quiet = settled(plan, knobs).quiet_share * knobs.sensitivity * min(alarm.threshold for alarm in outward)
    changes: dict[str, Alarm] = {alarm.name: _more_sensitive(alarm, knobs) for alarm in outward}
    changes |= {alarm.name: _quieter(alarm, knobs, quiet) for alarm in inward}
    steppers = _policies_of(outward), _policies_of(inward)

    def policy(one: StepPolicy) -> StepPolicy:
        return (
            _finer(one, knobs) if one.name in steppers[0] else _gentler(one, knobs) if one.name in steppers[1] else one
        )

    floor = min(plan.scaling.min_capacity + knobs.spare_tasks, plan.scaling.max_capacity)
    scaling = plan.scaling.model_copy(
        update={"min_capacity": floor, "step_policies": tuple(map(policy, plan.scaling.step_policies))}
    )
    alarms = tuple(changes.get(alarm.name, alarm) for alarm in plan.alarms)
    return Plan.model_validate(plan.model_copy(update={"scaling": scaling, "alarms": alarms}).model_dump())


def settled(plan: Plan, knobs: Knobs) -> Knobs:
    """``knobs`` with no larger quiet share than lets the tasks that stay carry the load of those that left.

    Otherwise scale-in and scale-out undo each other. With 10 tasks and 50 % to go, each of the 5 left carries twice as
    much, so the share is at most 0.5; from 2 tasks to a floor of 1 it is the same.
    """
    floors = [plan.scaling.min_capacity + knobs.spare_tasks]
    floors += [schedule.min_capacity for schedule in plan.scaling.schedules if schedule.min_capacity is not None]
    smallest = max(1, min(floors))
    share = min(knobs.quiet_share, smallest / (smallest + 1), 1 - knobs.scale_in_percent / 100)
    return replace(knobs, quiet_share=share)


def _scales_on_load(alarm: Alarm, *comparisons: Comparison) -> bool:
    on_load = alarm.metric is not None and alarm.metric.name == names.REQUESTS_PER_SECOND
    return on_load and bool(alarm.policies) and alarm.comparison in comparisons


def _policies_of(alarms: Sequence[Alarm]) -> set[str]:
    return {policy for alarm in alarms for policy in alarm.policies}


def _more_sensitive(alarm: Alarm, knobs: Knobs) -> Alarm:
    return alarm.model_copy(update={"threshold": round(alarm.threshold * knobs.sensitivity, 3)})


def _quieter(alarm: Alarm, knobs: Knobs, threshold: float) -> Alarm:
    periods = max(1, knobs.quiet_minutes * 60 // alarm.period)
    return alarm.model_copy(
        update={"threshold": round(threshold, 3), "evaluation_periods": periods, "datapoints_to_alarm": None}
    )


def _finer(policy: StepPolicy, knobs: Knobs) -> StepPolicy:
    def scaled(bound: float | None) -> float | None:
        return None if bound is None else round(bound * knobs.sensitivity, 3)

    steps = tuple(
        step.model_copy(update={"lower": scaled(step.lower), "upper": scaled(step.upper)}) for step in policy.steps
    )
    return policy.model_copy(update={"steps": steps})


def _gentler(policy: StepPolicy, knobs: Knobs) -> StepPolicy:
    return policy.model_copy(
        update={
            "adjustment_type": AdjustmentType.PERCENT,
            "steps": (Step(upper=0, adjustment=-knobs.scale_in_percent),),
            "cooldown_seconds": knobs.scale_in_cooldown_seconds,
        }
    )

"""Scalable targets and scaling policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastscale import names
from fastscale.aws import shapes
from fastscale.intervals import interval_problem
from fastscale.plan import Scaling, Schedule, StepPolicy, TargetPolicy
from fastscale.template.attempt import attempt
from fastscale.template.design import NotModelled
from fastscale.template.stack import Resource
from fastscale.template.values import as_text, items, split

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"

#: The scalable dimension and service namespace of an ECS service, as Ref to its scalable target has them.
_ECS_SUFFIX = f"|{names.SCALABLE_DIMENSION}|{names.SERVICE_NAMESPACE_ECS}"

Builder = Callable[[Mapping[str, Any]], StepPolicy | TargetPolicy]


@dataclass(frozen=True)
class SchedulePart:
    """A scheduled action."""

    where: str
    schedule: Schedule


@dataclass(frozen=True)
class TargetPart:
    """A scalable target of an ECS service, as yet without its policies."""

    where: str
    resource_id: str
    min_capacity: int
    max_capacity: int
    schedules: tuple[SchedulePart, ...]

    @property
    def cluster(self) -> str:
        """The cluster's name: the middle of ``service/cluster/service``."""
        return self._part(1)

    @property
    def service(self) -> str:
        """The service's name."""
        return self._part(2)

    def _part(self, index: int) -> str:
        parts = split(self.resource_id, "/")
        return parts[index] if len(parts) == 3 else self.resource_id


@dataclass(frozen=True)
class PolicyPart:
    """A policy, the resource it scales, and the text that alarms call it by."""

    where: str
    reference: str
    resource_id: str
    policy: StepPolicy | TargetPolicy


def read_target(resource: Resource) -> tuple[TargetPart | None, list[NotModelled]]:
    """A scalable target with those of its schedules that a plan can hold, and what it cannot."""
    properties = resource.properties
    dimension = as_text(properties.get("ScalableDimension"))
    resource_id = as_text(properties.get("ResourceId"))
    if dimension != names.SCALABLE_DIMENSION:
        reason = f"scales {dimension} of {resource_id}; only ECS services are modelled"
        return None, [NotModelled(resource.where, resource.kind, reason)]
    schedules = [_schedule(resource, action) for action in items(properties.get("ScheduledActions"))]
    problems = [schedule for schedule in schedules if isinstance(schedule, NotModelled)]
    limits = attempt(resource, _limits)
    if isinstance(limits, NotModelled):
        return None, [limits, *problems]
    taken = tuple(schedule for schedule in schedules if isinstance(schedule, SchedulePart))
    return TargetPart(resource.where, resource_id, limits.min_capacity, limits.max_capacity, taken), problems


def _schedule(target: Resource, action: Any) -> SchedulePart | NotModelled:
    properties = action if isinstance(action, dict) else {}
    where = f"{target.where}.{as_text(properties.get('ScheduledActionName', 'ScheduledActions'))}"
    schedule = attempt(replace(target, where=where, properties=properties), shapes.schedule)
    return schedule if isinstance(schedule, NotModelled) else SchedulePart(where, schedule)


def _limits(properties: Mapping[str, Any]) -> Scaling:
    return Scaling(min_capacity=properties["MinCapacity"], max_capacity=properties["MaxCapacity"])


def read_policy(resource: Resource) -> PolicyPart | NotModelled:
    """A scaling policy, or why it is none that a plan can hold."""
    properties = resource.properties
    target_id = as_text(properties.get("ScalingTargetId") or _target_id(properties))
    kind = properties.get("PolicyType")
    if not target_id.endswith(_ECS_SUFFIX) and "|" in target_id:
        return NotModelled(resource.where, resource.kind, f"scales {target_id}; only ECS services are modelled")
    if kind == "PredictiveScaling":
        return NotModelled(resource.where, resource.kind, "predictive scaling is not modelled")
    if kind == "StepScaling":
        problem = _interval_problem(properties)
        if problem:
            return NotModelled(resource.where, resource.kind, f"AWS refuses it: {problem}", refused=True, steps=True)
    build: Builder = shapes.step_policy if kind == "StepScaling" else shapes.target_policy
    policy = attempt(resource, build)
    if isinstance(policy, NotModelled):
        return policy
    return PolicyPart(resource.where, resource.reference, target_id.removesuffix(_ECS_SUFFIX), policy)


def _target_id(properties: Mapping[str, Any]) -> str:
    keys = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    return "|".join(as_text(properties.get(key)) for key in keys)


def _interval_problem(properties: Mapping[str, Any]) -> str | None:
    """What is wrong with the intervals; None also when they cannot be told, which building the policy then says."""
    config = properties.get("StepScalingPolicyConfiguration")
    steps = config.get("StepAdjustments") if isinstance(config, dict) else None
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        return None
    try:
        return interval_problem([(_bound(step, "Lower"), _bound(step, "Upper")) for step in steps])
    except (TypeError, ValueError):
        return None


def _bound(step: Mapping[str, Any], side: str) -> float | None:
    value = step.get(f"MetricInterval{side}Bound")
    return None if value is None else float(value)

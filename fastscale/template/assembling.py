"""From the parts of a template to one plan per scalable target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Protocol, TypeVar

from fastscale import names
from fastscale.plan import Alarm, LoadBalancer, Metering, Plan, Scaling, Service, StepPolicy, TargetPolicy, Task
from fastscale.template.alarms import ALARM, AlarmPart
from fastscale.template.design import NotModelled, ServiceDesign
from fastscale.template.scaling import POLICY, TARGET, PolicyPart, TargetPart
from fastscale.template.services import ServicePart


class Placed(Protocol):
    """Whatever knows its place among all stacks."""

    @property
    def where(self) -> str:
        """The logical id, after the stack's name when there are several stacks."""


T = TypeVar("T")
P = TypeVar("P", bound=Placed)

#: What a plan that was read from a template says as its profile.
PROFILE = "template"


@dataclass
class Parts:
    """What was read of the resources, and what could not be."""

    services: list[ServicePart] = field(default_factory=list)
    targets: list[TargetPart] = field(default_factory=list)
    policies: list[PolicyPart] = field(default_factory=list)
    alarms: list[AlarmPart] = field(default_factory=list)
    not_modelled: list[NotModelled] = field(default_factory=list)

    def keep(self, kept: list[T], part: T | NotModelled) -> None:
        """Add ``part`` where it belongs."""
        if isinstance(part, NotModelled):
            self.not_modelled.append(part)
        else:
            kept.append(part)

    def unique(self, parts: Iterable[P], name: Callable[[P], str], kind: str) -> list[P]:
        """The first part of each name; the others are listed, because a plan tells its parts apart by their names."""
        kept: dict[str, P] = {}
        for part in parts:
            if name(part) in kept:
                reason = f"{name(part)} is also the name of {kept[name(part)].where}"
                self.not_modelled.append(NotModelled(part.where, kind, reason))
            else:
                kept[name(part)] = part
        return list(kept.values())


def assemble(parts: Parts, region: str | None) -> tuple[list[ServiceDesign], list[Alarm]]:
    """The services, and the alarms that act on none of them. What does not fit is added to ``parts.not_modelled``."""
    policies = _policies_by_target(parts)
    alarms, free = _alarms_by_target(parts, policies)
    scaled: list[ServicePart] = []
    designs: list[ServiceDesign] = []
    for target in parts.targets:
        service = _nearest(target.where, [part for part in parts.services if _scales(target, part)])
        scaled.extend([service] if service else [])
        schedules = tuple(parts.unique(target.schedules, lambda part: part.schedule.name, TARGET))
        mine = replace(target, schedules=schedules)
        plan = _plan(mine, service, policies[target.where], alarms[target.where], region)
        designs.append(_design(target, service, plan))
    idle = [part for part in parts.services if part not in scaled]
    designs += [
        ServiceDesign(part.where, part.service.cluster, part.service.name, None, part.high_resolution) for part in idle
    ]
    return designs, free


def _design(target: TargetPart, service: ServicePart | None, plan: Plan) -> ServiceDesign:
    return ServiceDesign(
        where=service.where if service else target.where,
        cluster=target.cluster,
        name=target.service,
        plan=plan,
        high_resolution=service.high_resolution if service else frozenset(),
    )


def _scales(target: TargetPart, part: ServicePart) -> bool:
    return (target.cluster, target.service) == (part.service.cluster, part.service.name)


def _plan(
    target: TargetPart,
    part: ServicePart | None,
    policies: Sequence[PolicyPart],
    alarms: Sequence[Alarm],
    region: str | None,
) -> Plan:
    steps = tuple(one.policy for one in policies if isinstance(one.policy, StepPolicy))
    tracking = tuple(one.policy for one in policies if isinstance(one.policy, TargetPolicy))
    service = part.service if part else Service(cluster=target.cluster, name=target.service)
    return Plan(
        profile=PROFILE,
        region=region or names.REGION,
        time_zone="UTC",
        service=_in_range(service, target),
        task=(part.task if part else None) or Task(),
        load_balancer=(part.load_balancer if part else None) or LoadBalancer(),
        metering=(part.metering if part else None) or Metering(),
        scaling=Scaling(
            min_capacity=target.min_capacity,
            max_capacity=target.max_capacity,
            step_policies=steps,
            target_policies=tracking,
            schedules=tuple(one.schedule for one in target.schedules),
        ),
        alarms=tuple(alarms),
    )


def _in_range(service: Service, target: TargetPart) -> Service:
    """Registering the target moves the count into its limits (Application Auto Scaling API, RegisterScalableTarget)."""
    count = min(max(service.desired_count, target.min_capacity), target.max_capacity)
    return service.model_copy(update={"desired_count": count})


def _policies_by_target(parts: Parts) -> dict[str, list[PolicyPart]]:
    """The policies of each target, by where the target is."""
    found: dict[str, list[PolicyPart]] = {target.where: [] for target in parts.targets}
    for part in parts.policies:
        target = _nearest(part.where, [one for one in parts.targets if one.resource_id == part.resource_id])
        if target is None:
            reason = f"its scalable target {part.resource_id} is not modelled, or not in these templates"
            parts.not_modelled.append(NotModelled(part.where, POLICY, reason))
        else:
            found[target.where].append(part)
    return {where: parts.unique(policies, lambda part: part.policy.name, POLICY) for where, policies in found.items()}


def _alarms_by_target(
    parts: Parts, policies: dict[str, list[PolicyPart]]
) -> tuple[dict[str, list[Alarm]], list[Alarm]]:
    """The alarms of each target, by where the target is, and the rest.

    An alarm belongs to the targets that its policies scale, else to the service that its metric is about, else to the
    only target there is.
    """
    found: dict[str, list[AlarmPart]] = {target.where: [] for target in parts.targets}
    free: list[Alarm] = []
    for part in parts.alarms:
        owners = _owners(part, parts.targets, policies)
        for target in owners:
            mine = tuple(one.policy.name for one in part.invokes if one in policies[target.where])
            found[target.where].append(part.with_policies(mine))
        if not owners:
            free.append(part.alarm)
    return {
        where: [one.alarm for one in parts.unique(alarms, lambda part: part.alarm.name, ALARM)]
        for where, alarms in found.items()
    }, free


def _owners(
    part: AlarmPart, targets: Sequence[TargetPart], policies: dict[str, list[PolicyPart]]
) -> Sequence[TargetPart]:
    acting = [target for target in targets if any(one in policies[target.where] for one in part.invokes)]
    if acting:
        return acting
    watched = _nearest(part.where, [target for target in targets if _watches(part.alarm, target)])
    if watched:
        return [watched]
    return targets if len(targets) == 1 else ()


def _watches(alarm: Alarm, target: TargetPart) -> bool:
    metrics = [alarm.metric, *(query.metric for query in alarm.queries)]
    about = {names.DIMENSION_CLUSTER: target.cluster, names.DIMENSION_SERVICE: target.service}.items()
    return any(metric and about <= dict(metric.dimensions).items() for metric in metrics)


def _nearest(where: str, candidates: Sequence[P]) -> P | None:
    """The candidate in the same stack, or in the one with the most similar name: two stages may hold the same names."""
    return max(candidates, key=lambda one: _shared_length(where, one.where), default=None)


def _shared_length(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))

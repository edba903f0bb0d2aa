"""From a path to a design: the parts are read one by one, then put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fastscale.errors import PlanError
from fastscale.template import leftovers, publishers
from fastscale.template.alarms import ALARM, COMPOSITE_ALARM, read_alarm
from fastscale.template.assembling import Parts, assemble
from fastscale.template.design import Design, NotModelled, Publishers, metered
from fastscale.template.identities import SERVICE
from fastscale.template.loading import load
from fastscale.template.scaling import POLICY, TARGET, read_policy, read_target
from fastscale.template.services import read_service
from fastscale.template.stack import Resource, Stack
from fastscale.template.values import as_text


def read(path: Path, parameters: Mapping[str, str] | None = None) -> Design:
    """What the template or cloud assembly at ``path`` says about scaling.

    ``parameters`` are values of template parameters, and of pseudo parameters such as ``AWS::Region``. What a template
    does not say, such as how long a task takes to start or how much load one carries, has the plan's default. Raises
    PlanError with one line when there is nothing to read.
    """
    try:
        return _design(str(path), load(path, parameters or {}))
    except RecursionError as error:
        raise PlanError(f"{path}: is nested too deeply for a template") from error


def _design(source: str, stacks: Sequence[Stack]) -> Design:
    resources = [resource for stack in stacks for resource in stack.resources()]
    loaded = frozenset(stack.prefix + child for stack in stacks for child in stack.children)
    parts = _parts(resources)
    services, alarms = assemble(parts, region=_region(stacks))
    not_modelled = [
        *(problem for stack in stacks for problem in leftovers.of_stack(stack)),
        *parts.not_modelled,
        *leftovers.of_resources(resources, loaded),
    ]
    return Design(
        source=source,
        services=tuple(services),
        alarms=tuple(alarms),
        publishers=Publishers(
            filters=frozenset(publishers.filtered(resources)),
            granted=frozenset(publishers.granted(resources)),
            metered=frozenset(_metered(parts)),
        ),
        not_modelled=tuple(not_modelled),
        others=leftovers.of_no_part(resources),
    )


def _metered(parts: Parts) -> Iterator[tuple[str, str]]:
    for service in parts.services:
        if service.metering:
            yield from metered(service.metering)


def _region(stacks: Sequence[Stack]) -> str | None:
    """The region that all the stacks agree on."""
    regions = {as_text(stack.reference("AWS::Region")) for stack in stacks}
    region = regions.pop() if len(regions) == 1 else ""
    return None if not region or "${" in region else region


def _parts(resources: Sequence[Resource]) -> Parts:
    """Each resource read by itself, in the order that each needs the ones before it."""
    parts = Parts()
    by_reference = {resource.reference: resource for resource in resources}
    composed = " ".join(as_text(one.properties.get("AlarmRule")) for one in resources if one.kind == COMPOSITE_ALARM)
    for resource in _of(resources, SERVICE):
        service = read_service(resource, by_reference)
        parts.keep(parts.services, service)
        parts.not_modelled.extend(() if isinstance(service, NotModelled) else service.not_modelled)
    for resource in _of(resources, TARGET):
        target, problems = read_target(resource)
        parts.targets.extend([target] if target else [])
        parts.not_modelled.extend(problems)
    for resource in _of(resources, POLICY):
        parts.keep(parts.policies, read_policy(resource))
    for resource in _of(resources, ALARM):
        alarm, problems = read_alarm(resource, parts.policies, composed)
        parts.alarms.extend([alarm] if alarm else [])
        parts.not_modelled.extend(problems)
    return parts


def _of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource.kind == kind]

"""Which resources of a template need which, and the order that follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.intrinsics import placeholders
from fastscale.localcloud.server.shapes import Shape


def creation_order(resources: Mapping[str, Shape]) -> list[str]:
    """The logical ids so that each comes after those it refers to or depends on.

    Raises ValidationError, with AWS's words, when they go round in a circle or DependsOn names an unknown resource.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, resource in resources.items():
        sorter.add(name, *sorted(_needs(name, resource, resources)))
    try:
        return list(sorter.static_order())
    except CycleError as error:
        members = ", ".join(sorted(set(error.args[1])))
        raise ValidationError(f"Circular dependency between resources: [{members}]") from None


def names_in(value: Any) -> Iterator[str]:
    """Every name that Ref, Fn::GetAtt or Fn::Sub mentions in ``value``: parameters and resources alike."""
    if isinstance(value, list):
        for item in value:
            yield from names_in(item)
        return
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key == "Ref" and isinstance(member, str):
            yield member
        elif key == "Fn::GetAtt":
            yield member.split(".", 1)[0] if isinstance(member, str) else str(member[0])
        else:
            if key == "Fn::Sub":
                text = member if isinstance(member, str) else member[0]
                yield from (name.split(".", 1)[0] for name in placeholders(text))
            yield from names_in(member)


def _needs(name: str, resource: Shape, resources: Mapping[str, Shape]) -> set[str]:
    declared = resource.get("DependsOn") or []
    depends_on = {declared} if isinstance(declared, str) else set(declared)
    unknown = depends_on - resources.keys()
    if unknown:
        listed = ", ".join(sorted(unknown))
        raise ValidationError(f"Template format error: Unresolved resource dependencies [{listed}] in {name}")
    return depends_on | (set(names_in(resource.get("Properties"))) & resources.keys())

"""Somebody else's stack as a plan that can be simulated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastscale import template
from fastscale.errors import PlanError
from fastscale.plan import Plan
from fastscale.template import Design, ServiceDesign


def plan_of_template(path: Path, service: str | None = None, parameters: Sequence[str] = ()) -> tuple[Plan, list[str]]:
    """The plan of the service called ``service`` (or of the only one) and what of the template is not modelled.

    ``parameters`` are ``Key=Value`` words for the template's own. Raises PlanError naming the services when it is not
    clear which is meant.
    """
    design = template.read(path, template.parse_options(parameters))
    chosen = _choose(design, path, service)
    if chosen.plan is None:
        raise PlanError(f"{path}: service {chosen.name!r} is not scaled by anything in the template")
    return chosen.plan, [f"{left.where} ({left.kind}): {left.reason}" for left in design.not_modelled]


def _choose(design: Design, path: Path, service: str | None) -> ServiceDesign:
    names = ", ".join(one.name for one in design.services)
    if not design.services:
        raise PlanError(f"{path}: holds no ECS service")
    if service is not None:
        found = next((one for one in design.services if service in (one.name, one.where)), None)
        if found is None:
            raise PlanError(f"{path}: has no service {service!r}: choose one of {names}")
        return found
    scaled = [one for one in design.services if one.plan is not None] or list(design.services)
    if len(scaled) > 1:
        raise PlanError(f"{path}: holds several services, choose one by --service: {names}")
    return scaled[0]

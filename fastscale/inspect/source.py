"""What is to be inspected: a template, a cloud assembly, a plan file or a profile."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from fastscale import plan_file, profiles, template
from fastscale.errors import PlanError
from fastscale.plan import Plan
from fastscale.template import Design, Publishers, ServiceDesign


def open_design(source: str, parameters: Mapping[str, str]) -> Design:
    """The design at ``source``, a path or the name of a profile. Raises PlanError with one line.

    A file that ends in ``.toml`` is a plan file, any other file a template, a directory a cloud assembly. A path wins
    over a profile of the same name.
    """
    if not source or "\0" in source:
        raise PlanError(f"{source!r} is no path: name a template, a cloud assembly, a plan file or a profile")
    path = Path(source)
    if path.is_dir() or (path.exists() and path.suffix != ".toml"):
        return template.read(path, parameters)
    if parameters:
        key, value = next(iter(parameters.items()))
        raise PlanError(f"--parameter {key}={value}: only templates have parameters, and {source} is none")
    if path.suffix == ".toml":
        return of_plan(plan_file.load(path), source)
    if source in profiles.PROFILES:
        return of_plan(profiles.profile(source), source)
    raise PlanError(f"{source}: there is no such file, directory or profile{_hint(path)}")


def _hint(path: Path) -> str:
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, [*beside, *profiles.PROFILES], n=1)
    return f"; did you mean {path.parent / near[0] if near[0] in beside else near[0]}?" if near else ""


def of_plan(plan: Plan, source: str) -> Design:
    """A plan as a design: its service publishes the meter's metrics, and dimensions are filled in later."""
    service = ServiceDesign(source, plan.service.cluster, plan.service.name, plan)
    publishers = Publishers(metered=frozenset(template.metered(plan.metering)))
    return Design(source, (service,), publishers=publishers, deployed=False)

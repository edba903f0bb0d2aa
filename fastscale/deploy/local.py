"""Stacks of a local cloud: what would change, and taking them away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fastscale.deploy.assembly import AssemblyStack
from fastscale.deploy.deployed import Deployed


def changes(stacks: Sequence[AssemblyStack], deployed: Deployed) -> Iterator[str]:
    """One line for each resource that a deployment would add, change or remove. Raises DeployError."""
    for stack in stacks:
        found = list(differences(deployed.template(stack.name), json.loads(stack.template)))
        yield f"{stack.name}: {len(found)} changes" if found else f"{stack.name}: no changes"
        yield from (f"  {line}" for line in found)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Resources, outputs and parameters that differ between two templates. Pure."""
    for section in ("Parameters", "Resources", "Outputs"):
        old, new = before.get(section, {}), after.get(section, {})
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) == new.get(key):
                continue
            sign = "+" if key not in old else "-" if key not in new else "~"
            kind = (new.get(key) or old[key]).get("Type", section)
            yield f"{sign} {key} ({kind})"


def destroy(stacks: Sequence[AssemblyStack], deployed: Deployed, on_event: Callable[[str], None]) -> None:
    """Delete the stacks, each before those that it needs. Raises DeployError naming the one that stays."""
    for stack in reversed(stacks):
        on_event(stack.name)
        deployed.delete(stack.name)

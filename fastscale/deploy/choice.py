"""Which stacks of an assembly are meant."""

from __future__ import annotations

import json
from collections.abc import Collection
from enum import Enum
from pathlib import Path

from fastscale.deploy.assembly import AssemblyStack, read_assembly
from fastscale.errors import DeployError


class Along(Enum):
    """What goes along with the stacks that were named, as with the CDK command line."""

    NOTHING = "nothing"
    NEEDED = "what they need"
    NEEDING = "what needs them"


def chosen(assembly: Path, names: Collection[str], along: Along = Along.NOTHING) -> list[AssemblyStack]:
    """The stacks of the assembly, each after those that it needs; only the named ones, and what goes along with them.

    Raises DeployError for a name that is not there.
    """
    known = read_assembly(assembly)
    listed = [stack.name for stack in known]
    for name in names:
        if name not in listed:
            raise DeployError(f"there is no stack {name!r}: choose among {', '.join(listed)}")
    wanted = set(names or listed)
    if along is Along.NEEDED:
        for stack in reversed(known):
            wanted |= set(stack.needs) if stack.name in wanted else set()
    if along is Along.NEEDING:
        for stack in known:
            wanted |= {stack.name} if wanted & set(stack.needs) else set()
    return [stack for stack in known if stack.name in wanted]


def region(assembly: Path) -> str | None:
    """The Region that the assembly was made for; None when any will do."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    environments = {made["environment"] for made in artifacts.values() if made["type"] == "aws:cloudformation:stack"}
    found = {environment.rpartition("/")[2] for environment in environments} - {"unknown-region"}
    return found.pop() if len(found) == 1 else None

"""A CDK cloud assembly: the templates that a synthesis left in a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from fastscale.errors import DeployError


@dataclass(frozen=True)
class AssemblyStack:
    """One stack of an assembly: its name, its template as it was synthesized, and the stacks that it needs."""

    name: str
    template: str
    needs: tuple[str, ...] = ()


def read_assembly(assembly_dir: Path) -> list[AssemblyStack]:
    """The stacks of an assembly, each after those that it depends on; raises DeployError when there is no assembly."""
    path = assembly_dir / "manifest.json"
    try:
        artifacts: dict[str, Any] = json.loads(path.read_text())["artifacts"]
        stacks = {name: made for name, made in artifacts.items() if made["type"] == "aws:cloudformation:stack"}
        needs = {
            name: [other for other in made.get("dependencies", []) if other in stacks] for name, made in stacks.items()
        }
        named = {name: made["properties"].get("stackName", name) for name, made in stacks.items()}
        return [
            AssemblyStack(
                name=named[name],
                template=(assembly_dir / stacks[name]["properties"]["templateFile"]).read_text(),
                needs=tuple(named[other] for other in needs[name]),
            )
            for name in TopologicalSorter(needs).static_order()
        ]
    except (OSError, KeyError, ValueError, CycleError) as error:
        raise DeployError(f"{path} cannot be read as a cloud assembly: {error}") from error

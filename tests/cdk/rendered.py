"""The synthesized stacks of one profile, and how to follow a reference from one stack to another."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk.assertions import Template

from fastscale import names
from fastscale.plan import Plan

Properties = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    plan: Plan
    directory: Path

    def json(self, stack: str) -> dict[str, Any]:
        return _load(self.directory / f"{stack}.template.json")

    def template(self, stack: str) -> Template:
        return Template.from_json(self.json(stack))

    def resources(self, stack: str, kind: str) -> dict[str, Properties]:
        """Properties by logical id."""
        found = self.json(stack)["Resources"]
        return {id_: entry["Properties"] for id_, entry in found.items() if entry["Type"] == kind}

    def only(self, stack: str, kind: str) -> Properties:
        (properties,) = self.resources(stack, kind).values()
        return properties

    @property
    def stacks(self) -> list[str]:
        """The four, and Pulse's when the plan has it."""
        return [*names.STACKS, *([names.STACK_PULSE] if self.plan.pulse.enabled else [])]

    def kinds(self) -> set[str]:
        return {entry["Type"] for stack in self.stacks for entry in self.json(stack)["Resources"].values()}

    def follow(self, stack: str, value: Any) -> tuple[str, Properties]:
        """The type and properties of the resource that a Ref, GetAtt or ImportValue of ``stack`` leads to."""
        if "Fn::ImportValue" in value:
            stack, value = self._exported(value["Fn::ImportValue"])
        logical_id = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
        entry = self.json(stack)["Resources"][logical_id]
        return entry["Type"], entry["Properties"]

    def _exported(self, export: str) -> tuple[str, Any]:
        for stack in self.stacks:
            for output in self.json(stack)["Outputs"].values():
                if output.get("Export", {}).get("Name") == export:
                    return stack, output["Value"]
        raise AssertionError(f"nothing exports {export}")


def actions(statement: dict[str, Any]) -> list[str]:
    """The actions of an IAM statement, which may be written as a list or alone."""
    found: str | list[str] = statement["Action"]
    return [found] if isinstance(found, str) else found


@cache
def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded

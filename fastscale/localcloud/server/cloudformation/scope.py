"""What names stand for while a stack is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.intrinsics import evaluate_condition
from fastscale.localcloud.server.cloudformation.parameters import typed
from fastscale.localcloud.server.cloudformation.resources.base import Clients
from fastscale.localcloud.server.cloudformation.stack import Stack, StackResource
from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.settings import ACCOUNT_ID, active
from fastscale.localcloud.server.shapes import Shape


class StackScope:
    """The names of one template in one stack: parameters, resources so far, conditions, other stacks' exports.

    ``imports`` collects the exports that were used.
    """

    def __init__(
        self,
        stack: Stack,
        template: Template,
        parameters: Mapping[str, str],
        *,
        exports: Mapping[str, str],
        clients: Clients,
    ) -> None:
        self._template = template
        self._exports = exports
        self._clients = clients
        self._conditions: dict[str, bool] = {}
        self.resources: dict[str, StackResource] = {}
        self.imports: set[str] = set()
        self._values: dict[str, Any] = {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::Region": active().region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackId": stack.stack_id,
            "AWS::StackName": stack.name,
            "AWS::NotificationARNs": [],
        }
        for name, raw in parameters.items():
            self._values[name] = typed(raw, template.parameters[name], self._read_ssm)

    def ref(self, name: str) -> Any:
        """A parameter, pseudo parameter or the id of a resource."""
        if name in self._values:
            return self._values[name]
        return self._resource(name).physical_id

    def attribute(self, resource: str, name: str) -> Any:
        """An attribute of a resource that exists."""
        physical = self._resource(resource).physical
        if physical is None or name not in physical.attributes:
            raise ValidationError(
                f"Template error: resource {resource} does not support attribute type {name} in Fn::GetAtt"
            )
        return physical.attributes[name]

    def export(self, name: str) -> str:
        """The value that another stack exports."""
        if name not in self._exports:
            raise ValidationError(f"No export named {name} found.")
        self.imports.add(name)
        return self._exports[name]

    def mapping(self, name: str) -> Shape:
        """A mapping of the template."""
        if name not in self._template.mappings:
            raise ValidationError(f"Template error: Mapping named '{name}' is not present in the 'Mappings' section")
        return self._template.mappings[name]

    def condition(self, name: str) -> bool:
        """The truth of a condition, worked out once."""
        if name not in self._template.conditions:
            raise ValidationError(f"Template error: Unresolved condition '{name}'")
        if name not in self._conditions:
            self._conditions[name] = evaluate_condition(self._template.conditions[name], self)
        return self._conditions[name]

    def zones(self, region: str) -> list[str]:
        """The availability zones of the region that this server plays; it knows no other."""
        if region not in ("", active().region):
            raise ValidationError(f"Fn::GetAZs: the local cloud plays {active().region} only, not {region}")
        found = self._clients("ec2").describe_availability_zones()["AvailabilityZones"]
        return sorted(zone["ZoneName"] for zone in found)

    def wanted(self, section: Shape) -> bool:
        """Whether a resource or an output is there at all: it has no condition, or a true one."""
        return "Condition" not in section or self.condition(section["Condition"])

    def _resource(self, name: str) -> StackResource:
        if name not in self.resources:
            raise ValidationError(f"Template format error: Unresolved resource dependencies [{name}]")
        return self.resources[name]

    def _read_ssm(self, name: str) -> str:
        ssm = self._clients("ssm")
        found: Shape = ssm.get_parameters(Names=[name])
        if not found["Parameters"]:
            raise ValidationError(f"Unable to fetch parameters [{name}] from parameter store for this account.")
        return str(found["Parameters"][0]["Value"])

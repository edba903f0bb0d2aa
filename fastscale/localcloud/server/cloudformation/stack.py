"""A stack: what was asked for, the resources that exist, and the events on the way. Times are epoch seconds."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from fastscale.localcloud.server.cloudformation.resources.base import Physical, Properties
from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.shapes import Shape

#: AWS keeps the events for 90 days; a bound keeps a long-running server small.
EVENTS_KEPT = 2000


@dataclass
class StackResource:
    """One resource of a stack; ``physical`` is None until it exists."""

    logical_id: str
    type: str
    properties: Properties
    deletion_policy: str = "Delete"
    physical: Physical | None = None
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    updated_at: float = field(default_factory=time.time)

    @property
    def physical_id(self) -> str | None:
        """What Ref gives, None until the resource exists."""
        return self.physical.id if self.physical else None


@dataclass(frozen=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass
class Stack:
    """A stack and its history. ``imports`` are the names of other stacks' exports that it uses."""

    name: str
    stack_id: str
    template: Template
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    termination_protection: bool = False
    on_failure: str = "ROLLBACK"
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    created_at: float = field(default_factory=time.time)
    updated_at: float | None = None
    deleted_at: float | None = None
    change_set_id: str | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    events: list[Shape] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def exports(self) -> dict[str, str]:
        """The exported outputs: name to value."""
        return {output.export: output.value for output in self.outputs if output.export}

    def enter(self, status: str, reason: str | None = None) -> None:
        """Change the status of the stack, with an event."""
        self.status, self.reason = status, reason
        self._add_event(self.name, self.stack_id, "AWS::CloudFormation::Stack", status, reason, None)

    def note(self, resource: StackResource, status: str, reason: str | None = None) -> None:
        """Change the status of a resource, with an event."""
        resource.status, resource.reason, resource.updated_at = status, reason, time.time()
        self._add_event(resource.logical_id, resource.physical_id, resource.type, status, reason, resource.properties)

    def _add_event(
        self,
        logical_id: str,
        physical_id: str | None,
        kind: str,
        status: str,
        reason: str | None,
        properties: Properties | None,
    ) -> None:
        self.events.append(
            {
                "StackId": self.stack_id,
                "StackName": self.name,
                "EventId": f"{logical_id}-{status}-{uuid.uuid4()}",
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id or "",
                "ResourceType": kind,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "ResourceProperties": properties,
                "Timestamp": time.time(),
            }
        )
        del self.events[:-EVENTS_KEPT]

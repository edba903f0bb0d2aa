"""Change sets: a request that is kept until somebody executes it, as the CDK and ``aws cloudformation deploy`` do."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastscale.localcloud.server.cloudformation.errors import (
    AlreadyExistsException,
    ChangeSetNotFoundException,
    ValidationError,
)
from fastscale.localcloud.server.cloudformation.request import StackRequest
from fastscale.localcloud.server.cloudformation.stack import Stack
from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.shapes import Shape

if TYPE_CHECKING:
    from fastscale.localcloud.server.cloudformation.models import CloudFormationBackend

#: The words by which clients recognise that there is nothing to do.
_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass
class ChangeSet:
    """A kept request; ``kind`` is CREATE or UPDATE, ``changes`` are AWS's Change structures."""

    change_set_id: str
    name: str
    kind: str
    stack: Stack
    request: StackRequest
    description: str | None
    changes: list[Shape]
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    reason: str | None = None
    created_at: float = field(default_factory=time.time)


class ChangeSets:
    """The change sets of all stacks."""

    def __init__(self, backend: CloudFormationBackend) -> None:
        self._backend = backend
        self._by_id: dict[str, ChangeSet] = {}

    def create(self, name: str, kind: str, request: StackRequest, description: str | None) -> ChangeSet:
        """CreateChangeSet; for a new stack it leaves the stack in review.

        Raises ValidationError, or AlreadyExistsException when the stack has a change set of that name.
        """
        stack = self._stack(kind, request)
        if any(known.name == name and known.stack is stack for known in self._by_id.values()):
            raise AlreadyExistsException(f"ChangeSet {name} already exists")
        values = self._backend.check(request, stack.parameters if kind == "UPDATE" else None)
        before = stack.template.resources if kind == "UPDATE" else {}
        change_set = ChangeSet(
            change_set_id=self._backend.arn("changeSet", name),
            name=name,
            kind=kind,
            stack=stack,
            request=request,
            description=description,
            changes=_changes(before, request.template),
        )
        if kind == "UPDATE" and not self._backend.differs(stack, request, values):
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.reason = _NO_CHANGES
        self._by_id[change_set.change_set_id] = change_set
        return change_set

    def find(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        """The change set of that id, or of that name and stack; raises ChangeSetNotFoundException."""
        for change_set in self._by_id.values():
            of_stack = stack_name in (None, change_set.stack.name, change_set.stack.stack_id)
            if name_or_id == change_set.change_set_id or (name_or_id == change_set.name and of_stack):
                return change_set
        raise ChangeSetNotFoundException(f"ChangeSet [{name_or_id}] does not exist")

    def execute(self, name_or_id: str, stack_name: str | None) -> None:
        """ExecuteChangeSet; raises ValidationError when it cannot be executed (any more)."""
        change_set = self.find(name_or_id, stack_name)
        if change_set.execution_status != "AVAILABLE":
            status = f"its current status of [{change_set.status}]"
            raise ValidationError(f"ChangeSet [{change_set.change_set_id}] cannot be executed in {status}")
        if change_set.kind == "CREATE":
            self._backend.create(change_set.request)
        else:
            self._backend.update(change_set.request)
        change_set.execution_status = "EXECUTE_COMPLETE"
        change_set.stack.change_set_id = change_set.change_set_id

    def delete(self, name_or_id: str, stack_name: str | None) -> None:
        """DeleteChangeSet; one that is not there is ignored, as on AWS."""
        try:
            change_set = self.find(name_or_id, stack_name)
        except ChangeSetNotFoundException:
            return
        del self._by_id[change_set.change_set_id]

    def of(self, stack: Stack) -> list[ChangeSet]:
        """The change sets of a stack, oldest first."""
        return [change_set for change_set in self._by_id.values() if change_set.stack is stack]

    def drop_all(self, stack_id: str) -> None:
        """Forget the change sets of a stack that is gone."""
        self._by_id = {key: kept for key, kept in self._by_id.items() if kept.stack.stack_id != stack_id}

    def _stack(self, kind: str, request: StackRequest) -> Stack:
        if kind == "UPDATE":
            return self._backend.find(request.name)
        present = self._backend.stacks.get(request.name)
        if present is not None:
            if present.status != "REVIEW_IN_PROGRESS":
                raise ValidationError(f"Stack [{request.name}] already exists and cannot be created again")
            return present
        stack = Stack(request.name, self._backend.arn("stack", request.name), request.template)
        stack.enter("REVIEW_IN_PROGRESS", "User Initiated")
        self._backend.stacks[request.name] = stack
        return stack


def _changes(before: dict[str, Shape], template: Template) -> list[Shape]:
    """What differs between the resources of two templates."""
    after = template.resources
    made = [("Remove", name, before[name]) for name in before if name not in after]
    made += [("Add", name, after[name]) for name in after if name not in before]
    made += [("Modify", name, after[name]) for name in after if name in before and before[name] != after[name]]
    return [
        {
            "Type": "Resource",
            "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": resource["Type"]},
        }
        for action, name, resource in made
    ]

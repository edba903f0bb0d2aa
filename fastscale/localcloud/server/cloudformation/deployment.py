"""One create, update or delete of a stack's resources, with the way back when a step fails.

Creating is an update that starts from nothing: resources come in the order of their references, what is no longer
wanted goes afterwards, in the opposite order. Statuses and their order are CloudFormation's:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from fastscale.localcloud.server.cloudformation.dependencies import creation_order
from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.intrinsics import evaluate
from fastscale.localcloud.server.cloudformation.resources import TYPES
from fastscale.localcloud.server.cloudformation.resources.base import Clients, Context, Physical, ResourceType
from fastscale.localcloud.server.cloudformation.scope import StackScope
from fastscale.localcloud.server.cloudformation.stack import Output, Stack, StackResource
from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.shapes import Shape

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})


class StepFailedError(Exception):
    """A resource could not be created, updated or deleted; the text is the reason for a person."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id
        self.reason = reason


class Deployment:
    """The way of one stack from its present resources to those of ``template``."""

    def __init__(
        self,
        stack: Stack,
        template: Template,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        *,
        exports: Mapping[str, str],
        clients: Clients,
    ) -> None:
        self._stack = stack
        self._template = template
        self._tags = tags
        self._clients = clients
        self._scope = StackScope(stack, template, parameters, exports=exports, clients=clients)
        self._before = dict(stack.resources)
        self._undo: list[Callable[[], None]] = []
        self._obsolete: list[StackResource] = []

    @property
    def imports(self) -> set[str]:
        """The exports of other stacks that were used."""
        return self._scope.imports

    def run(self) -> list[Output]:
        """Bring every resource to the template's state and return the outputs.

        Raises StepFailedError at the first step that fails; call :meth:`roll_back` then.
        """
        for name in creation_order(self._template.resources):
            section = self._template.resources[name]
            if self._scope.wanted(section):
                self._scope.resources[name] = self._stack.resources[name] = self._bring(name, section)
        kept = self._scope.resources.keys()
        self._obsolete += [resource for name, resource in self._before.items() if name not in kept]
        return self._outputs()

    def clean_up(self) -> None:
        """Delete what the new state no longer needs; a failure is noted and the resource left, as on AWS."""
        for resource in reversed(self._obsolete):
            try:
                self._delete(resource)
            except StepFailedError as failure:
                self._stack.note(resource, "DELETE_FAILED", failure.reason)
        self._stack.resources = dict(self._scope.resources)

    def roll_back(self) -> None:
        """Undo every step that was done, newest first; raises StepFailedError when even that fails."""
        while self._undo:
            self._undo.pop()()
        self._stack.resources = dict(self._before)

    def _bring(self, name: str, section: Shape) -> StackResource:
        """The resource in its new state: created, updated, replaced or left alone."""
        try:
            properties = evaluate(section.get("Properties") or {}, self._scope)
        except ValidationError as error:
            raise StepFailedError(name, error.message) from error
        before = self._before.get(name)
        policy = section.get("DeletionPolicy", "Delete")
        wanted = StackResource(name, section["Type"], properties, policy)
        if before is None:
            return self._create(wanted)
        if before.type == wanted.type and before.properties == wanted.properties:
            before.deletion_policy = policy
            return before
        if before.type != wanted.type or TYPES[wanted.type].replaces(before.properties, wanted.properties):
            self._obsolete.append(before)
            return self._create(
                wanted, status="UPDATE", reason="Requested update requires the creation of a new resource."
            )
        return self._update(before, wanted)

    def _create(self, resource: StackResource, *, status: str = "CREATE", reason: str | None = None) -> StackResource:
        self._stack.resources[resource.logical_id] = resource
        self._undo.append(lambda: self._delete(resource, keep_retained=False))
        self._stack.note(resource, f"{status}_IN_PROGRESS", reason)
        resource.physical = self._call(
            resource, f"{status}_FAILED", lambda kind, context: kind.create(context, resource.properties)
        )
        self._stack.note(resource, f"{status}_COMPLETE")
        return resource

    def _update(self, before: StackResource, wanted: StackResource) -> StackResource:
        wanted.physical = physical = _existing(before)
        self._stack.note(wanted, "UPDATE_IN_PROGRESS")
        wanted.physical = self._call(
            wanted,
            "UPDATE_FAILED",
            lambda kind, context: _updater(kind)(context, physical, before.properties, wanted.properties),
        )
        self._undo.append(lambda: self._revert(before, wanted))
        self._stack.note(wanted, "UPDATE_COMPLETE")
        return wanted

    def _revert(self, before: StackResource, wanted: StackResource) -> None:
        physical = _existing(wanted)
        self._stack.note(before, "UPDATE_IN_PROGRESS")
        before.physical = self._call(
            before,
            "UPDATE_FAILED",
            lambda kind, context: _updater(kind)(context, physical, wanted.properties, before.properties),
        )
        self._stack.note(before, "UPDATE_COMPLETE")

    def _delete(self, resource: StackResource, *, keep_retained: bool = True) -> None:
        physical = resource.physical
        if keep_retained and resource.deletion_policy in _RETAINED:
            self._stack.note(resource, "DELETE_SKIPPED")
            return
        if physical is None:
            return
        self._stack.note(resource, "DELETE_IN_PROGRESS")
        self._call(
            resource, "DELETE_FAILED", lambda kind, context: _delete(kind, context, physical, resource.properties)
        )
        self._stack.note(resource, "DELETE_COMPLETE")

    def delete_all(self) -> None:
        """Delete every resource, those that others refer to last; raises StepFailedError and keeps what is left."""
        order = creation_order(self._template.resources)
        for name in sorted(self._stack.resources, key=order.index, reverse=True):
            self._delete(self._stack.resources[name])
            del self._stack.resources[name]

    def _outputs(self) -> list[Output]:
        made = []
        for key, section in self._template.outputs.items():
            try:
                if not self._scope.wanted(section):
                    continue
                value = evaluate(section["Value"], self._scope)
                export = evaluate((section.get("Export") or {}).get("Name"), self._scope)
            except ValidationError as error:
                raise StepFailedError(key, error.message) from error
            made.append(Output(key, str(value), section.get("Description"), export))
        return made

    def _call(self, resource: StackResource, failed: str, handler: Callable[[ResourceType, Context], Result]) -> Result:
        """Run a handler of the resource's type and turn what goes wrong into its reason."""
        context = Context(
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_id=resource.logical_id,
            tags=self._tags,
            client=self._clients,
            claim=lambda physical: setattr(resource, "physical", physical),
        )
        try:
            return handler(TYPES[resource.type], context)
        except ClientError as error:
            reason = _service_reason(error)
        except KeyError as error:
            reason = f"Properties validation failed: required key [{error.args[0]}] not found"
        except ValidationError as error:
            reason = error.message
        except (BotoCoreError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
        logger.warning("%s: %s %s: %s", self._stack.name, resource.logical_id, failed, reason)
        self._stack.note(resource, failed, reason)
        raise StepFailedError(resource.logical_id, reason)


def _existing(resource: StackResource) -> Physical:
    if resource.physical is None:
        raise StepFailedError(resource.logical_id, "The resource does not exist.")
    return resource.physical


def _updater(kind: ResourceType) -> Callable[..., Physical]:
    if kind.update is None:
        raise ValidationError("The resource cannot be updated in place.")
    return kind.update


def _delete(kind: ResourceType, context: Context, physical: Physical, properties: Shape) -> None:
    try:
        kind.delete(context, physical, properties)
    except ClientError as error:
        if not _is_gone(error):
            raise


def _is_gone(error: ClientError) -> bool:
    """Whether a service says that there is nothing to delete; each has its own code for it."""
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "NoSuch" in code or "DoesNotExist" in code


def _service_reason(error: ClientError) -> str:
    details, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return (
        f'Resource handler returned message: "{details.get("Message")}" '
        f"(Service: {error.operation_name}, Status Code: {status}, Error Code: {details['Code']})"
    )

"""The CloudFormation back end: stacks, their exports, and the operations on them.

As on AWS an operation answers at once and goes on in the background, one at a time for each stack.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import cast

from botocore.exceptions import ClientError
from moto.cloudformation.models import cloudformation_backends
from moto.core.base_backend import BaseBackend

from fastscale.localcloud.server.cloudformation import parameters as stack_parameters
from fastscale.localcloud.server.cloudformation.change_sets import ChangeSets
from fastscale.localcloud.server.cloudformation.dependencies import creation_order
from fastscale.localcloud.server.cloudformation.deployment import Deployment, StepFailedError
from fastscale.localcloud.server.cloudformation.errors import AlreadyExistsException, ValidationError
from fastscale.localcloud.server.cloudformation.request import StackRequest
from fastscale.localcloud.server.cloudformation.resources import check_types
from fastscale.localcloud.server.cloudformation.resources.base import Clients
from fastscale.localcloud.server.cloudformation.stack import Stack
from fastscale.localcloud.server.settings import ACCOUNT_ID, active

logger = logging.getLogger(__name__)

_UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
)


class CloudFormationBackend(BaseBackend):
    """CloudFormation of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.stacks: dict[str, Stack] = {}
        self.deleted: list[Stack] = []
        self.change_sets = ChangeSets(self)
        #: Called whenever an operation on a stack has ended.
        self.on_settled: Callable[[], None] = _nobody_listens
        self.clients = Clients(active().endpoint_url, region_name)

    # -- looking up ----------------------------------------------------------------------------------------------

    def find(self, name_or_id: str) -> Stack:
        """The stack of that name, or of that id even when it is deleted; raises ValidationError with AWS's words."""
        stack = self.stacks.get(name_or_id)
        if stack is not None:
            return stack
        for candidate in [*self.stacks.values(), *self.deleted]:
            if candidate.stack_id == name_or_id:
                return candidate
        raise ValidationError(f"Stack with id {name_or_id} does not exist")

    def exports(self, *, without: Stack | None = None) -> dict[str, str]:
        """What all stacks (but ``without``) export: name to value."""
        stacks = [stack for stack in self.stacks.values() if stack is not without]
        return {name: value for stack in stacks for name, value in stack.exports.items()}

    def importers(self, export: str) -> list[str]:
        """The names of the stacks that import an export."""
        return sorted(stack.name for stack in self.stacks.values() if export in stack.imports)

    def arn(self, kind: str, name: str) -> str:
        """A new ARN of CloudFormation's."""
        return f"arn:{self.partition}:cloudformation:{self.region_name}:{self.account_id}:{kind}/{name}/{uuid.uuid4()}"

    def read_object(self, bucket: str, key: str) -> str:
        """The text of an object in a bucket of this server; raises ValidationError."""
        try:
            body: bytes = self.clients("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise ValidationError(f"S3 error: {error.response['Error']['Message']}") from error
        return body.decode()

    # -- operations ----------------------------------------------------------------------------------------------

    def create(self, request: StackRequest, *, stack_id: str | None = None) -> Stack:
        """CreateStack; ``stack_id`` lets a stack come back under the id that it had.

        Raises AlreadyExistsException, or ValidationError for a template or parameters that cannot be.
        """
        with self.lock:
            present = self.stacks.get(request.name)
            if present is not None and present.status != "REVIEW_IN_PROGRESS":
                raise AlreadyExistsException(f"Stack [{request.name}] already exists")
            values = self.check(request, previous=None)
            stack = present or Stack(request.name, stack_id or self.arn("stack", request.name), request.template)
            self._take_over(stack, request, values)
            stack.termination_protection = request.termination_protection
            stack.on_failure = request.on_failure
            deployment = self._deployment(stack, request, values)
            self.stacks[request.name] = stack
            stack.enter("CREATE_IN_PROGRESS", "User Initiated")
        self._start(lambda: self._create(stack, deployment), stack)
        return stack

    def update(self, request: StackRequest) -> Stack:
        """UpdateStack. Raises ValidationError, also when the stack would stay as it is."""
        with self.lock:
            stack = self.find(request.name)
            if stack.status not in _UPDATABLE or stack.status == "ROLLBACK_COMPLETE":
                raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
            values = self.check(request, previous=stack.parameters)
            if not self.differs(stack, request, values):
                raise ValidationError("No updates are to be performed.")
            deployment = self._deployment(stack, request, values)
            stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
        self._start(lambda: self._update(stack, deployment, request, values), stack)
        return stack

    def delete(self, name_or_id: str) -> None:
        """DeleteStack; a stack that is not there is ignored, as on AWS.

        Raises ValidationError when the stack is protected or busy.
        """
        with self.lock:
            stack = next((s for s in self.stacks.values() if name_or_id in (s.name, s.stack_id)), None)
            if stack is None:
                return
            if stack.termination_protection:
                raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            if stack.busy:
                raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be deleted.")
            before = stack.status
            stack.enter("DELETE_IN_PROGRESS", "User Initiated")
        self._start(lambda: self._delete(stack, before), stack)

    def differs(self, stack: Stack, request: StackRequest, values: dict[str, str]) -> bool:
        """Whether the request would change the stack."""
        new, old = request.template, stack.template
        same_template = (new.resources, new.outputs, new.conditions, new.mappings) == (
            old.resources,
            old.outputs,
            old.conditions,
            old.mappings,
        )
        same_tags = request.tags is None or request.tags == stack.tags
        return not (same_template and same_tags and values == stack.parameters)

    def check(self, request: StackRequest, previous: dict[str, str] | None) -> dict[str, str]:
        """The parameters of a request whose template can be deployed; raises ValidationError for what cannot."""
        check_types(request.template.resources)
        creation_order(request.template.resources)
        return stack_parameters.merge(request.parameters, request.template.parameters, previous)

    # -- in the background ---------------------------------------------------------------------------------------

    def _start(self, work: Callable[[], None], stack: Stack) -> None:
        def run() -> None:
            try:
                work()
            except Exception:
                logger.exception("%s: the operation broke off", stack.name)
                failed = stack.status.replace("_IN_PROGRESS", "_FAILED")
                stack.enter(failed, "The local cloud failed; its log has the details.")
            self.on_settled()

        threading.Thread(target=run, name=f"cloudformation-{stack.name}", daemon=True).start()

    def _create(self, stack: Stack, deployment: Deployment) -> None:
        try:
            self._publish(stack, deployment)
        except StepFailedError as failure:
            self._fail_creation(stack, deployment, failure)
            return
        stack.enter("CREATE_COMPLETE")

    def _fail_creation(self, stack: Stack, deployment: Deployment, failure: StepFailedError) -> None:
        reason = f"The following resource(s) failed to create: [{failure.logical_id}]."
        if stack.on_failure == "DO_NOTHING":
            stack.enter("CREATE_FAILED", f"{reason} {failure.reason}")
            return
        undone = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
        stack.enter(f"{undone}_IN_PROGRESS", f"{reason} Rollback requested by user.")
        try:
            deployment.roll_back()
        except StepFailedError as again:
            stack.enter(f"{undone}_FAILED", again.reason)
            return
        if undone == "DELETE":
            self._forget(stack)
        else:
            stack.enter("ROLLBACK_COMPLETE", f"{failure.logical_id}: {failure.reason}")

    def _update(self, stack: Stack, deployment: Deployment, request: StackRequest, values: dict[str, str]) -> None:
        stack.updated_at = time.time()
        try:
            self._publish(stack, deployment)
        except StepFailedError as failure:
            stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", f"{failure.logical_id}: {failure.reason}")
            try:
                deployment.roll_back()
            except StepFailedError as again:
                stack.enter("UPDATE_ROLLBACK_FAILED", again.reason)
                return
            stack.enter("UPDATE_ROLLBACK_COMPLETE", f"{failure.logical_id}: {failure.reason}")
            return
        self._take_over(stack, request, values)
        stack.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        deployment.clean_up()
        stack.enter("UPDATE_COMPLETE")

    def _publish(self, stack: Stack, deployment: Deployment) -> None:
        """Run the deployment, then show its outputs, unless an export would clash with another stack."""
        outputs = deployment.run()
        with self.lock:
            taken = self.exports(without=stack)
            for output in outputs:
                if output.export in taken:
                    raise StepFailedError(
                        output.key, f"Export with name {output.export} is already exported by another stack."
                    )
            new = {output.export: output.value for output in outputs if output.export}
            for name, value in stack.exports.items():
                users = [user for user in self.importers(name) if user != stack.name]
                if users and new.get(name) != value:
                    raise StepFailedError(name, f"Cannot update export {name} as it is in use by {', '.join(users)}")
            stack.outputs = outputs
            stack.imports = deployment.imports

    def _delete(self, stack: Stack, before: str) -> None:
        """Delete the resources; a stack whose exports are in use goes back to the status ``before``, as on AWS."""
        for name in stack.exports:
            users = [user for user in self.importers(name) if user != stack.name]
            if users:
                used = f"Cannot delete export {name} as it is in use by {', '.join(users)}"
                stack.enter(before, f"Delete canceled. {used}")
                return
        deployment = Deployment(stack, stack.template, {}, stack.tags, exports={}, clients=self.clients)
        try:
            deployment.delete_all()
        except StepFailedError as failure:
            reason = f"The following resource(s) failed to delete: [{failure.logical_id}]. {failure.reason}"
            stack.enter("DELETE_FAILED", reason)
            return
        self._forget(stack)

    def _forget(self, stack: Stack) -> None:
        with self.lock:
            stack.deleted_at = time.time()
            stack.outputs, stack.imports = [], set()
            self.stacks.pop(stack.name, None)
            self.deleted.append(stack)
            self.change_sets.drop_all(stack.stack_id)
            stack.enter("DELETE_COMPLETE")

    # -- helpers -------------------------------------------------------------------------------------------------

    def _deployment(self, stack: Stack, request: StackRequest, values: dict[str, str]) -> Deployment:
        tags = stack.tags if request.tags is None else request.tags
        exports = self.exports(without=stack)
        return Deployment(stack, request.template, values, tags, exports=exports, clients=self.clients)

    @staticmethod
    def _take_over(stack: Stack, request: StackRequest, values: dict[str, str]) -> None:
        stack.template = request.template
        stack.parameters = values
        stack.capabilities = request.capabilities
        if request.tags is not None:
            stack.tags = request.tags


def _nobody_listens() -> None:
    return None


def backend() -> CloudFormationBackend:
    """CloudFormation of the region that this server plays."""
    return cast(CloudFormationBackend, cloudformation_backends[ACCOUNT_ID][active().region])

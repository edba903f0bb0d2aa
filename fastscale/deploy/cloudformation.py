"""Deploy the templates of a CDK cloud assembly through the CloudFormation API, unmodified.

This is what ``cdk deploy --all`` does, without its CLI: stacks in the order of their dependencies, each created or
updated, their events told as they come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.aws.session import local_client
from fastscale.deploy.assembly import AssemblyStack, read_assembly
from fastscale.errors import DeployError

OnEvent = Callable[[str], None]

_POLL_SECONDS = 0.05
#: A stack that takes longer than this hangs.
STACK_TIMEOUT_SECONDS = 600.0
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2})
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


def deploy(
    assembly_dir: Path, endpoint_url: str, region: str, on_event: OnEvent, *, only: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """Create or update every stack of the assembly, or those that ``only`` names; the outputs by stack.

    ``on_event`` gets one line for each step of a resource or stack. Raises DeployError that names the stack, the
    logical id and the reason.
    """
    cloudformation = local_client("cloudformation", endpoint_url=endpoint_url, region=region, config=_CONFIG)
    stacks = [stack for stack in read_assembly(assembly_dir) if not only or stack.name in only]
    return {stack.name: _deploy(cloudformation, stack, on_event) for stack in stacks}


def _deploy(cloudformation: Any, stack: AssemblyStack, on_event: OnEvent) -> dict[str, str]:
    try:
        seen = _start(cloudformation, stack)
        if seen is not None:
            _follow(cloudformation, stack.name, seen, on_event)
        else:
            on_event(f"{stack.name}: no changes")
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    except ClientError as error:
        raise DeployError(f"stack {stack.name}: {error.response['Error']['Message']}") from error
    except NO_ANSWER as error:
        raise DeployError(f"stack {stack.name}: {cause(error)}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _start(cloudformation: Any, stack: AssemblyStack) -> set[str] | None:
    """Begin to create or update the stack; the ids of the events that are old, None when there is nothing to do."""
    status = _status(cloudformation, stack.name)
    if status == "ROLLBACK_COMPLETE":
        # The remains of a failed creation can only be deleted.
        cloudformation.delete_stack(StackName=stack.name)
        _wait_while(cloudformation, stack.name, "DELETE_IN_PROGRESS")
        status = None
    request = {"StackName": stack.name, "TemplateBody": stack.template, "Capabilities": _CAPABILITIES}
    if status is None:
        cloudformation.create_stack(**request)
        return set()
    old = {event["EventId"] for event in _events(cloudformation, stack.name)}
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" in error.response["Error"]["Message"]:
            return None
        raise
    return old


def _follow(cloudformation: Any, name: str, seen: set[str], on_event: OnEvent) -> None:
    """Tell the stack's new events until the operation ends; raises DeployError when it fails."""
    first_failure: dict[str, Any] | None = None
    deadline = time.monotonic() + STACK_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        status = _status(cloudformation, name)
        for event in reversed([event for event in _events(cloudformation, name) if event["EventId"] not in seen]):
            seen.add(event["EventId"])
            on_event(_line(event))
            if event["ResourceStatus"].endswith("_FAILED") and first_failure is None:
                first_failure = event
        if status in _GOOD:
            return
        if status is None or not status.endswith("_IN_PROGRESS"):
            raise DeployError(_failure(cloudformation, name, status, first_failure))
        time.sleep(_POLL_SECONDS)
    raise DeployError(f"stack {name}: not done after {STACK_TIMEOUT_SECONDS:.0f} s")


def _failure(cloudformation: Any, name: str, status: str | None, event: dict[str, Any] | None) -> str:
    if event is not None:
        return f"stack {name}, {event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
    reason = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("StackStatusReason", "no reason given")
    return f"stack {name}: {status}: {reason}"


def _line(event: Mapping[str, Any]) -> str:
    reason = event.get("ResourceStatusReason")
    line = f"{event['StackName']}: {event['LogicalResourceId']} {event['ResourceStatus']}"
    return f"{line}: {reason}" if reason else line


def _events(cloudformation: Any, name: str) -> Iterator[dict[str, Any]]:
    for answer in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        yield from answer["StackEvents"]


def _status(cloudformation: Any, name: str) -> str | None:
    """The status of the stack, None when it does not exist."""
    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def _wait_while(cloudformation: Any, name: str, status: str) -> None:
    deadline = time.monotonic() + STACK_TIMEOUT_SECONDS
    while _status(cloudformation, name) == status and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)

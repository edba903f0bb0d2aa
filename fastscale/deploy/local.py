"""Stacks of a local cloud: what would change, and taking them away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fastscale.aws.session import local_client
from fastscale.errors import DeployError
from fastscale.localcloud.deploy import STACK_TIMEOUT_SECONDS, AssemblyStack, read_assembly

POLL_SECONDS = 0.1


def changes(assembly: Path, stacks: Sequence[str], endpoint_url: str, region: str) -> Iterator[str]:
    """One line for each resource that a deployment would add, change or remove. Raises DeployError."""
    cloudformation = local_client("cloudformation", endpoint_url=endpoint_url, region=region)
    for stack in chosen(assembly, stacks):
        deployed = _deployed(cloudformation, stack.name)
        found = list(differences(deployed, json.loads(stack.template)))
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


def destroy(
    assembly: Path, stacks: Sequence[str], endpoint_url: str, region: str, on_event: Callable[[str], None]
) -> None:
    """Delete the stacks, each before those that it needs. Raises DeployError naming the one that stays."""
    cloudformation = local_client("cloudformation", endpoint_url=endpoint_url, region=region)
    for stack in reversed(chosen(assembly, stacks)):
        on_event(stack.name)
        try:
            cloudformation.delete_stack(StackName=stack.name)
            _wait_until_gone(cloudformation, stack.name)
        except (ClientError, BotoCoreError) as error:
            raise DeployError(f"stack {stack.name}: {error}") from error


def chosen(assembly: Path, stacks: Sequence[str]) -> list[AssemblyStack]:
    """The stacks of the assembly in the order of their needs, only the named ones when any are named.

    Raises DeployError for a name that is not there.
    """
    known = read_assembly(assembly)
    names = [stack.name for stack in known]
    for name in stacks:
        if name not in names:
            raise DeployError(f"there is no stack {name!r}: choose among {', '.join(names)}")
    return [stack for stack in known if not stacks or stack.name in stacks]


def _deployed(cloudformation: Any, name: str) -> Mapping[str, Any]:
    """The template of a deployed stack; an empty one when there is none."""
    try:
        body = cloudformation.get_template(StackName=name)["TemplateBody"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return {}
        raise DeployError(f"stack {name}: {error}") from error
    except BotoCoreError as error:
        raise DeployError(f"stack {name}: {error}") from error
    template: Mapping[str, Any] = json.loads(body) if isinstance(body, str) else body
    return template


def _wait_until_gone(cloudformation: Any, name: str) -> None:
    deadline = time.monotonic() + STACK_TIMEOUT_SECONDS
    while (stack := _stack(cloudformation, name)) is not None:
        if not str(stack["StackStatus"]).endswith("_IN_PROGRESS"):
            reason = stack.get("StackStatusReason", "no reason given")
            raise DeployError(f"stack {name}: {stack['StackStatus']}: {reason}")
        if time.monotonic() > deadline:
            raise DeployError(f"stack {name}: not gone after {STACK_TIMEOUT_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def _stack(cloudformation: Any, name: str) -> Mapping[str, Any] | None:
    try:
        stack: Mapping[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

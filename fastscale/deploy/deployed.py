"""What CloudFormation holds now, on AWS or on a local cloud."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, NoCredentialsError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.errors import DeployError

POLL_SECONDS = 0.1
#: A network with its gateways takes AWS some minutes to delete.
DELETE_TIMEOUT_SECONDS = 1800.0

Template = Mapping[str, Any]


class Deployed:
    """The stacks that ``cloudformation`` (a boto3 client) knows. Every method raises DeployError when it cannot say."""

    def __init__(self, cloudformation: Any, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._cloudformation = cloudformation
        self._poll_seconds = poll_seconds

    def can_answer(self) -> bool:
        """Whether there are credentials to ask with."""
        try:
            self._cloudformation.list_stacks()
        except NoCredentialsError:
            return False
        except (ClientError, *NO_ANSWER) as error:
            raise DeployError(f"CloudFormation does not answer: {cause(error)}") from error
        return True

    def exists(self, name: str) -> bool:
        """Whether there is a stack of that name."""
        return self._stack(name) is not None

    def template(self, name: str) -> Template:
        """The template of a stack; an empty one when there is no such stack."""
        with _errors(name):
            try:
                body = self._cloudformation.get_template(StackName=name)["TemplateBody"]
            except ClientError as error:
                if _says(error, "does not exist"):
                    return {}
                raise
        template: Template = json.loads(body) if isinstance(body, str) else body
        return template

    def importers(self, export: str) -> list[str]:
        """The stacks that import an export."""
        pages = self._cloudformation.get_paginator("list_imports").paginate(ExportName=export)
        with _errors(export):
            try:
                return [name for page in pages for name in page["Imports"]]
            except ClientError as error:
                if _says(error, "not imported"):
                    return []
                raise

    def retained(self, name: str) -> Iterator[tuple[str, str]]:
        """Type and physical id of what a stack leaves behind when it is deleted."""
        kept = {
            key: section["Type"]
            for key, section in self.template(name).get("Resources", {}).items()
            if section.get("DeletionPolicy") == "Retain"
        }
        if not kept:
            return
        with _errors(name):
            pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
            for page in pages:
                for resource in page["StackResourceSummaries"]:
                    if resource["LogicalResourceId"] in kept and resource.get("PhysicalResourceId"):
                        yield kept[resource["LogicalResourceId"]], resource["PhysicalResourceId"]

    def delete(self, name: str) -> None:
        """Delete a stack and wait until it is gone; DeployError names the reason why it stays."""
        with _errors(name):
            self._cloudformation.delete_stack(StackName=name)
        deadline = time.monotonic() + DELETE_TIMEOUT_SECONDS
        while (stack := self._stack(name)) is not None:
            if not str(stack["StackStatus"]).endswith("_IN_PROGRESS"):
                reason = stack.get("StackStatusReason", "no reason given")
                raise DeployError(f"stack {name}: {stack['StackStatus']}: {reason}")
            if time.monotonic() > deadline:
                raise DeployError(f"stack {name}: not gone after {DELETE_TIMEOUT_SECONDS:.0f} s")
            time.sleep(self._poll_seconds)

    def _stack(self, name: str) -> Mapping[str, Any] | None:
        with _errors(name):
            try:
                stack: Mapping[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if _says(error, "does not exist"):
                    return None
                raise
        return None if stack["StackStatus"] in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS") else stack


@contextmanager
def _errors(name: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, *NO_ANSWER) as error:
        raise DeployError(f"stack {name}: {cause(error)}") from error


def _says(error: ClientError, words: str) -> bool:
    return words in error.response["Error"]["Message"]

"""Where stacks go: AWS, by the CDK command line, or the local cloud, through CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from fastscale import names
from fastscale.cli.progress import step
from fastscale.deploy.deployed import Deployed

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.aws.session import MakeClient
    from fastscale.deploy.assembly import AssemblyStack
    from fastscale.deploy.cdk import Cdk
    from fastscale.localcloud.settings import CloudSettings

Outputs = Mapping[str, Mapping[str, str]]

#: AWS takes seconds for what takes a local cloud none.
POLL_SECONDS = 2.0


class Place(Protocol):
    """What the commands need of a place."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def examine(self) -> str:
        """The command that looks at the result."""
        ...

    def deployed(self) -> Deployed | None:
        """What is deployed there; None when nobody can be asked for want of credentials."""
        ...

    def deploy(self, assembly: Path, stacks: Sequence[str]) -> Outputs:
        """Create or update the stacks; their outputs."""
        ...

    def diff(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Show what a deployment would change."""
        ...

    def destroy(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Delete the stacks."""
        ...

    def s3(self) -> Any:
        """A client of S3 there."""
        ...


@dataclass(frozen=True)
class Aws:
    """An AWS account and Region, as the environment and the assembly say."""

    console: Console
    region: str | None
    examine: str = "fastscale doctor"

    @property
    def name(self) -> str:
        """What people call it, with the Region: it may come from an environment that nobody thinks of."""
        return f"AWS ({self.region})" if self.region else "AWS"

    def deployed(self) -> Deployed | None:
        """What is deployed there; without credentials the CDK says what is missing."""
        found = Deployed(self._clients()("cloudformation"), poll_seconds=POLL_SECONDS)
        return found if found.can_answer() else None

    def deploy(self, assembly: Path, stacks: Sequence[str]) -> Outputs:
        """Create or update the stacks; their outputs."""
        return self._cdk().deploy(assembly, stacks)

    def diff(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Show what a deployment would change."""
        self._cdk().diff(assembly, [stack.name for stack in stacks])

    def destroy(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Delete the stacks."""
        self._cdk().destroy(assembly, [stack.name for stack in stacks])

    def s3(self) -> Any:
        """A client of S3 there."""
        return self._clients()("s3")

    def _clients(self) -> MakeClient:
        from fastscale.aws.session import environment_clients

        return environment_clients(self.region, default_region=names.REGION)

    def _cdk(self) -> Cdk:
        from fastscale.cdk.node import find_node
        from fastscale.deploy import cdk

        node = find_node()
        found = cdk.find(node)
        if found is not None:
            return found
        with step(self.console, f"Bringing the CDK command line ({cdk.PACKAGE}) to {cdk.cache_dir()}"):
            return cdk.bring(node)


class Local:
    """A local cloud that runs. It has no image repository to push to, so templates go to CloudFormation as they are."""

    examine = "fastscale doctor --local"

    def __init__(self, console: Console, cloud: CloudSettings) -> None:
        self._console, self._cloud = console, cloud
        self.name = f"the local cloud on {cloud.endpoint_url}"

    def deployed(self) -> Deployed:
        """What is deployed there."""
        return Deployed(self._client("cloudformation"))

    def deploy(self, assembly: Path, stacks: Sequence[str]) -> Outputs:
        """Create or update the stacks; their outputs."""
        from fastscale.deploy.cloudformation import deploy

        with step(self._console, "Deploying the templates through CloudFormation") as update:
            return deploy(assembly, self._cloud.endpoint_url, self._cloud.region, update, only=stacks)

    def diff(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Show what a deployment would change, a line a resource."""
        from fastscale.deploy import local

        for line in local.changes(stacks, self.deployed()):
            typer.echo(line)

    def destroy(self, assembly: Path, stacks: Sequence[AssemblyStack]) -> None:
        """Delete the stacks."""
        from fastscale.deploy import local

        with step(self._console, "Deleting the stacks") as update:
            local.destroy(stacks, self.deployed(), update)

    def s3(self) -> Any:
        """A client of S3 there."""
        return self._client("s3")

    def _client(self, service: str) -> Any:
        from fastscale.aws.session import PERSON_CONFIG, local_client

        return local_client(
            service, endpoint_url=self._cloud.endpoint_url, region=self._cloud.region, config=PERSON_CONFIG
        )

"""`fastscale synth|deploy|diff|destroy`: the four stacks, on AWS or on the local cloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.localcloud.settings import CloudSettings

ASSEMBLY = Path("cdk.out")

Stacks = Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Stacks; default: all of them.")]
Local = Annotated[bool, typer.Option("--local", help="The running local cloud instead of AWS.")]
Profile = Annotated[str, typer.Option(help="Plan: default or reference.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="Plan file (fastscale.toml); wins over --profile.")]
Assembly = Annotated[Path | None, typer.Option(help="Use this cloud assembly as it is instead of synthesizing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
StateDir = Annotated[Path, typer.Option(help="Where the local cloud keeps its state.")]

STATE_DIR = Path(".fastscale")


def synth(profile: Profile = "default", plan: PlanFile = None) -> None:
    """Synthesize the stacks into cdk.out."""
    from fastscale.localcloud.deploy import read_assembly

    folder = _assembly(_console(), profile, plan, None)
    for stack in read_assembly(folder):
        typer.echo(f"{folder}/{stack.name}.template.json")


def diff(
    stacks: Stacks = None,
    local: Local = False,
    profile: Profile = "default",
    plan: PlanFile = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what a deployment would change; changes nothing."""
    from fastscale.deploy import cdk
    from fastscale.deploy import local as local_stacks

    console, chosen = _console(), stacks or []
    cloud = _cloud(state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    names = [stack.name for stack in local_stacks.chosen(folder, chosen)]
    if cloud is None:
        cdk.diff(_cdk(console), folder, names)
        return
    for line in local_stacks.changes(folder, chosen, cloud.endpoint_url, cloud.region):
        typer.echo(line)


def deploy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = "default",
    plan: PlanFile = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Create or update the stacks, after asking; ends with their outputs. A local cloud always takes all of them."""
    from fastscale.cli.agreement import ask
    from fastscale.deploy import cdk
    from fastscale.deploy import local as local_stacks
    from fastscale.errors import InputError

    if local and stacks:
        raise InputError("a local cloud takes all stacks at once: leave the names out")
    console, cloud = _console(), _cloud(state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    names = [stack.name for stack in local_stacks.chosen(folder, stacks or [])]
    ask(f"Deploy {', '.join(names)} to {_place(cloud)}?", yes=yes)
    if cloud is None:
        _end(cdk.deploy(_cdk(console), folder, names), "fastscale doctor")
    else:
        _end(_deploy_locally(console, folder, cloud), "fastscale doctor --local")


def destroy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = "default",
    plan: PlanFile = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Delete the stacks, after asking."""
    from fastscale.cli.agreement import ask
    from fastscale.cli.progress import step
    from fastscale.deploy import cdk
    from fastscale.deploy import local as local_stacks

    console, cloud = _console(), _cloud(state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    names = [stack.name for stack in local_stacks.chosen(folder, stacks or [])]
    ask(f"Delete {', '.join(reversed(names))} from {_place(cloud)}, and all that runs in them?", yes=yes)
    if cloud is None:
        cdk.destroy(_cdk(console), folder, names)
    else:
        with step(console, "Deleting the stacks") as update:
            local_stacks.destroy(folder, names, cloud.endpoint_url, cloud.region, update)
    typer.echo("The stacks are gone.")


def _console() -> Console:
    """Progress goes to standard error, so that answers can be piped."""
    from rich.console import Console

    return Console(stderr=True)


def _assembly(console: Console, profile: str, plan: Path | None, given: Path | None) -> Path:
    from fastscale.cdk.synthesis import synthesize
    from fastscale.cli.progress import step
    from fastscale.cli.stack import PlanChoice

    if given is not None:
        return given
    chosen = PlanChoice(profile, plan).load()
    with step(console, "Synthesizing the CDK stacks"):
        return synthesize(chosen, ASSEMBLY)


def _cloud(state_dir: Path) -> CloudSettings:
    from fastscale.errors import InputError
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        raise InputError(f"no local cloud runs in {state_dir}: `fastscale local up --no-deploy` starts an empty one")
    return settings


def _place(cloud: CloudSettings | None) -> str:
    return "AWS" if cloud is None else f"the local cloud on {cloud.endpoint_url}"


def _cdk(console: Console) -> Path:
    from fastscale.cli.progress import step
    from fastscale.deploy import cdk

    found = cdk.find()
    if found is not None:
        return found
    with step(console, f"Bringing the CDK command line ({cdk.PACKAGE}) to {cdk.cache_dir()}"):
        return cdk.bring()


def _deploy_locally(console: Console, folder: Path, cloud: CloudSettings) -> dict[str, dict[str, str]]:
    from fastscale.cli.progress import step
    from fastscale.localcloud.deploy import deploy as deploy_assembly

    with step(console, "Deploying the templates through CloudFormation") as update:
        return deploy_assembly(folder, cloud.endpoint_url, cloud.region, update)


def _end(outputs: Mapping[str, Mapping[str, str]], next_step: str) -> None:
    for stack, values in outputs.items():
        for key, value in values.items():
            typer.echo(f"{stack}.{key} = {value}")
    typer.echo(f"Next: `{next_step}` says whether everything is as it should be.")

"""`fastscale synth|deploy|diff|destroy`: the stacks of a plan, on AWS or on the local cloud."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale import names
from fastscale.cli.options import ASSEMBLY, STATE_DIR, PlanFile, Profile, StateDir, Yes

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.cli.places import Outputs, Place
    from fastscale.deploy.assembly import AssemblyStack
    from fastscale.deploy.deployed import Deployed

#: Stacks that a plan has or has not.
OPTIONAL_STACKS = (names.STACK_PULSE,)
#: What the CDK calls the outputs by which its stacks know each other.
BETWEEN_STACKS = "ExportsOutput"

Stacks = Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Stacks; default: all of them.")]
Local = Annotated[bool, typer.Option("--local", help="The running local cloud instead of AWS.")]
Assembly = Annotated[Path | None, typer.Option(help="Use this cloud assembly as it is instead of synthesizing.")]
DeleteLogs = Annotated[bool, typer.Option("--delete-logs", help="Delete the access logs too, which stay otherwise.")]


def synth(profile: Profile = None, plan: PlanFile = None) -> None:
    """Synthesize the stacks into cdk.out."""
    from fastscale.deploy.assembly import read_assembly

    folder = _assembly(_console(), profile, plan, None)
    for stack in read_assembly(folder):
        typer.echo(f"{folder}/{stack.name}.template.json")


def diff(
    stacks: Stacks = None,
    local: Local = False,
    profile: Profile = None,
    plan: PlanFile = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what a deployment would change; changes nothing."""
    from fastscale.deploy.choice import chosen

    console = _console()
    cloud = _local(console, state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    picked = chosen(folder, stacks or [])
    (cloud or _aws(console, folder)).diff(folder, picked)


def deploy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = None,
    plan: PlanFile = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Create or update the stacks and those that they need, after asking; ends with their outputs.

    What another stack still uses is kept until that stack has let go of it, and a stack that the plan no longer has
    is deleted.
    """
    from fastscale.cli.agreement import ask
    from fastscale.deploy.choice import Along, chosen

    console = _console()
    cloud = _local(console, state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    picked = chosen(folder, stacks or [], Along.NEEDED)
    place = cloud or _aws(console, folder)
    deployed = place.deployed()
    dropped = _dropped(picked, deployed) if not stacks else []
    ask(_question(picked, dropped, place), yes=yes)
    _drop(dropped, deployed)
    _end(_deploy(place, folder, picked, deployed), place.examine)


def destroy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = None,
    plan: PlanFile = None,
    assembly: Assembly = None,
    delete_logs: DeleteLogs = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Delete the stacks and those that need them, after asking; says what stays."""
    from fastscale.cli.agreement import ask
    from fastscale.deploy.choice import Along, chosen
    from fastscale.deploy.remains import delete_buckets, remains

    console = _console()
    cloud = _local(console, state_dir) if local else None
    folder = _assembly(console, profile, plan, assembly)
    picked = chosen(folder, stacks or [], Along.NEEDING)
    place = cloud or _aws(console, folder)
    deployed = place.deployed()
    dropped = _dropped(picked, deployed) if not stacks else []
    listed = [*dropped, *(stack.name for stack in reversed(picked))]
    ask(f"Delete {', '.join(listed)} from {place.name}, and all that runs in them?", yes=yes)
    left = remains(deployed, listed) if deployed is not None else []
    _drop(dropped, deployed)
    place.destroy(folder, picked)
    if delete_logs:
        left = list(delete_buckets(place.s3(), left))
    for one in left:
        typer.echo(one.line)
    typer.echo("The stacks are gone.")


def _deploy(place: Place, folder: Path, stacks: Sequence[AssemblyStack], deployed: Deployed | None) -> Outputs:
    from fastscale.deploy.transition import first_step

    listed = [stack.name for stack in stacks]
    with TemporaryDirectory(prefix="fastscale-") as scratch:
        first = first_step(folder, stacks, deployed, Path(scratch)) if deployed is not None else None
        if first is not None:
            typer.echo("In two steps: first without taking away what another stack still uses.", err=True)
            place.deploy(first, listed)
    return place.deploy(folder, listed)


def _dropped(stacks: Sequence[AssemblyStack], deployed: Deployed | None) -> list[str]:
    """Stacks that are deployed though the plan has them no more."""
    wanted = {stack.name for stack in stacks}
    return [name for name in OPTIONAL_STACKS if deployed is not None and name not in wanted and deployed.exists(name)]


def _drop(stacks: Sequence[str], deployed: Deployed | None) -> None:
    """Delete the stacks of :func:`_dropped`, which use what the others have."""
    for name in stacks:
        if deployed is not None:
            deployed.delete(name)
            typer.echo(f"Deleted {name}, which the plan no longer has.", err=True)


def _question(stacks: Sequence[AssemblyStack], dropped: Sequence[str], place: Place) -> str:
    question = f"Deploy {', '.join(stack.name for stack in stacks)} to {place.name}"
    return f"{question} and delete {', '.join(dropped)}, which the plan no longer has?" if dropped else f"{question}?"


def _console() -> Console:
    """Progress goes to standard error, so that answers can be piped."""
    from rich.console import Console

    return Console(stderr=True)


def _assembly(console: Console, profile: str | None, plan: Path | None, given: Path | None) -> Path:
    from fastscale.cdk.synthesis import synthesize
    from fastscale.cli.plan_choice import load_plan
    from fastscale.cli.progress import step

    if given is not None:
        return given
    chosen = load_plan(profile, plan)
    with step(console, "Synthesizing the CDK stacks"):
        return synthesize(chosen, ASSEMBLY)


def _local(console: Console, state_dir: Path) -> Place:
    from fastscale.cli.places import Local
    from fastscale.errors import InputError
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        raise InputError(f"no local cloud runs in {state_dir}: `fastscale local up --no-deploy` starts an empty one")
    return Local(console, settings)


def _aws(console: Console, folder: Path) -> Place:
    from fastscale.cli.places import Aws
    from fastscale.deploy.choice import region

    return Aws(console, region(folder))


def _end(outputs: Outputs, next_step: str) -> None:
    for stack, values in outputs.items():
        for key, value in values.items():
            if not key.startswith(BETWEEN_STACKS):
                typer.echo(f"{stack}.{key} = {value}")
    typer.echo(f"Next: `{next_step}` says whether everything is as it should be.")

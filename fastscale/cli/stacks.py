"""`fastscale synth|deploy|diff|destroy`: the stacks of a plan, on AWS or on the local cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale import names
from fastscale.cli.options import ASSEMBLY, STATE_DIR, PlanFile, Profile, Region, StateDir, Yes

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.cli.places import Outputs, Place
    from fastscale.deploy.assembly import AssemblyStack
    from fastscale.deploy.choice import Along
    from fastscale.deploy.deployed import Deployed
    from fastscale.localcloud.settings import CloudSettings
    from fastscale.plan import Plan

#: Stacks that a plan has or has not.
OPTIONAL_STACKS = (names.STACK_PULSE,)
#: What the CDK calls the outputs by which its stacks know each other.
BETWEEN_STACKS = "ExportsOutput"

Stacks = Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Stacks; default: all of them.")]
Local = Annotated[bool, typer.Option("--local", help="The running local cloud instead of AWS.")]
Assembly = Annotated[Path | None, typer.Option(help="Use this cloud assembly as it is instead of synthesizing.")]
DeleteLogs = Annotated[bool, typer.Option("--delete-logs", help="Delete the access logs too, which stay otherwise.")]


@dataclass(frozen=True)
class Work:
    """The stacks that are meant, the assembly that they come from, and where they go."""

    stacks: Sequence[AssemblyStack]
    folder: Path
    place: Place


def synth(profile: Profile = None, plan: PlanFile = None, region: Region = None) -> None:
    """Synthesize the stacks into cdk.out."""
    from fastscale.deploy.assembly import read_assembly

    folder = _synthesize(_console(), _plan(profile, plan, region))
    for stack in read_assembly(folder):
        typer.echo(f"{folder}/{stack.name}.template.json")


def diff(
    stacks: Stacks = None,
    local: Local = False,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what a deployment would change; changes nothing."""
    from fastscale.deploy.choice import Along

    source = _Source(profile=profile, plan=plan, region=region, assembly=assembly)
    work = source.work(stacks, Along.NOTHING, state_dir=state_dir if local else None)
    work.place.diff(work.folder, work.stacks)


def deploy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
    assembly: Assembly = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Create or update the stacks and those that they need: shows what changes, asks, and ends with their outputs.

    What another stack still uses is kept until that stack has let go of it, and a stack that the plan no longer has
    is deleted.
    """
    from fastscale.cli.agreement import ask
    from fastscale.deploy.choice import Along

    source = _Source(profile=profile, plan=plan, region=region, assembly=assembly)
    work = source.work(stacks, Along.NEEDED, state_dir=state_dir if local else None)
    deployed, dropped = _deployed(work, stacks)
    work.place.diff(work.folder, work.stacks)
    ask(_question(work.stacks, dropped, work.place), yes=yes)
    _drop(dropped, deployed)
    _end(_deploy(work, deployed), work.place.examine)


def destroy(
    stacks: Stacks = None,
    local: Local = False,
    yes: Yes = False,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
    assembly: Assembly = None,
    delete_logs: DeleteLogs = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Delete the stacks and those that need them, after asking; says what stays."""
    from fastscale.cli.agreement import ask
    from fastscale.deploy.choice import Along
    from fastscale.deploy.remains import delete_buckets, remains

    source = _Source(profile=profile, plan=plan, region=region, assembly=assembly)
    work = source.work(stacks, Along.NEEDING, state_dir=state_dir if local else None)
    deployed, dropped = _deployed(work, stacks)
    listed = [*dropped, *(stack.name for stack in reversed(work.stacks))]
    ask(f"Delete {', '.join(listed)} from {work.place.name}, and all that runs in them?", yes=yes)
    left = remains(deployed, listed) if deployed is not None else []
    _drop(dropped, deployed)
    work.place.destroy(work.folder, work.stacks)
    if delete_logs:
        left = list(delete_buckets(work.place.s3(), left))
    for one in left:
        typer.echo(one.line)
    typer.echo("The stacks are gone.")


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Where the assembly comes from: an ``assembly`` as it is, else one that is synthesized for a plan."""

    profile: str | None
    plan: Path | None
    region: str | None
    assembly: Path | None

    def work(self, named: list[str] | None, along: Along, *, state_dir: Path | None) -> Work:
        """What is to be done with the stacks ``named`` (None: all), on AWS or on the local cloud of ``state_dir``.

        A local cloud has a Region of its own.
        """
        from fastscale.cli.places import Aws, Local
        from fastscale.deploy import choice

        console = _console()
        cloud = None if state_dir is None else _running_cloud(state_dir)
        where = cloud.region if cloud else self.region
        folder = self.assembly or _synthesize(console, _plan(self.profile, self.plan, where))
        stacks = choice.chosen(folder, named or [], along)
        return Work(stacks, folder, Local(console, cloud) if cloud else Aws(console, choice.region(folder) or where))


def _deployed(work: Work, named: list[str] | None) -> tuple[Deployed | None, list[str]]:
    """What is there already, and which of it the plan has no more; stacks that were named take none along."""
    deployed = work.place.deployed()
    return deployed, [] if named else _dropped(work.stacks, deployed)


def _deploy(work: Work, deployed: Deployed | None) -> Outputs:
    from fastscale.deploy.transition import first_step

    listed = [stack.name for stack in work.stacks]
    with TemporaryDirectory(prefix="fastscale-") as scratch:
        first = first_step(work.folder, work.stacks, deployed, Path(scratch)) if deployed is not None else None
        if first is not None:
            typer.echo("In two steps: first without taking away what another stack still uses.", err=True)
            work.place.deploy(first, listed)
    return work.place.deploy(work.folder, listed)


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


def _plan(profile: str | None, path: Path | None, region: str | None) -> Plan:
    """The plan, in the Region that all commands take: the given one, else the AWS environment's, else the plan's."""
    from fastscale.aws.session import environment_region
    from fastscale.cli.plan_choice import load_plan

    plan = load_plan(profile, path)
    return plan.model_copy(update={"region": environment_region(region, default_region=plan.region)})


def _synthesize(console: Console, plan: Plan) -> Path:
    from fastscale.cdk.synthesis import synthesize
    from fastscale.cli.progress import step

    with step(console, f"Synthesizing the CDK stacks for {plan.region}"):
        return synthesize(plan, ASSEMBLY)


def _running_cloud(state_dir: Path) -> CloudSettings:
    from fastscale.errors import InputError
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        raise InputError(f"no local cloud runs in {state_dir}: `fastscale local up --no-deploy` starts an empty one")
    return settings


def _end(outputs: Outputs, next_step: str) -> None:
    for stack, values in outputs.items():
        for key, value in values.items():
            if not key.startswith(BETWEEN_STACKS):
                typer.echo(f"{stack}.{key} = {value}")
    typer.echo(f"Next: `{next_step}` says whether everything is as it should be.")

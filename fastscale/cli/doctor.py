"""`fastscale doctor`: what is wrong with the deployed service, and how to mend it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fastscale.aws.session import MakeClient


def doctor(
    local: Annotated[bool, typer.Option("--local", help="Examine the running local cloud instead of AWS.")] = False,
    profile: Annotated[str, typer.Option(help="Plan that was deployed: default or reference.")] = "default",
    plan: Annotated[Path | None, typer.Option(help="Plan file (fastscale.toml); wins over --profile.")] = None,
    region: Annotated[
        str | None,
        # boto3 itself reads AWS_DEFAULT_REGION alone
        typer.Option(envvar="AWS_REGION", show_envvar=False, help="AWS Region; default: AWS_REGION, then the plan's."),
    ] = None,
    state_dir: Annotated[Path, typer.Option(help="Where the local cloud keeps its state.")] = Path(".fastscale"),
) -> None:
    """Say what is wrong with the deployed service and how to mend it: one line each, and a fix below a problem.

    Asks AWS with the usual credentials, and changes nothing. Exits 1 when something is wrong.
    """
    from fastscale.aws.session import environment_clients
    from fastscale.cli.stack import PlanChoice
    from fastscale.doctor.examination import examine
    from fastscale.doctor.finding import Level
    from fastscale.doctor.report import lines

    loaded = PlanChoice(profile, plan).load()
    make = _local_clients(state_dir) if local else environment_clients(region, default_region=loaded.region)
    findings = list(examine(loaded, make, time.time(), local=local))
    for line in lines(findings):
        typer.echo(line)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)


def _local_clients(state_dir: Path) -> MakeClient:
    from fastscale.aws.session import local_client
    from fastscale.errors import InputError
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        raise InputError(f"no local cloud runs in {state_dir}: `fastscale local up` starts one")
    return partial(local_client, endpoint_url=settings.endpoint_url, region=settings.region)

"""`fastscale doctor`: what is wrong with the deployed service, and how to mend it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale.cli.options import STATE_DIR, PlanFile, Profile, Region, StateDir

if TYPE_CHECKING:
    from fastscale.aws.session import MakeClient


def doctor(
    local: Annotated[bool, typer.Option("--local", help="Examine the running local cloud instead of AWS.")] = False,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Say what is wrong with the deployed service and how to mend it: one line each, and a fix below a problem.

    Asks AWS with the usual credentials, and changes nothing. Exits 1 when something is wrong.
    """
    from fastscale.aws.session import environment_clients
    from fastscale.cli.plan_choice import load_plan
    from fastscale.doctor.examination import examine
    from fastscale.doctor.finding import Level
    from fastscale.doctor.report import lines

    loaded = load_plan(profile, plan)
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

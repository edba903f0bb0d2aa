"""`fastscale doctor`: what is wrong with the deployed service, and how to mend it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fastscale.doctor.reading import MakeClient
    from fastscale.plan import Plan


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
    from fastscale.cli.stack import PlanChoice
    from fastscale.doctor.examination import examine
    from fastscale.doctor.finding import Level
    from fastscale.doctor.report import lines

    loaded = PlanChoice(profile, plan).load()
    make = _local_clients(state_dir) if local else _aws_clients(loaded, region)
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


def _aws_clients(plan: Plan, region: str | None) -> MakeClient:
    """Clients as the AWS environment says; they give up soon, because a person waits."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    from fastscale.errors import InputError

    try:
        session = boto3.Session(region_name=region)
        where = session.region_name or plan.region
    except BotoCoreError as error:  # a profile that is not configured
        raise InputError(f"the AWS environment cannot be used: {error}") from error
    config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})
    return partial(session.client, region_name=where, config=config)

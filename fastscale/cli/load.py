"""`fastscale load`: a surge against a service that is already there, with the report of the demonstration."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from fastscale.cli import options
from fastscale.demo.settings import DemoSettings, long_enough


def load(
    url: Annotated[str, typer.Argument(help="Base URL of your service, such as http://localhost:8000.")],
    profile: options.Profile = None,
    plan: options.PlanFile = None,
    path: Annotated[str, typer.Option(help="Path to request.")] = DemoSettings.path,
    calm_rate: options.CalmRate = DemoSettings.calm_rate,
    surge_rate: options.SurgeRate = DemoSettings.surge_rate,
    calm: options.Calm = DemoSettings.calm_seconds,
    duration: options.Duration = None,
    task_capacity: options.TaskCapacity = DemoSettings.task_capacity,
    min_tasks: Annotated[int | None, typer.Option(help="Healthy tasks to wait for; default: the plan's floor.")] = None,
    seed: options.Seed = DemoSettings.seed,
    region: options.Region = None,
    out: options.ReportFolder = Path("out/load"),
    compare: options.Compare = None,
    json_output: options.JsonReport = False,
    mine: Annotated[
        bool,
        typer.Option("--yes-this-is-mine", help="Needed for a URL off this machine: load on others is an attack."),
    ] = False,
) -> None:
    """Drive a surge at URL and report how the service answered, read from the API of the AWS environment.

    For a local cloud set AWS_ENDPOINT_URL as `fastscale local up` says. Exits 0 only if a scale-out was triggered and
    served traffic recovered.
    """
    from rich.console import Console

    from fastscale.aws.session import environment_clients
    from fastscale.cli.missing import require
    from fastscale.cli.plan_choice import load_plan
    from fastscale.demo.access import require_access
    from fastscale.demo.run import demonstrate
    from fastscale.demo.settings import ServiceNames
    from fastscale.demo.watch import Watcher

    require("locust")
    require_mine(url, mine=mine)
    loaded = load_plan(profile, plan)
    startup = loaded.task.startup_seconds
    settings = DemoSettings(
        calm_rate=calm_rate,
        surge_rate=surge_rate,
        calm_seconds=calm,
        surge_seconds=long_enough(startup) if duration is None else duration,
        startup_seconds=startup,
        task_capacity=task_capacity,
        min_tasks=loaded.scaling.min_capacity if min_tasks is None else min_tasks,
        seed=seed,
        path=path,
        out_dir=out,
        compare=compare,
        json_output=json_output,
    )
    client, service = environment_clients(region, default_region=loaded.region), ServiceNames.of(loaded)
    require_access(client, service)
    raise typer.Exit(
        demonstrate(settings, Watcher(client, service), url.rstrip("/"), loaded, Console(stderr=json_output))
    )


def require_mine(url: str, *, mine: bool) -> None:
    """Raise InputError for a URL off this machine that its owner has not vouched for."""
    from fastscale.errors import InputError

    try:
        host = urlsplit(url).hostname
    except ValueError as error:
        raise InputError(f"{url!r} is not a URL: {error}") from error
    if urlsplit(url).scheme not in ("http", "https") or not host:
        raise InputError(f"{url!r} is not a URL: give http://HOST:PORT")
    if not mine and not _is_loopback(host):
        raise InputError(
            f"{host} is not this machine: load on a host of others is an attack; --yes-this-is-mine goes on"
        )


def _is_loopback(host: str) -> bool:
    """Names other than localhost are not looked up: what they mean may change until the load begins."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

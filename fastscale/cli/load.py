"""`fastscale load`: a surge against a service that is already there, with the report of the demonstration."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer


def load(
    url: Annotated[str, typer.Argument(help="Base URL of your service, such as http://localhost:8000.")],
    profile: Annotated[str, typer.Option(help="Plan that was deployed: default or reference.")] = "default",
    plan: Annotated[Path | None, typer.Option(help="Plan file (fastscale.toml); wins over --profile.")] = None,
    path: Annotated[str, typer.Option(help="Path to request.")] = "/",
    calm_rate: Annotated[float, typer.Option(help="Requests/s before the surge.")] = 60.0,
    surge_rate: Annotated[float, typer.Option(help="Requests/s during the surge.")] = 600.0,
    calm: Annotated[float, typer.Option(help="Seconds of calm traffic first.")] = 20.0,
    duration: Annotated[float, typer.Option(help="Seconds of surge.")] = 80.0,
    task_capacity: Annotated[float, typer.Option(help="Requests/s that one task can serve.")] = 100.0,
    min_tasks: Annotated[int | None, typer.Option(help="Healthy tasks to wait for; default: the plan's floor.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the arrivals.")] = 1,
    region: Annotated[
        str | None,
        typer.Option(envvar="AWS_REGION", show_envvar=False, help="AWS Region; default: AWS_REGION, then the plan's."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of report.json and report.html.")] = Path("out/load"),
    compare: Annotated[Path | None, typer.Option(help="report.json of an earlier run to put beside this one.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")] = False,
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
    from fastscale.cli.stack import PlanChoice
    from fastscale.demo.access import require_access
    from fastscale.demo.run import demonstrate
    from fastscale.demo.settings import DemoSettings, ServiceNames
    from fastscale.demo.watch import Watcher

    require_mine(url, mine=mine)
    loaded = PlanChoice(profile, plan).load()
    settings = DemoSettings(
        calm_rate=calm_rate,
        surge_rate=surge_rate,
        calm_seconds=calm,
        surge_seconds=duration,
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

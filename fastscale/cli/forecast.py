"""`fastscale forecast`: what Pulse has learnt of a service's days, and the tasks that it will hold ready."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale import names
from fastscale.cli.options import PlanFile, Profile, Region

if TYPE_CHECKING:
    from fastscale.decide.pulse.season import Season
    from fastscale.decide.pulse.season_outlook import Outlook
    from fastscale.plan import Plan


def forecast(
    traffic: Annotated[
        str | None, typer.Argument(help="Days of traffic to learn from: any file that `simulate` reads.")
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="File that a Pulse keeps its history in. Without it and traffic: the table.")
    ] = None,
    profile: Profile = None,
    plan: PlanFile = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Where traffic's users live, such as Asia/Seoul; default: the plan's.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Multiply traffic by this.")] = 1.0,
    table: Annotated[str, typer.Option(help="DynamoDB table of Pulse.")] = names.PULSE_TABLE,
    region: Region = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with the plot.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw the next 24 hours as Pulse expects them: load, tasks held ready ahead of peaks, and how sure that is.

    It learns from TRAFFIC, or reads what a running Pulse has learnt: from a file, or from its table in the AWS
    environment (for a local cloud set AWS_ENDPOINT_URL as `fastscale local up` says).
    """
    from fastscale.cli.plan_choice import load_plan
    from fastscale.decide.pulse.season_outlook import measured_until, outlook
    from fastscale.errors import InputError

    if traffic is not None and history is not None:
        raise InputError("give traffic or --history, not both")
    loaded = load_plan(profile, plan)
    name = traffic or _service(loaded)
    if traffic is not None:
        season, now = _from_traffic(traffic, scale, time_zone or loaded.time_zone)
    elif history is not None:
        season = _from_file(history)
        now = measured_until(season) or time.time()
    else:
        season, now = _from_table(loaded, table, region), time.time()
    shown = outlook(
        season,
        now,
        startup_seconds=loaded.task.startup_seconds,
        requests_per_task=loaded.requests_per_task,
    )
    _print(shown, name, as_json)
    if html is not None:
        _write_page(html, shown, name, loaded.requests_per_task)


def _from_traffic(text: str, scale: float, time_zone: str) -> tuple[Season, float]:
    """What the traffic teaches, and its end."""
    from fastscale.pulse.forecast.learning import learnt
    from fastscale.simulate.traffic.source import load
    from fastscale.simulate.traffic.trace import minute_means

    trace = load(text).scaled(scale)
    season = learnt(minute_means(trace.rates).tolist(), start=trace.start, time_zone=time_zone)
    return season, trace.start + trace.seconds


def _from_file(path: Path) -> Season:
    from fastscale.decide.pulse import season_bytes
    from fastscale.errors import InputError, StoreError

    try:
        return season_bytes.from_bytes(path.read_bytes())
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except StoreError as error:
        raise InputError(f"{str(path)!r}: {error}") from error


def _from_table(plan: Plan, table: str, region: str | None) -> Season:
    from fastscale.aws.history_table import DynamoHistoryStore
    from fastscale.aws.session import environment_clients
    from fastscale.decide.pulse import season_bytes
    from fastscale.errors import InputError

    client = environment_clients(region, default_region=plan.region)("dynamodb")
    content = DynamoHistoryStore(client, table=table).load(_service(plan))
    if content is None:
        raise InputError(
            f"table {table} holds no history of {_service(plan)}: Pulse saves one some minutes after its start, when "
            "`learn` is on; or name a traffic file to learn from"
        )
    return season_bytes.from_bytes(content)


def _service(plan: Plan) -> str:
    return f"service/{plan.service.cluster}/{plan.service.name}"


def _print(shown: Outlook, name: str, as_json: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from fastscale.pulse.forecast import chart

    if as_json:
        typer.echo(json.dumps({"service": name, **asdict(shown)}, indent=2))
        return
    console = Console(highlight=False)
    console.print(Text.assemble((name, "bold"), f": the next 24 hours, {shown.time_zone}"))
    for line in chart.lines(shown):
        console.print(line, markup=False, no_wrap=True)
    console.print(f"By the {shown.cycle} pattern, {100 * shown.confidence:.0f} % sure.")
    if shown.silence is not None:
        console.print(f"No floor is raised: {shown.silence}.")
        return
    for at, floor in chart.floors(shown):
        console.print(f"from {at}  at least {floor}")


def _write_page(path: Path, shown: Outlook, name: str, requests_per_task: float) -> None:
    from fastscale.files import write_whole
    from fastscale.pulse.forecast import page

    write_whole(path, page.render(shown, service=name, requests_per_task=requests_per_task))
    typer.echo(f"Page: {path}", err=True)

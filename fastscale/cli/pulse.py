"""`fastscale pulse`: run the one-second controller, watch what it would do, or ask one why it did what it did."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fastscale import names
from fastscale.cli.options import PlanFile, Profile, Region

if TYPE_CHECKING:
    from rich.table import Table

    from fastscale.plan import Plan
    from fastscale.pulse.dry_run import Line
    from fastscale.pulse.settings import PulseSettings

#: How far back a log group is read, in seconds.
LOG_SECONDS = 3600
#: Where a controller on this machine answers.
HERE = f"http://127.0.0.1:{names.PULSE_PORT}"

app = typer.Typer(help="Pulse, the controller that looks once a second.", no_args_is_help=True)

Port = Annotated[int, typer.Option(min=0, max=65535, help="Where /health, /metrics and /decisions answer.")]


@app.command()
def run(
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
    host: Annotated[str, typer.Option(help="The address to answer on.")] = "127.0.0.1",
    port: Port = names.PULSE_PORT,
    history: Annotated[
        Path | None, typer.Option(help="Folder that keeps what was learnt; default: the table in PULSE_TABLE.")
    ] = None,
) -> None:
    """Watch the service each second and set its desired count, until told to end. Logs JSON lines.

    What to watch comes from a plan, or from the environment as in Pulse's container (PULSE_CLUSTER, PULSE_SERVICE,
    PULSE_PLAN, or PULSE_SERVICES). PULSE_TABLE names the table of two replicas and of what was learnt, which no plan
    knows. AWS_ENDPOINT_URL points it at the local cloud.
    """
    from dataclasses import replace

    from fastscale.pulse import json_log
    from fastscale.pulse.start import environment_program

    table = os.environ.get(names.PULSE_ENV_TABLE) or None
    settings = replace(_settings(profile, plan), host=host, port=port, history=history, table=table)
    json_log.install()
    environment_program(settings, region=region).run()


@app.command("dry-run")
def dry_run(profile: Profile = None, plan: PlanFile = None, region: Region = None) -> None:
    """Tell what Pulse would do beside what the alarms did, until Ctrl-C. Changes and publishes nothing."""
    from dataclasses import replace

    from fastscale.pulse.start import dry_run as start

    lines: list[Line] = []

    def tell(line: Line) -> None:
        lines.append(line)
        typer.echo(_text(line))

    settings = replace(_settings(profile, plan), port=0).dry()
    typer.echo(f"watching {', '.join(one.watched.service for one in settings.services)}: nothing is changed")
    try:
        start(settings, region=region, tell=tell)
    finally:
        wished = sum(line.who == "pulse" and line.text.startswith("would set") for line in lines)
        acted = sum(line.who == "alarms" for line in lines)
        typer.echo(f"Pulse would have set the count {wished} times; alarms and schedules acted {acted} times")


@app.command()
def explain(
    url: Annotated[
        str | None, typer.Option(help=f"Where the controller answers; on this machine: {HERE} unless told otherwise.")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="Read its log (JSON lines) instead of asking it.")] = None,
    log_group: Annotated[
        str | None,
        typer.Option(help=f"Read the last hour of this CloudWatch log group, such as {names.PULSE_LOG_GROUP}."),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only this one: service/CLUSTER/NAME.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many decisions to show.")] = 20,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Region = None,
) -> None:
    """Show the last decisions of a controller and their reasons.

    Asks the controller on this machine; when there is none, reads the log group of the one that the plan deploys.
    """
    from rich.console import Console

    from fastscale.cli.plan_choice import load_plan
    from fastscale.pulse import explaining

    if log:
        entries = explaining.from_log(log)
    elif log_group:
        entries = _from_log_group(load_plan(profile, plan), region, log_group)
    elif url:
        entries = explaining.from_controller(url)
    else:
        entries = _from_wherever_it_is(profile, plan, region)
    chosen = [entry for entry in entries if service in (None, entry["service"])]
    if not chosen:
        typer.echo("no decision yet")
        return
    Console().print(_table(chosen[-last:]))


def _from_wherever_it_is(profile: str | None, plan: Path | None, region: str | None) -> list[dict[str, Any]]:
    from fastscale.cli.plan_choice import load_plan
    from fastscale.errors import InputError
    from fastscale.pulse import explaining

    try:
        return explaining.from_controller(HERE)
    except InputError as nobody:
        deployed = load_plan(profile, plan)
        try:
            return _from_log_group(deployed, region, deployed.pulse.log_group)
        except InputError:
            raise nobody from None


def _from_log_group(plan: Plan, region: str | None, group: str) -> list[dict[str, Any]]:
    from fastscale.aws.session import environment_clients
    from fastscale.pulse import explaining

    logs = environment_clients(region, default_region=plan.region)("logs")
    return explaining.from_log_group(logs, group, since=time.time() - LOG_SECONDS)


def _settings(profile: str | None, plan: Path | None) -> PulseSettings:
    from fastscale.cli.plan_choice import load_plan
    from fastscale.pulse.settings import from_environment, from_plan

    named = names.PULSE_ENV_SERVICE in os.environ or names.PULSE_ENV_SERVICES in os.environ
    if named and profile is None and plan is None:
        return from_environment(os.environ)
    return from_plan(load_plan(profile, plan))


def _text(line: Line) -> str:
    from datetime import datetime

    return f"{datetime.fromtimestamp(line.at):%H:%M:%S}  {line.who:<6}  {line.text}"


def _table(entries: list[dict[str, Any]]) -> Table:
    from datetime import datetime

    from rich import box
    from rich.table import Table
    from rich.text import Text

    services = {entry["service"] for entry in entries}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Time", *(["Service"] if len(services) > 1 else []), "Move"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Requests/s", "Serving", "Tasks"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Why")
    for entry in entries:
        rate, serving = entry.get("rate"), entry.get("serving")
        table.add_row(
            f"{datetime.fromtimestamp(entry['at']):%H:%M:%S}",
            *([entry["service"]] if len(services) > 1 else []),
            entry["move"],
            "-" if rate is None else f"{rate:,.0f}",
            "-" if serving is None else str(serving),
            _tasks(entry),
            Text(f"{entry['reason']} ({entry['note']})" if entry.get("note") else entry["reason"]),
        )
    return table


def _tasks(entry: dict[str, Any]) -> str:
    """From which count to which; in brackets what was only wanted."""
    before = "-" if entry.get("desired") is None else str(entry["desired"])
    if entry.get("set") is not None:
        return f"{before} -> {entry['set']}"
    return before if entry.get("wanted") is None else f"{before} -> ({entry['wanted']})"

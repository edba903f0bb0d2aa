"""`fastscale demo`: a surge meets a fast-scaling service on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    profile: Annotated[str, typer.Option(help="Plan to show: default or reference.")] = "default",
    plan: Annotated[Path | None, typer.Option(help="Plan file (fastscale.toml); wins over --profile.")] = None,
    calm_rate: Annotated[float, typer.Option(help="Requests/s before the surge.")] = 60.0,
    surge_rate: Annotated[float, typer.Option(help="Requests/s during the surge.")] = 600.0,
    calm: Annotated[float, typer.Option(help="Seconds of calm traffic first.")] = 20.0,
    duration: Annotated[float, typer.Option(help="Seconds of surge.")] = 80.0,
    startup: Annotated[float | None, typer.Option(help="Seconds a task needs to RUNNING; default: the plan's.")] = None,
    task_capacity: Annotated[float, typer.Option(help="Requests/s that one task can serve.")] = 100.0,
    seed: Annotated[int, typer.Option(help="Seed of the arrivals.")] = 1,
    port: Annotated[int, typer.Option(help="Port of the local AWS API.")] = 4566,
    alb_port: Annotated[int, typer.Option(help="Port of the load balancer.")] = 8000,
    out: Annotated[Path, typer.Option(help="Folder of report.json and report.html.")] = Path("out/demo"),
    pulse: Annotated[
        bool | None, typer.Option("--pulse/--no-pulse", help="Run Pulse too; default: as the plan says.")
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="report.json of an earlier run to put beside this one.")] = None,
    state_dir: Annotated[Path, typer.Option(help="Where the cloud keeps its state and logs.")] = Path(".fastscale"),
    json_output: Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local cloud running.")] = False,
) -> None:
    """Show a surge meeting a fast-scaling ECS Fargate service, every part real except AWS's own servers.

    Exits 0 only if a scale-out was triggered and served traffic recovered.
    """
    from rich.console import Console

    from fastscale.cli.stack import PlanChoice, bring_up, cloud_settings
    from fastscale.demo.run import run_demo
    from fastscale.demo.settings import CloudAddress, DemoSettings

    console = Console(stderr=json_output)
    choice = PlanChoice(profile, plan, pulse)
    loaded = choice.load()
    settings = DemoSettings(
        calm_rate=calm_rate,
        surge_rate=surge_rate,
        calm_seconds=calm,
        surge_seconds=duration,
        task_capacity=task_capacity,
        min_tasks=loaded.scaling.min_capacity,
        seed=seed,
        startup_seconds=startup,
        out_dir=out,
        compare=compare,
        json_output=json_output,
    )
    local = cloud_settings(
        loaded, state_dir=state_dir, port=port, alb_port=alb_port, startup=startup, task_capacity=task_capacity
    )
    cloud = bring_up(console, choice, local)
    try:
        address = CloudAddress(local.endpoint_url, local.alb_url, local.region)
        code = run_demo(settings, address, loaded, console)
    except BaseException:
        cloud.stop()
        raise
    if keep:
        cloud.unleash()
        console.print("The local cloud keeps running: `fastscale local status`, `fastscale local down`.")
    else:
        cloud.stop()
    raise typer.Exit(code)

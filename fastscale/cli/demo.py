"""`fastscale demo`: a surge meets a fast-scaling service on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fastscale.cli import options
from fastscale.cli.options import STATE_DIR
from fastscale.demo.settings import CloudAddress, DemoSettings, long_enough
from fastscale.localcloud.settings import CloudSettings

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.plan import Plan


def demo(
    profile: options.Profile = None,
    plan: options.PlanFile = None,
    calm_rate: options.CalmRate = DemoSettings.calm_rate,
    surge_rate: options.SurgeRate = DemoSettings.surge_rate,
    calm: options.Calm = DemoSettings.calm_seconds,
    duration: options.Duration = None,
    startup: options.Startup = None,
    task_capacity: options.TaskCapacity = DemoSettings.task_capacity,
    seed: options.Seed = DemoSettings.seed,
    port: options.Port = CloudSettings.port,
    alb_port: options.AlbPort = CloudSettings.alb_port,
    out: options.RunFolder = None,
    pulse: options.PulseChoice = None,
    compare: options.CompareLast = None,
    state_dir: options.StateDir = STATE_DIR,
    json_output: options.JsonReport = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local cloud running.")] = False,
) -> None:
    """Show a surge meeting a fast-scaling ECS Fargate service, every part real except AWS's own servers.

    Exits 0 only if a scale-out was triggered and served traffic recovered.
    """
    from rich.console import Console

    from fastscale.cli.missing import require
    from fastscale.cli.plan_choice import load_plan
    from fastscale.cli.stack import cloud_settings
    from fastscale.demo.earlier import beside_earlier, folder_of

    require("locust")
    console = Console(stderr=json_output)
    loaded = load_plan(profile, plan, pulse=pulse)
    local = cloud_settings(
        loaded, state_dir=state_dir, port=port, alb_port=alb_port, startup=startup, task_capacity=task_capacity
    )
    settings = DemoSettings(
        calm_rate=calm_rate,
        surge_rate=surge_rate,
        calm_seconds=calm,
        surge_seconds=long_enough(local.startup_seconds) if duration is None else duration,
        task_capacity=task_capacity,
        min_tasks=loaded.scaling.min_capacity,
        seed=seed,
        startup_seconds=local.startup_seconds,
        out_dir=out or folder_of(loaded.profile),
        compare=compare,
        json_output=json_output,
    )
    code = _play(beside_earlier(settings, loaded.profile), loaded, local, console, keep=keep)
    raise typer.Exit(code)


def _play(settings: DemoSettings, plan: Plan, local: CloudSettings, console: Console, *, keep: bool) -> int:
    """Bring the cloud up, run the demonstration in it, and end it unless it is to be kept; the exit code."""
    from fastscale.cli.stack import bring_up, ended_on_failure
    from fastscale.demo.run import run_demo

    cloud = bring_up(console, plan, local)
    with ended_on_failure(cloud):
        code = run_demo(settings, CloudAddress.of(local), plan, console)
    if keep:
        cloud.unleash()
        console.print("The local cloud keeps running: `fastscale local status`, `fastscale local down`.")
    else:
        cloud.stop()
    return code

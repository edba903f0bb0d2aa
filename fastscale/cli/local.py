"""`fastscale local up|down|status`: the local cloud alone, for experiments of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale import names

if TYPE_CHECKING:
    from fastscale.localcloud.settings import CloudSettings

app = typer.Typer(help="Run the local cloud for your own experiments.", no_args_is_help=True)

STATE_DIR = Path(".fastscale")

StateDir = Annotated[Path, typer.Option(help="Where the cloud keeps its state and logs.")]


@app.command()
def up(
    profile: Annotated[str, typer.Option(help="Plan to deploy: default or reference.")] = "default",
    plan: Annotated[Path | None, typer.Option(help="Plan file (fastscale.toml); wins over --profile.")] = None,
    port: Annotated[int, typer.Option(help="Port of the AWS API.")] = 4566,
    alb_port: Annotated[int, typer.Option(help="Port of the load balancer.")] = 8000,
    startup: Annotated[float | None, typer.Option(help="Seconds a task needs to RUNNING; default: the plan's.")] = None,
    task_capacity: Annotated[float, typer.Option(help="Requests/s that one task can serve.")] = 100.0,
    pulse: Annotated[
        bool | None, typer.Option("--pulse/--no-pulse", help="Run Pulse too; default: as the plan says.")
    ] = None,
    deploy: Annotated[bool, typer.Option(help="Deploy the stacks.")] = True,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Start the local cloud in the background and deploy the stacks to it."""
    from rich.console import Console

    from fastscale.cli.stack import PlanChoice, bring_up, cloud_settings

    console = Console()
    choice = PlanChoice(profile, plan, pulse)
    settings = cloud_settings(
        choice.load(), state_dir=state_dir, port=port, alb_port=alb_port, startup=startup, task_capacity=task_capacity
    )
    bring_up(console, choice, settings, deploy=deploy).unleash()
    console.print(_next_steps(settings), highlight=False, soft_wrap=True)


@app.command()
def down(state_dir: StateDir = STATE_DIR) -> None:
    """End the local cloud and everything that runs in it."""
    from fastscale.localcloud import launch

    typer.echo("The local cloud has ended." if launch.stop(state_dir) else "No local cloud is running.")


@app.command()
def status(state_dir: StateDir = STATE_DIR) -> None:
    """Say what runs: endpoint, stacks, service, targets and alarms. Exits 1 when nothing does."""
    from rich.console import Console

    from fastscale.cli.status import show_status
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        typer.echo("No local cloud is running: `fastscale local up` starts one.")
        raise typer.Exit(1)
    show_status(Console(), settings)


def _next_steps(settings: CloudSettings) -> str:
    return f"""
The local cloud is up. Point any AWS client at it:

  export AWS_ENDPOINT_URL={settings.endpoint_url} AWS_DEFAULT_REGION={settings.region}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws ecs describe-services --cluster {names.CLUSTER} --services {names.SERVICE}
  curl {settings.alb_url}/health

`fastscale local status` shows what runs, `fastscale local down` ends it."""

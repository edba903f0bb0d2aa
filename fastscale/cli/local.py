"""`fastscale local up|down|status`: the local cloud alone, for experiments of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fastscale.cli import options
from fastscale.cli.options import STATE_DIR
from fastscale.demo.settings import CloudAddress, DemoSettings
from fastscale.localcloud.settings import CloudSettings

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.plan import Plan, Service

app = typer.Typer(help="Run the local cloud for your own experiments.", no_args_is_help=True)


@app.command()
def up(
    profile: options.Profile = None,
    plan: options.PlanFile = None,
    port: options.Port = CloudSettings.port,
    alb_port: options.AlbPort = CloudSettings.alb_port,
    startup: options.Startup = None,
    task_capacity: options.TaskCapacity = DemoSettings.task_capacity,
    pulse: options.PulseChoice = None,
    deploy: Annotated[bool, typer.Option(help="Deploy the stacks.")] = True,
    wait: Annotated[bool, typer.Option(help="Return when the tasks of the plan's floor are healthy.")] = True,
    state_dir: options.StateDir = STATE_DIR,
) -> None:
    """Start the local cloud in the background, deploy the stacks to it, and wait until the service answers."""
    from rich.console import Console

    from fastscale.cli.plan_choice import load_plan
    from fastscale.cli.stack import bring_up, cloud_settings, ended_on_failure

    console = Console()
    loaded = load_plan(profile, plan, pulse=pulse)
    settings = cloud_settings(
        loaded, state_dir=state_dir, port=port, alb_port=alb_port, startup=startup, task_capacity=task_capacity
    )
    cloud = bring_up(console, loaded, settings, deploy=deploy)
    with ended_on_failure(cloud):
        if deploy and wait:
            _wait(console, loaded, settings)
        cloud.unleash()
    console.print(_next_steps(loaded.service, settings), highlight=False, soft_wrap=True)


@app.command()
def down(state_dir: options.StateDir = STATE_DIR) -> None:
    """End the local cloud and everything that runs in it."""
    from fastscale.localcloud import launch

    typer.echo("The local cloud has ended." if launch.stop(state_dir) else "No local cloud is running.")


@app.command()
def status(state_dir: options.StateDir = STATE_DIR) -> None:
    """Say what runs: endpoint, stacks, service, targets and alarms. Exits 1 when nothing does."""
    from rich.console import Console

    from fastscale.cli.status import show_status
    from fastscale.localcloud import launch

    settings = launch.running_settings(state_dir)
    if settings is None:
        typer.echo("No local cloud is running: `fastscale local up` starts one.")
        raise typer.Exit(1)
    show_status(Console(), settings)


def _wait(console: Console, plan: Plan, settings: CloudSettings) -> None:
    from fastscale.demo.ready import wait_until_ready
    from fastscale.demo.settings import ServiceNames, ready_within
    from fastscale.demo.watch import Watcher

    watcher = Watcher(CloudAddress.of(settings).client, ServiceNames.of(plan))
    wait_until_ready(
        watcher,
        console,
        min_tasks=plan.scaling.min_capacity,
        ready_seconds=ready_within(settings.startup_seconds),
    )


def _next_steps(service: Service, settings: CloudSettings) -> str:
    return f"""
The local cloud is up. Point any AWS client at it:

  export AWS_ENDPOINT_URL={settings.endpoint_url} AWS_DEFAULT_REGION={settings.region}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws ecs describe-services --cluster {service.cluster} --services {service.name}
  curl {settings.alb_url}/health

`fastscale local status` shows what runs, `fastscale local down` ends it."""

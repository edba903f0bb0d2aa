"""From a plan to a running local cloud: what `demo` and `local up` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastscale.cli.options import ASSEMBLY
from fastscale.cli.progress import Update, step
from fastscale.errors import DeployError, InputError

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.localcloud.launch import RunningCloud
    from fastscale.localcloud.settings import CloudSettings
    from fastscale.plan import Plan

#: How long a sample task works on a request in the local cloud, in seconds, where its capacity allows it.
SERVICE_SECONDS = 0.1


def bring_up(console: Console, plan: Plan, settings: CloudSettings, *, deploy: bool = True) -> RunningCloud:
    """Synthesize, start the local cloud and deploy the stacks, with progress. On any failure nothing stays."""
    from fastscale.cdk.synthesis import synthesize
    from fastscale.localcloud import launch

    if deploy:
        with step(console, "Synthesizing the CDK stacks"):
            synthesize(plan, ASSEMBLY)
    with step(console, f"Starting the local cloud on {settings.endpoint_url}"):
        cloud = launch.start(settings)
    if not deploy:
        return cloud
    try:
        with step(console, "Deploying the templates through CloudFormation") as update:
            _deploy(settings, ASSEMBLY, update)
    except BaseException:
        cloud.stop()
        raise
    return cloud


def _deploy(settings: CloudSettings, assembly: Path, update: Update) -> None:
    from fastscale.deploy.cloudformation import deploy

    if not assembly.is_dir():
        raise DeployError(f"{assembly} does not hold a cloud assembly")
    deploy(assembly, settings.endpoint_url, settings.region, update)


def cloud_settings(
    plan: Plan, *, state_dir: Path, port: int, alb_port: int, startup: float | None, task_capacity: float
) -> CloudSettings:
    """The local cloud for ``plan``; ``startup`` (seconds) wins over the plan's, ``task_capacity`` is in requests/s."""
    from fastscale.localcloud.settings import CloudSettings

    return CloudSettings(
        state_dir=state_dir,
        port=port,
        alb_port=alb_port,
        region=plan.region,
        load_balancer=plan.load_balancer.name,
        pulse=plan.pulse.cluster_service if plan.pulse.enabled else None,
        startup_seconds=plan.task.startup_seconds if startup is None else startup,
        task_environment=_task_environment(task_capacity),
    )


def _task_environment(task_capacity: float) -> dict[str, str]:
    """The environment that gives a sample task a capacity in requests/s: workers that are busy for a while each."""
    if not task_capacity > 0:
        raise InputError(f"task capacity {task_capacity:g} is not above 0")
    workers = max(1, round(task_capacity * SERVICE_SECONDS))
    return {"APP_WORKERS": str(workers), "APP_SERVICE_SECONDS": f"{workers / task_capacity:.6f}"}

"""From a plan to a running local cloud: what `demo` and `local up` have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastscale import names
from fastscale.cli.missing import require
from fastscale.cli.options import ASSEMBLY
from fastscale.cli.progress import Update, step
from fastscale.errors import DeployError, InputError, LocalCloudError, PortInUseError

if TYPE_CHECKING:
    from rich.console import Console

    from fastscale.localcloud.launch import RunningCloud
    from fastscale.localcloud.settings import CloudSettings
    from fastscale.plan import Plan

#: How long a sample task works on a request in the local cloud, in seconds, where its capacity allows it.
SERVICE_SECONDS = 0.1
#: Requests/s that the sample application takes settings for (app/settings.py): a worker is busy for a minute at most,
#: and there are 10,000 workers at most.
LOWEST_CAPACITY, HIGHEST_CAPACITY = 0.02, 100_000.0
HIGHEST_PORT = 65535


def bring_up(console: Console, plan: Plan, settings: CloudSettings, *, deploy: bool = True) -> RunningCloud:
    """Synthesize, start the local cloud and deploy the stacks, with progress. On any failure nothing stays.

    What stands in the way on this machine is told first of all.
    """
    from fastscale.cdk.synthesis import synthesize
    from fastscale.localcloud import launch

    require("moto", "psutil", *(["aws_cdk"] if deploy else []))
    launch.require_startable(settings)
    _require_task_ports(plan)
    if deploy:
        with step(console, "Synthesizing the CDK stacks"):
            synthesize(plan, ASSEMBLY)
    with step(console, f"Starting the local cloud on {settings.endpoint_url}"):
        cloud = launch.start(settings)
    if not deploy:
        return cloud
    with (
        ended_on_failure(cloud),
        step(console, "Deploying the templates through CloudFormation") as update,
    ):
        _deploy(settings, ASSEMBLY, update)
    return cloud


@contextmanager
def ended_on_failure(cloud: RunningCloud) -> Iterator[None]:
    """Whatever fails in it ends the cloud; what fails in the cloud is told with the place of its events."""
    try:
        yield
    except LocalCloudError as error:
        cloud.stop()
        raise LocalCloudError(f"{error}; {cloud.settings.events_path} has all events of the cloud") from error
    except BaseException:
        cloud.stop()
        raise


def _require_task_ports(plan: Plan) -> None:
    """Raise PortInUseError when no task could listen on its port, which shows minutes later otherwise."""
    from fastscale.localcloud.fargate.addresses import AddressPool

    pool = AddressPool()
    try:
        pool.take(plan.task.port)
    except PortInUseError as error:
        raise PortInUseError(f"{error}, or choose another as task.port in a plan file") from error
    if plan.pulse.enabled:
        pool.take(names.PULSE_PORT)


def _deploy(settings: CloudSettings, assembly: Path, update: Update) -> None:
    from fastscale.deploy.cloudformation import deploy

    if not assembly.is_dir():
        raise DeployError(f"{assembly} does not hold a cloud assembly")
    deploy(assembly, settings.endpoint_url, settings.region, update)


def cloud_settings(
    plan: Plan, *, state_dir: Path, port: int, alb_port: int, startup: float | None, task_capacity: float
) -> CloudSettings:
    """The local cloud for ``plan``; ``startup`` (seconds) wins over the plan's, ``task_capacity`` is in requests/s.

    Raises InputError that names the option which cannot be.
    """
    from fastscale.localcloud.settings import CloudSettings

    _require_ports(port, alb_port)
    if startup is not None and not (startup >= 0 and math.isfinite(startup)):
        raise InputError(f"--startup {startup:g} is not a time: give seconds, 0 or more")
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


def _require_ports(port: int, alb_port: int) -> None:
    for option, value in (("--port", port), ("--alb-port", alb_port)):
        if not 1 <= value <= HIGHEST_PORT:
            raise InputError(f"{option} {value} is not a port: give a number from 1 to {HIGHEST_PORT}")
    if port == alb_port:
        raise InputError(f"--port and --alb-port are both {port}: give two different ports")


def _task_environment(task_capacity: float) -> dict[str, str]:
    """The environment that gives a sample task a capacity in requests/s: workers that are busy for a while each."""
    if not LOWEST_CAPACITY <= task_capacity <= HIGHEST_CAPACITY:
        raise InputError(
            f"--task-capacity {task_capacity:g} is not what a sample task can be given: "
            f"{LOWEST_CAPACITY:g} to {HIGHEST_CAPACITY:,.0f} requests/s"
        )
    workers = max(1, round(task_capacity * SERVICE_SECONDS))
    return {"APP_WORKERS": str(workers), "APP_SERVICE_SECONDS": f"{workers / task_capacity:.6f}"}

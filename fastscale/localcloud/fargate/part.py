"""Everything that ECS and Fargate need in a local cloud, built for all services of an API server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from fastscale.aws.session import local_client
from fastscale.aws_facts import TASK_STARTUP_SECONDS
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.fargate.addresses import AddressPool
from fastscale.localcloud.fargate.api import BackstageReports, BotoCatalog, BotoService, BotoTargets
from fastscale.localcloud.fargate.definitions import ServiceKey
from fastscale.localcloud.fargate.fleet import Fleet
from fastscale.localcloud.fargate.images import LocalImages
from fastscale.localcloud.fargate.logs import BotoLogs, LogShipper
from fastscale.localcloud.fargate.loop import Apis, FargateLoop
from fastscale.localcloud.fargate.metadata import MetadataServer
from fastscale.localcloud.fargate.pace import AccountLaunches, LaunchPace
from fastscale.localcloud.fargate.runtime import TaskProcesses
from fastscale.localcloud.fargate.services import Services
from fastscale.localcloud.fargate.usage import UsageMeter
from fastscale.localcloud.processes import Processes
from fastscale.localcloud.put_metrics import BotoMetrics

#: The services of AWS that ECS's part is a client of.
CLIENTS = ("cloudwatch", "ec2", "ecs", "elbv2", "logs")


@dataclass(frozen=True, kw_only=True)
class FargateSettings:
    """How the tasks of all services run.

    ``task_environment`` wins over the task definition's environment. ``startup_seconds`` is the time from the desired
    count being raised to RUNNING, ``usage_period_seconds`` (60 or 20) the resolution of the AWS/ECS metrics.
    """

    startup_seconds: float = TASK_STARTUP_SECONDS
    usage_period_seconds: int = 60
    task_environment: Mapping[str, str] = field(default_factory=dict)


class FargatePart:
    """Runs all services: :meth:`run` until told to stop."""

    def __init__(self, *, services: Services, logs: LogShipper, metadata: MetadataServer) -> None:
        self._services = services
        self._logs = logs
        self._metadata = metadata
        metadata.describe = services.describe

    def run(self, stop: Event) -> None:
        """Run tasks and ship their logs until ``stop`` is set."""
        logs = Thread(target=self._logs.run, args=(stop,), name="task-logs")
        logs.start()
        with self._metadata:
            self._services.run(stop)
        logs.join()


class Workshop:
    """Makes the loops of services, which share the clients of the API, the processes, the addresses and the quotas."""

    def __init__(
        self,
        settings: FargateSettings,
        *,
        clients: Mapping[str, Any],
        backstage: Backstage,
        runtime: TaskProcesses,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._backstage = backstage
        self._runtime = runtime
        self._pool = AddressPool()
        self._launches = AccountLaunches()

    def make_loop(self, key: ServiceKey, say: Say) -> FargateLoop:
        """The loop of one service."""
        settings, clients = self._settings, self._clients
        return FargateLoop(
            service_name=key.service,
            api=Apis(
                service=BotoService(ecs=clients["ecs"], ec2=clients["ec2"], key=key),
                targets=BotoTargets(clients["elbv2"]),
                reports=BackstageReports(self._backstage, key=key),
                metrics=BotoMetrics(clients["cloudwatch"]),
            ),
            fleet=Fleet(runtime=self._runtime, pool=self._pool),
            usage=UsageMeter(cluster=key.cluster, service=key.service, period_seconds=settings.usage_period_seconds),
            pace=LaunchPace(self._launches),
            startup_seconds=settings.startup_seconds,
            say=say,
        )


def build(
    settings: FargateSettings, *, endpoint_url: str, region: str, processes: Processes, images: LocalImages, say: Say
) -> FargatePart:
    """The part for all services of the API server at ``endpoint_url``."""
    clients = {name: local_client(name, endpoint_url=endpoint_url, region=region) for name in CLIENTS}
    logs = LogShipper(BotoLogs(clients["logs"]), say=lambda text: say(f"logs: {text}"))
    metadata = MetadataServer()
    runtime = TaskProcesses(
        processes=processes,
        images=images,
        environment=settings.task_environment,
        metadata_uri=metadata.uri,
        output=logs,
    )
    workshop = Workshop(settings, clients=clients, backstage=Backstage(endpoint_url), runtime=runtime)
    services = Services(catalog=BotoCatalog(clients["ecs"]), make_loop=workshop.make_loop, say=say)
    return FargatePart(services=services, logs=logs, metadata=metadata)

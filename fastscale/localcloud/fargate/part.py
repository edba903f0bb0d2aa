"""Everything that ECS and Fargate need in a local cloud, built for one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Thread

from fastscale.aws.session import local_client
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.fargate.addresses import AddressPool
from fastscale.localcloud.fargate.api import BackstageReports, BotoService, BotoTargets
from fastscale.localcloud.fargate.fleet import Fleet
from fastscale.localcloud.fargate.images import LocalImages
from fastscale.localcloud.fargate.logs import BotoLogs, LogShipper
from fastscale.localcloud.fargate.loop import Apis, FargateLoop
from fastscale.localcloud.fargate.metadata import MetadataServer
from fastscale.localcloud.fargate.runtime import TaskProcesses
from fastscale.localcloud.fargate.usage import UsageMeter
from fastscale.localcloud.processes import Processes
from fastscale.localcloud.put_metrics import BotoMetrics


@dataclass(frozen=True, kw_only=True)
class FargateSettings:
    """The service, which need not exist yet, and how its tasks run.

    ``task_environment`` wins over the task definition's environment. ``startup_seconds`` is the time from the desired
    count being raised to RUNNING, ``usage_period_seconds`` (60 or 20) the resolution of the AWS/ECS metrics.
    """

    cluster: str
    service: str
    startup_seconds: float = 23.0
    usage_period_seconds: int = 60
    task_environment: Mapping[str, str] = field(default_factory=dict)


class FargatePart:
    """Runs one service: :meth:`run` until told to stop."""

    def __init__(self, *, loop: FargateLoop, logs: LogShipper, metadata: MetadataServer) -> None:
        self.loop = loop
        self._logs = logs
        self._metadata = metadata
        metadata.describe = loop.describe

    def run(self, stop: Event) -> None:
        """Run tasks and ship their logs until ``stop`` is set."""
        logs = Thread(target=self._logs.run, args=(stop,), name="task-logs")
        logs.start()
        with self._metadata:
            self.loop.run(stop)
        logs.join()


def build(
    settings: FargateSettings, *, endpoint_url: str, region: str, processes: Processes, images: LocalImages, say: Say
) -> FargatePart:
    """The part for one service of the API server at ``endpoint_url``."""

    def client(name: str) -> object:
        return local_client(name, endpoint_url=endpoint_url, region=region)

    cluster, service = settings.cluster, settings.service
    logs = LogShipper(BotoLogs(client("logs")), say=say)
    metadata = MetadataServer()
    runtime = TaskProcesses(
        processes=processes,
        images=images,
        environment=settings.task_environment,
        metadata_uri=metadata.uri,
        output=logs,
    )
    loop = FargateLoop(
        service_name=service,
        api=Apis(
            service=BotoService(ecs=client("ecs"), ec2=client("ec2"), cluster=cluster, service=service),
            targets=BotoTargets(client("elbv2")),
            reports=BackstageReports(Backstage(endpoint_url), cluster=cluster, service=service),
            metrics=BotoMetrics(client("cloudwatch")),
        ),
        fleet=Fleet(runtime=runtime, pool=AddressPool()),
        usage=UsageMeter(cluster=cluster, service=service, period_seconds=settings.usage_period_seconds),
        startup_seconds=settings.startup_seconds,
        say=say,
    )
    return FargatePart(loop=loop, logs=logs, metadata=metadata)

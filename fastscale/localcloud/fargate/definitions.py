"""What the scheduler needs of DescribeServices and DescribeTaskDefinition, as values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastscale.errors import LocalCloudError
from fastscale.localcloud.fargate.rollout import CircuitBreaker

Shape = Mapping[str, Any]

#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout, on Fargate).
DEFAULT_STOP_TIMEOUT_SECONDS = 30
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
DEFAULT_MINIMUM_HEALTHY_PERCENT = 100
DEFAULT_MAXIMUM_PERCENT = 200


@dataclass(frozen=True, order=True)
class ServiceKey:
    """A service by the names of its cluster and itself."""

    cluster: str
    service: str


@dataclass(frozen=True)
class LogTarget:
    """Where the lines of a container go: the options of the awslogs driver."""

    group: str
    stream_prefix: str


@dataclass(frozen=True)
class TaskDefinition:
    """A task definition with its one essential container. ``cpu_units`` are 1/1024 vCPU, ``memory_mib`` MiB.

    ``port`` is the first that the container maps, None when it maps none.
    """

    arn: str
    family: str
    revision: int
    cpu_units: int
    memory_mib: int
    container: str
    image: str
    port: int | None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_timeout_seconds: float = DEFAULT_STOP_TIMEOUT_SECONDS
    log: LogTarget | None = None


@dataclass(frozen=True)
class ServiceView:
    """A service as its clients want it. Percentages are of the desired count, the grace period is in seconds.

    ``breaker`` is None where the circuit breaker is off. A deployment that ``failed`` gets no more tasks.
    """

    arn: str
    cluster_arn: str
    desired_count: int
    deployment_id: str
    definition_arn: str
    subnets: tuple[str, ...] = ()
    target_group_arn: str | None = None
    container_port: int | None = None
    minimum_healthy_percent: int = DEFAULT_MINIMUM_HEALTHY_PERCENT
    maximum_percent: int = DEFAULT_MAXIMUM_PERCENT
    grace_seconds: float = 0.0
    breaker: CircuitBreaker | None = None
    failed: bool = False

    @property
    def floor(self) -> int:
        """The healthy tasks that a deployment has to keep: the percentage, rounded up."""
        return math.ceil(self.desired_count * self.minimum_healthy_percent / 100)

    @property
    def ceiling(self) -> int:
        """The tasks that may exist at a time: the percentage, rounded down."""
        return math.floor(self.desired_count * self.maximum_percent / 100)


def service_view(shape: Shape) -> ServiceView | None:
    """A service of DescribeServices; None when it is deleted or not for us (another deployment controller)."""
    deployments = [entry for entry in shape.get("deployments") or () if entry["status"] == "PRIMARY"]
    if shape.get("status") == "INACTIVE" or not deployments:
        return None
    balancer: Shape = next(iter(shape.get("loadBalancers") or ()), {})
    network = (shape.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    limits = shape.get("deploymentConfiguration") or {}
    return ServiceView(
        arn=shape["serviceArn"],
        cluster_arn=shape["clusterArn"],
        desired_count=shape["desiredCount"],
        deployment_id=deployments[0]["id"],
        definition_arn=deployments[0]["taskDefinition"],
        subnets=tuple(network.get("subnets") or ()),
        target_group_arn=balancer.get("targetGroupArn"),
        container_port=balancer.get("containerPort"),
        minimum_healthy_percent=limits.get("minimumHealthyPercent", DEFAULT_MINIMUM_HEALTHY_PERCENT),
        maximum_percent=limits.get("maximumPercent", DEFAULT_MAXIMUM_PERCENT),
        grace_seconds=shape.get("healthCheckGracePeriodSeconds") or 0.0,
        breaker=_breaker(limits.get("deploymentCircuitBreaker") or {}),
        failed=deployments[0].get("rolloutState") == "FAILED",
    )


def task_definition(shape: Shape) -> TaskDefinition:
    """The task definition of DescribeTaskDefinition. Raises LocalCloudError when it cannot run as one process."""
    essential = [entry for entry in shape["containerDefinitions"] if entry.get("essential", True)]
    if len(essential) != 1:
        raise LocalCloudError(
            f"task definition {shape['taskDefinitionArn']} has {len(essential)} essential containers: "
            "the local cloud runs tasks with exactly one"
        )
    container = essential[0]
    return TaskDefinition(
        arn=shape["taskDefinitionArn"],
        family=shape["family"],
        revision=int(shape["revision"]),
        cpu_units=int(shape.get("cpu") or container.get("cpu") or 256),
        memory_mib=int(shape.get("memory") or container.get("memory") or 512),
        container=container["name"],
        image=container["image"],
        port=_port(container.get("portMappings") or ()),
        environment={pair["name"]: pair["value"] for pair in container.get("environment") or ()},
        stop_timeout_seconds=float(container.get("stopTimeout") or DEFAULT_STOP_TIMEOUT_SECONDS),
        log=_log_target(container.get("logConfiguration") or {}, container["name"]),
    )


def _breaker(shape: Shape) -> CircuitBreaker | None:
    if not shape.get("enable"):
        return None
    threshold = shape.get("thresholdConfiguration") or {"type": CircuitBreaker.kind, "value": CircuitBreaker.value}
    return CircuitBreaker(
        resets=shape.get("resetOnHealthyTask", True), kind=threshold["type"], value=threshold["value"]
    )


def _port(mappings: Sequence[Shape]) -> int | None:
    return int(mappings[0]["containerPort"]) if mappings else None


def _log_target(configuration: Shape, container: str) -> LogTarget | None:
    options = configuration.get("options") or {}
    if configuration.get("logDriver") != "awslogs" or not options.get("awslogs-group"):
        return None
    return LogTarget(options["awslogs-group"], options.get("awslogs-stream-prefix") or container)

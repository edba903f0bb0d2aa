"""What the ECS part needs of the API, as small interfaces, and their implementations on boto3."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from fastscale.localcloud.backstage import Backstage, Boot, api_errors
from fastscale.localcloud.fargate.definitions import (
    ServiceKey,
    ServiceView,
    TaskDefinition,
    service_view,
    task_definition,
)
from fastscale.localcloud.targets import Target

Report = Mapping[str, Any]

#: What ECS says of a task that was stopped without a reason.
DEFAULT_STOP_REASON = "Task stopped by user"
#: ListServices answers at most this many (ECS API reference, ListServices).
SERVICES_A_PAGE = 100


@dataclass(frozen=True)
class TargetState:
    """State and description of a target as DescribeTargetHealth tells them."""

    state: str
    description: str = ""


class Catalog(Protocol):
    """The services of ECS."""

    def services(self) -> Collection[ServiceKey]:
        """All services of all clusters that are not deleted. Raises ApiUnavailableError."""
        ...


class ServiceApi(Protocol):
    """One service of ECS."""

    def view(self) -> ServiceView | None:
        """The service as it is wanted; None when it does not exist."""
        ...

    def task_definition(self, arn: str) -> TaskDefinition:
        """The task definition ``arn``."""
        ...

    def set_desired_count(self, count: int) -> None:
        """UpdateService."""
        ...

    def zones(self, subnets: Sequence[str]) -> Sequence[str]:
        """The Availability Zones of ``subnets``, at least one."""
        ...

    def stop_reasons(self, task_arns: Sequence[str]) -> Mapping[str, str]:
        """The reason that a client gave with StopTask, by task ARN."""
        ...


class TargetApi(Protocol):
    """Target groups of ELB."""

    def register(self, group_arn: str, targets: Collection[Target]) -> None:
        """RegisterTargets."""
        ...

    def deregister(self, group_arn: str, targets: Collection[Target]) -> None:
        """DeregisterTargets; a group that is gone has nothing to deregister."""
        ...

    def health(self, group_arn: str) -> Mapping[Target, TargetState]:
        """DescribeTargetHealth."""
        ...

    def deregistration_delay_seconds(self, group_arn: str) -> float:
        """How long a deregistered target drains."""
        ...


class ReportApi(Protocol):
    """What ECS's own back end writes about one service."""

    def boot(self) -> Boot:
        """Which run of the API server answers."""
        ...

    def report_tasks(self, tasks: Sequence[Report]) -> Sequence[str]:
        """Replace the service's task list; returns the ARNs of tasks that a client asked to stop."""
        ...

    def add_event(self, message: str) -> None:
        """Add a service event."""
        ...

    def report_failures(self, deployment_id: str, count: int) -> None:
        """Show how many tasks of a deployment failed."""
        ...

    def fail_deployment(self, deployment_id: str) -> str | None:
        """Give a deployment up; the id of the deployment that the service is rolled back to, None when to none."""
        ...


class BotoCatalog:
    """Catalog on a boto3 client of ``ecs``."""

    def __init__(self, ecs: Any) -> None:
        self._ecs = ecs

    def services(self) -> Collection[ServiceKey]:
        """All services of all clusters that are not deleted."""
        found: set[ServiceKey] = set()
        with api_errors():
            for clusters in self._ecs.get_paginator("list_clusters").paginate():
                for cluster in clusters["clusterArns"]:
                    found |= self._services_of(cluster)
        return found

    def _services_of(self, cluster_arn: str) -> set[ServiceKey]:
        pages = self._ecs.get_paginator("list_services").paginate(
            cluster=cluster_arn, PaginationConfig={"PageSize": SERVICES_A_PAGE}
        )
        cluster = cluster_arn.rsplit("/", 1)[-1]
        return {ServiceKey(cluster, arn.rsplit("/", 1)[-1]) for page in pages for arn in page["serviceArns"]}


class BotoService:
    """ServiceApi on boto3 clients of ``ecs`` and ``ec2``."""

    def __init__(self, *, ecs: Any, ec2: Any, key: ServiceKey) -> None:
        self._ecs = ecs
        self._ec2 = ec2
        self._cluster = key.cluster
        self._service = key.service

    def view(self) -> ServiceView | None:
        """The service as it is wanted; None when it does not exist."""
        try:
            with api_errors(ignore=("ClusterNotFoundException",)):
                answer = self._ecs.describe_services(cluster=self._cluster, services=[self._service])
        except ClientError:
            return None
        services = answer["services"]
        return service_view(services[0]) if services else None

    def task_definition(self, arn: str) -> TaskDefinition:
        """The task definition ``arn``."""
        with api_errors():
            return task_definition(self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"])

    def set_desired_count(self, count: int) -> None:
        """UpdateService."""
        with api_errors():
            self._ecs.update_service(cluster=self._cluster, service=self._service, desiredCount=count)

    def zones(self, subnets: Sequence[str]) -> Sequence[str]:
        """The Availability Zones of ``subnets``, at least one."""
        with api_errors():
            if not subnets:
                answer = self._ec2.describe_availability_zones()["AvailabilityZones"]
                return sorted({zone["ZoneName"] for zone in answer})
            answer = self._ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
            return sorted({subnet["AvailabilityZone"] for subnet in answer})

    def stop_reasons(self, task_arns: Sequence[str]) -> Mapping[str, str]:
        """The reason that a client gave with StopTask, by task ARN."""
        with api_errors():
            tasks = self._ecs.describe_tasks(cluster=self._cluster, tasks=list(task_arns))["tasks"]
        return {task["taskArn"]: task.get("stoppedReason") or DEFAULT_STOP_REASON for task in tasks}


class BotoTargets:
    """TargetApi on a boto3 client of ``elbv2``."""

    def __init__(self, elbv2: Any) -> None:
        self._elbv2 = elbv2

    def register(self, group_arn: str, targets: Collection[Target]) -> None:
        """RegisterTargets."""
        with api_errors():
            self._elbv2.register_targets(TargetGroupArn=group_arn, Targets=_shapes(targets))

    def deregister(self, group_arn: str, targets: Collection[Target]) -> None:
        """DeregisterTargets; a group that is gone has nothing to deregister."""
        try:
            with api_errors(ignore=("TargetGroupNotFound",)):
                self._elbv2.deregister_targets(TargetGroupArn=group_arn, Targets=_shapes(targets))
        except ClientError:
            return

    def health(self, group_arn: str) -> Mapping[Target, TargetState]:
        """DescribeTargetHealth."""
        with api_errors():
            answer = self._elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
        return {
            Target(entry["Target"]["Id"], int(entry["Target"]["Port"])): TargetState(
                entry["TargetHealth"]["State"], entry["TargetHealth"].get("Description") or ""
            )
            for entry in answer
        }

    def deregistration_delay_seconds(self, group_arn: str) -> float:
        """How long a deregistered target drains; AWS's default is 300 s."""
        with api_errors():
            answer = self._elbv2.describe_target_group_attributes(TargetGroupArn=group_arn)["Attributes"]
        attributes = {pair["Key"]: pair["Value"] for pair in answer}
        return float(attributes.get("deregistration_delay.timeout_seconds", 300))


class BackstageReports:
    """ReportApi on the private routes."""

    def __init__(self, backstage: Backstage, *, key: ServiceKey) -> None:
        self._backstage = backstage
        self._names = {"cluster": key.cluster, "service": key.service}

    def boot(self) -> Boot:
        """Which run of the API server answers."""
        return self._backstage.boot()

    def report_tasks(self, tasks: Sequence[Report]) -> Sequence[str]:
        """Replace the service's task list; returns the ARNs of tasks that a client asked to stop."""
        answer = self._backstage.post("/ecs/tasks", {**self._names, "tasks": list(tasks)})
        return [str(arn) for arn in answer["stop"]]

    def add_event(self, message: str) -> None:
        """Add a service event."""
        self._backstage.post("/ecs/events", {**self._names, "message": message})

    def report_failures(self, deployment_id: str, count: int) -> None:
        """Show how many tasks of a deployment failed."""
        self._backstage.post("/ecs/deployments", {**self._names, "deployment": deployment_id, "failedTasks": count})

    def fail_deployment(self, deployment_id: str) -> str | None:
        """Give a deployment up; the id of the deployment that the service is rolled back to, None when to none."""
        answer = self._backstage.post("/ecs/deployments/failed", {**self._names, "deployment": deployment_id})
        back: str | None = answer["rolledBackTo"]
        return back


def _shapes(targets: Collection[Target]) -> list[dict[str, Any]]:
    return [{"Id": target.ip, "Port": target.port} for target in sorted(targets)]

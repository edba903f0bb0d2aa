"""The ECS back end: moto's clusters and task definitions, our own services and tasks.

moto invents running tasks when a service's desired count changes, lists none of them and drops the deployment
configuration. Here a service only stores what a client wants; what runs is what the part that runs tasks reports.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from moto.ecs.exceptions import EcsClientException, InvalidParameterException, ServiceNotFoundException
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, ecs_backends
from moto.elbv2.models import elbv2_backends

from fastscale.localcloud.server.ecs import services
from fastscale.localcloud.server.ecs.services import Service, new_service
from fastscale.localcloud.server.ecs.tasks import task_from_report
from fastscale.localcloud.server.settings import ACCOUNT_ID, active
from fastscale.localcloud.server.shapes import Shape


class EcsBackend(EC2ContainerServiceBackend):
    """ECS of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.own_services: dict[tuple[str, str], Service] = {}
        #: Called after every change that has to survive a restart.
        self.on_change: Callable[[], None] = _nobody_listens
        #: Revision that the next registration of a family gets, when a restart has to continue where it was.
        self.resume_revisions: dict[str, int] = {}

    # -- services ------------------------------------------------------------------------------------------------

    def create_own_service(self, request: Shape) -> Shape:
        """CreateService.

        Raises moto's ECS exceptions with AWS's messages: unknown cluster, task definition or target group, or a
        service of that name that is still there.
        """
        with self.lock:
            cluster = self._get_cluster(request.get("cluster") or "default")
            name = request["serviceName"]
            present = self.own_services.get((cluster.name, name))
            if present is not None and present.status == "DRAINING":
                raise InvalidParameterException("Unable to Start a service that is still Draining.")
            if present is not None and present.status == "ACTIVE":
                raise InvalidParameterException("Creation of service was not idempotent.")
            self._check_target_groups(request.get("loadBalancers", []))
            service = new_service(
                request,
                arn=f"arn:{self.partition}:ecs:{self.region_name}:{self.account_id}:service/{cluster.name}/{name}",
                cluster_arn=cluster.arn,
                task_definition=self._task_definition_arn(request.get("taskDefinition")),
                now=time.time(),
            )
            self.own_services[cluster.name, name] = service
            self._refresh_cluster(cluster)
            self.on_change()
            return service.describe()

    def update_own_service(self, request: Shape, *, by: str = "") -> Shape:
        """UpdateService; the answer shows the new settings and the counts that were last reported.

        ``by`` is the name that the client gives itself.
        """
        with self.lock:
            service = self.own_service(request.get("cluster"), request["service"])
            if service.status != "ACTIVE":
                raise EcsClientException("Service was not ACTIVE.")
            task_definition = self._task_definition_arn(request.get("taskDefinition"))
            services.update_service(service, request, task_definition=task_definition, by=by, now=time.time())
            self.on_change()
            return service.describe()

    def delete_own_service(self, request: Shape) -> Shape:
        """DeleteService: needs ``force`` while the desired count is above 0, as on AWS."""
        with self.lock:
            cluster = self._get_cluster(request.get("cluster") or "default")
            service = self.own_service(cluster.name, request["service"])
            if service.description["desiredCount"] > 0 and not request.get("force"):
                raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
            services.delete(service)
            self._refresh_cluster(cluster)
            self.on_change()
            return service.describe()

    def own_service(self, cluster: str | None, name_or_arn: str) -> Service:
        """The service, also while it drains; raises ServiceNotFoundException."""
        key = (self._get_cluster(cluster or "default").name, name_or_arn.rsplit("/", maxsplit=1)[-1])
        service = self.own_services.get(key)
        if service is None:
            raise ServiceNotFoundException
        return service

    def find_active(self, cluster: str, name: str) -> Service | None:
        """The service if it is there and not deleted; None also when its cluster is unknown."""
        service = self.own_services.get((cluster, name))
        return service if service is not None and service.status == "ACTIVE" else None

    def services_of(self, cluster: str | None) -> list[Service]:
        """All services of a cluster in the order of their creation."""
        name = self._get_cluster(cluster or "default").name
        with self.lock:
            return [service for (owner, _), service in self.own_services.items() if owner == name]

    def describe_services(
        self, cluster_str: str, service_names_or_arns: list[str]
    ) -> tuple[list[Any], list[dict[str, str]]]:
        """DescribeServices: the structures found, and a failure for each name that is not there."""
        name = self._get_cluster(cluster_str).name
        found, failures = [], []
        with self.lock:
            for asked in service_names_or_arns:
                service = self.own_services.get((name, asked.split("/")[-1]))
                if service is not None:
                    found.append(service.describe())
                    continue
                arn = f"arn:{self.partition}:ecs:{self.region_name}:{self.account_id}:service/{name}/{asked}"
                failures.append({"arn": asked if asked.startswith("arn:") else arn, "reason": "MISSING"})
        return found, failures

    # -- tasks ---------------------------------------------------------------------------------------------------

    def report(self, cluster: str, service_name: str, reports: Iterable[Shape]) -> list[str]:
        """Replace the tasks of a service by what is reported; returns the tasks that clients asked to stop."""
        with self.lock:
            owner = self._get_cluster(cluster)
            service = self.own_service(owner.name, service_name)
            tasks = [
                task_from_report(
                    {"group": f"service:{service.name}", **report},
                    cluster_arn=owner.arn,
                    containers=self._containers(report["taskDefinitionArn"]),
                )
                for report in reports
            ]
            services.report_tasks(service, tasks, now=time.time())
            self._refresh_cluster(owner)
            return list(service.stop_requests)

    def find_task(self, cluster: str | None, task: str) -> tuple[Service, Shape] | None:
        """The task of that id or ARN with its service."""
        for service in self.services_of(cluster):
            for arn, found in service.tasks.items():
                if task in (arn, arn.rsplit("/", 1)[-1]):
                    return service, found
        return None

    def resume(self, *, revisions: dict[str, int]) -> None:
        """Let the next registration of each family get this revision, so that redeployed tasks are not outdated."""
        self.resume_revisions.update(revisions)
        for family in revisions:
            self.task_definitions.setdefault(family, {})

    def register_task_definition(self, *args: Any, **kwargs: Any) -> Any:
        """RegisterTaskDefinition."""
        definition = super().register_task_definition(*args, **kwargs)
        self.on_change()
        return definition

    def revisions(self) -> dict[str, int]:
        """The newest revision of each family of task definitions."""
        return {family: max(revisions) for family, revisions in self.task_definitions.items() if revisions}

    def desired_counts(self) -> dict[str, int]:
        """The desired count of each service that is not deleted, by ``<cluster>/<service>``."""
        with self.lock:
            return {
                f"{cluster}/{name}": service.description["desiredCount"]
                for (cluster, name), service in self.own_services.items()
                if service.status == "ACTIVE"
            }

    def _get_last_task_definition_revision_id(self, family: str) -> int:
        if not self.task_definitions.get(family):
            return self.resume_revisions.get(family, 1) - 1
        return super()._get_last_task_definition_revision_id(family)

    # -- helpers -------------------------------------------------------------------------------------------------

    def _task_definition_arn(self, name: str | None) -> str | None:
        return self.describe_task_definition(name).arn if name else None

    def _containers(self, task_definition: str) -> list[Shape]:
        family, _, revision = task_definition.rsplit("/", maxsplit=1)[-1].partition(":")
        definition = self.task_definitions.get(family, {}).get(int(revision or 0))
        return cast("list[Shape]", definition.container_definitions) if definition is not None else []

    def _check_target_groups(self, load_balancers: list[Shape]) -> None:
        known = elbv2_backends[self.account_id][self.region_name].target_groups
        for load_balancer in load_balancers:
            arn = load_balancer.get("targetGroupArn")
            if arn is not None and arn not in known:
                raise InvalidParameterException(f"The target group {arn} does not exist.")
            if arn is not None and not known[arn].load_balancer_arns:
                raise InvalidParameterException(
                    f"The target group with targetGroupArn {arn} does not have an associated load balancer."
                )

    def _refresh_cluster(self, cluster: Cluster) -> None:
        """Bring the counters that DescribeClusters shows in line with the services."""
        own = [service for (name, _), service in self.own_services.items() if name == cluster.name]
        counts = [services.count(service.tasks.values()) for service in own]
        cluster.running_tasks_count = sum(running for running, _ in counts)
        cluster.pending_tasks_count = sum(pending for _, pending in counts)
        cluster.active_services_count = sum(service.status == "ACTIVE" for service in own)


def _nobody_listens() -> None:
    return None


def backend() -> EcsBackend:
    """ECS of the region that this server plays."""
    return cast(EcsBackend, ecs_backends[ACCOUNT_ID][active().region])

"""One ECS service: its settings, its deployments, its tasks and its events.

The server starts no task: every count comes from the latest report of the tasks. Time is an argument, in epoch seconds.
Behaviour: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html and API_Deployment.html there.
"""

from __future__ import annotations

import copy
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fastscale.localcloud.server.ecs.tasks import is_pending, is_running, is_stopped
from fastscale.localcloud.server.shapes import Shape, pick

#: DescribeServices shows the newest 100 events.
EVENTS_KEPT = 100
#: Changes of the desired count that are remembered for those who ask who made them, and when.
COUNT_CHANGES_KEPT = 1000

#: Settings of CreateService and UpdateService that DescribeServices shows as they are.
SETTINGS = (
    "availabilityZoneRebalancing",
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "monitoring",
)

#: Changing one of these starts a new deployment.
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
STARTS_DEPLOYMENT = frozenset(
    {
        "taskDefinition",
        "networkConfiguration",
        "platformVersion",
        "loadBalancers",
        "serviceRegistries",
        "capacityProviderStrategy",
        "propagateTags",
        "enableECSManagedTags",
        "enableExecuteCommand",
    }
)

_BREAKER = "ECS deployment circuit breaker"
_DEFAULT_DEPLOYMENT_CONFIGURATION = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


@dataclass(frozen=True)
class Revision:
    """A deployment that was completed, with the settings of the service that it ran with."""

    deployment: Shape
    settings: Shape


@dataclass
class Service:
    """A service and what was last reported about it.

    ``stop_requests`` maps the tasks that a client asked to stop to the reason it gave. ``count_changes`` are those of
    the desired count, oldest first: ``at``, ``previous``, ``desired`` and the client ``by`` which it was set.
    ``steady`` is what a failed deployment is rolled back to.
    """

    description: Shape
    deployments: list[Shape]
    tasks: dict[str, Shape] = field(default_factory=dict)
    events: deque[Shape] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    stop_requests: dict[str, str] = field(default_factory=dict)
    steady: Revision | None = None
    count_changes: deque[Shape] = field(default_factory=lambda: deque(maxlen=COUNT_CHANGES_KEPT))

    @property
    def name(self) -> str:
        """The service's name."""
        return str(self.description["serviceName"])

    @property
    def status(self) -> str:
        """ACTIVE, DRAINING (deleted, tasks still stopping) or INACTIVE."""
        return str(self.description["status"])

    def describe(self) -> Shape:
        """The Service structure, with counts from the last report."""
        running, pending = count(self.tasks.values())
        return copy.deepcopy(self.description) | {
            "runningCount": running,
            "pendingCount": pending,
            "deployments": copy.deepcopy(self.deployments),
            "events": list(self.events),
        }

    def add_event(self, message: str, *, now: float) -> None:
        """Show ``message`` as the newest event of the service."""
        self.events.appendleft({"id": str(uuid.uuid4()), "createdAt": now, "message": message})


def new_service(request: Shape, *, arn: str, cluster_arn: str, task_definition: str | None, now: float) -> Service:
    """A service from the parameters of CreateService, with one deployment and no task."""
    settings = pick(request, SETTINGS)
    configuration = _DEFAULT_DEPLOYMENT_CONFIGURATION | settings.pop("deploymentConfiguration", {})
    description: Shape = {
        "serviceArn": arn,
        "serviceName": request["serviceName"],
        "clusterArn": cluster_arn,
        "status": "ACTIVE",
        "desiredCount": request.get("desiredCount") or 0,
        "taskDefinition": task_definition,
        "createdAt": now,
        "tags": request.get("tags", []),
        "roleArn": request.get("role"),
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "platformFamily": "Linux",
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        **settings,
        "deploymentConfiguration": configuration,
    }
    service = Service(description, deployments=[])
    _start_deployment(service, now)
    return service


def update_service(service: Service, request: Shape, *, task_definition: str | None, by: str, now: float) -> None:
    """Apply the parameters of UpdateService; a change of what the tasks are starts a deployment.

    ``by`` is the name that the client gives itself, empty when it gives none.
    """
    changes = pick(request, SETTINGS)
    if "deploymentConfiguration" in changes:
        present = service.description["deploymentConfiguration"]
        changes["deploymentConfiguration"] = present | changes["deploymentConfiguration"]
    if task_definition is not None:
        changes["taskDefinition"] = task_definition
    if request.get("desiredCount") is not None:
        changes["desiredCount"] = request["desiredCount"]
    changed = {name for name, value in changes.items() if service.description.get(name) != value}
    if "desiredCount" in changed:
        counts = {"previous": service.description["desiredCount"], "desired": changes["desiredCount"]}
        service.count_changes.append({"at": now, **counts, "by": by})
    service.description.update(changes)
    if request.get("forceNewDeployment") or changed & STARTS_DEPLOYMENT:
        _start_deployment(service, now)
        return
    if "desiredCount" in changed:
        primary = service.deployments[0]
        primary["desiredCount"] = changes["desiredCount"]
        primary["updatedAt"] = now


def report_tasks(service: Service, tasks: Iterable[Shape], *, now: float) -> None:
    """Replace all tasks of the service by ``tasks`` and bring counts, deployments and status in line with them."""
    service.tasks = {task["taskArn"]: task for task in tasks}
    for task in service.tasks.values():
        _mark_stop_request(service, task)
    service.stop_requests = {arn: why for arn, why in service.stop_requests.items() if _is_alive(service, arn)}
    _update_deployments(service, now)
    if service.status == "DRAINING" and not any(not is_stopped(task) for task in service.tasks.values()):
        service.description["status"] = "INACTIVE"


def update_deployment(service: Service, deployment_id: str | None, changes: Shape, *, now: float) -> None:
    """Note how a deployment goes: that of ``deployment_id`` (ignored when it is gone), else the primary one."""
    for deployment in service.deployments:
        if deployment_id in (deployment["id"], None):
            deployment.update(changes, updatedAt=now)
            return


def fail_deployment(service: Service, deployment_id: str, *, now: float) -> str | None:
    """The circuit breaker gives a deployment up; where it is set to roll back, the last completed one is primary again.

    Returns the id of that one, None when there is none, or when the deployment is not the primary one any more. That
    the old deployment comes back under its own id, with the tasks that it still has, is our reading of the events that
    ECS shows [model].
    """
    primary = service.deployments[0]
    if primary["id"] != deployment_id:
        return None
    primary.update(rolloutState="FAILED", rolloutStateReason=f"{_BREAKER}: tasks failed to start.", updatedAt=now)
    breaker = service.description["deploymentConfiguration"]["deploymentCircuitBreaker"]
    if service.steady is None or not breaker["rollback"]:
        return None
    back_to = service.steady.deployment["id"]
    if back_to == deployment_id:
        return None
    primary.update(status="ACTIVE", desiredCount=0)
    known = [deployment for deployment in service.deployments if deployment["id"] == back_to]
    back = known[0] if known else copy.deepcopy(service.steady.deployment) | {"runningCount": 0, "pendingCount": 0}
    back.update(
        status="PRIMARY",
        desiredCount=service.description["desiredCount"],
        rolloutState="IN_PROGRESS",
        rolloutStateReason=f"{_BREAKER}: rolling back to deploymentId {back_to}.",
        updatedAt=now,
    )
    service.deployments = [back, *(one for one in service.deployments if one is not back)]
    service.description.update(copy.deepcopy(service.steady.settings))
    return str(back_to)


def request_stop(service: Service, task_arn: str, reason: str) -> Shape:
    """Remember that a client wants the task to stop; who runs it learns so in the answer to its next report."""
    service.stop_requests[task_arn] = reason
    task = service.tasks[task_arn]
    _mark_stop_request(service, task)
    return copy.deepcopy(task)


def delete(service: Service) -> None:
    """Let the service drain: desired count 0, and INACTIVE as soon as no task is left."""
    alive = any(not is_stopped(task) for task in service.tasks.values())
    service.description.update(status="DRAINING" if alive else "INACTIVE", desiredCount=0)
    for deployment in service.deployments:
        deployment["desiredCount"] = 0


def count(tasks: Iterable[Shape]) -> tuple[int, int]:
    """Running and pending tasks among ``tasks``."""
    seen = list(tasks)
    return sum(map(is_running, seen)), sum(map(is_pending, seen))


def _start_deployment(service: Service, now: float) -> None:
    for older in service.deployments:
        older.update(status="ACTIVE", desiredCount=0)
    deployment_id = f"ecs-svc/{uuid.uuid4().int % 10**19:019d}"
    description = service.description
    service.deployments.insert(
        0,
        {
            "id": deployment_id,
            "status": "PRIMARY",
            "taskDefinition": description["taskDefinition"],
            "desiredCount": description["desiredCount"],
            "runningCount": 0,
            "pendingCount": 0,
            "failedTasks": 0,
            "createdAt": now,
            "updatedAt": now,
            "launchType": description["launchType"],
            "platformVersion": description["platformVersion"],
            "platformFamily": description["platformFamily"],
            "networkConfiguration": description.get("networkConfiguration"),
            "rolloutState": "IN_PROGRESS",
            "rolloutStateReason": f"ECS deployment {deployment_id} in progress.",
        },
    )


def _update_deployments(service: Service, now: float) -> None:
    tasks_of: dict[str, list[Shape]] = {deployment["id"]: [] for deployment in service.deployments}
    for task in service.tasks.values():
        tasks_of[_deployment_of(service, task)["id"]].append(task)
    for deployment in service.deployments:
        running, pending = count(tasks_of[deployment["id"]])
        if (running, pending) != (deployment["runningCount"], deployment["pendingCount"]):
            deployment.update(runningCount=running, pendingCount=pending, updatedAt=now)
    primary = service.deployments[0]
    service.deployments = [
        deployment
        for deployment in service.deployments
        if deployment is primary or deployment["runningCount"] + deployment["pendingCount"] > 0
    ]
    steady = primary["runningCount"] == primary["desiredCount"] and primary["pendingCount"] == 0
    if primary["rolloutState"] == "IN_PROGRESS" and steady and len(service.deployments) == 1:
        reason = f"ECS deployment {primary['id']} completed."
        primary.update(rolloutState="COMPLETED", rolloutStateReason=reason, updatedAt=now)
        settings = pick(service.description, STARTS_DEPLOYMENT)
        service.steady = Revision(copy.deepcopy(primary), settings)


def _deployment_of(service: Service, task: Shape) -> Shape:
    """The deployment that started the task: by its ``startedBy``, else the newest one it can come from."""
    for deployment in service.deployments:
        if task.get("startedBy") == deployment["id"]:
            return deployment
    created: float = task.get("createdAt") or 0.0
    for deployment in service.deployments:
        if deployment["taskDefinition"] == task["taskDefinitionArn"] and deployment["createdAt"] <= created:
            return deployment
    return _oldest_with(service.deployments, task["taskDefinitionArn"])


def _oldest_with(deployments: list[Shape], task_definition: str) -> Shape:
    same = [deployment for deployment in deployments if deployment["taskDefinition"] == task_definition]
    return (same or deployments)[-1]


def _mark_stop_request(service: Service, task: Shape) -> None:
    reason = service.stop_requests.get(task["taskArn"])
    if reason is None:
        return
    task.update(desiredStatus="STOPPED")
    task.setdefault("stopCode", "UserInitiated")
    task.setdefault("stoppedReason", reason)


def _is_alive(service: Service, task_arn: str) -> bool:
    task: dict[str, Any] | None = service.tasks.get(task_arn)
    return task is not None and not is_stopped(task)

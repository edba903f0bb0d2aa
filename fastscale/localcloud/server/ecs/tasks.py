"""Tasks as DescribeTasks shows them, built from what the part that runs them reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastscale.localcloud.server.shapes import Shape, pick, stable_id

#: Members of a report that go into the task unchanged; times are epoch seconds.
_AS_REPORTED = (
    "taskArn",
    "taskDefinitionArn",
    "lastStatus",
    "desiredStatus",
    "healthStatus",
    "createdAt",
    "startedAt",
    "stoppingAt",
    "stoppedAt",
    "stoppedReason",
    "stopCode",
    "cpu",
    "memory",
    "group",
    "availabilityZone",
    "startedBy",
    "pullStartedAt",
    "pullStoppedAt",
    "executionStoppedAt",
)

#: Statuses before RUNNING; ECS counts them as pending.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
PENDING_STATUSES = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})


def task_from_report(report: Mapping[str, Any], *, cluster_arn: str, containers: list[Shape]) -> Shape:
    """The DescribeTasks structure of one reported task.

    ``containers`` are the container definitions of its task definition; each becomes one container with the task's
    status and address, because the local cloud runs a task as one process.
    """
    task = pick(dict(report), _AS_REPORTED)
    task.setdefault("desiredStatus", "RUNNING")
    task.setdefault("healthStatus", "UNKNOWN")
    address = report.get("privateIp")
    return task | {
        "clusterArn": cluster_arn,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "connectivity": "CONNECTED",
        "connectivityAt": report.get("startedAt") or report.get("createdAt"),
        "version": 1,
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "attachments": [_network_interface(str(report["taskArn"]), address)] if address else [],
        "containers": [_container(report, definition) for definition in containers],
        "tags": [],
    }


def is_running(task: Shape) -> bool:
    """Whether ECS counts the task in runningCount."""
    return bool(task["lastStatus"] == "RUNNING")


def is_pending(task: Shape) -> bool:
    """Whether ECS counts the task in pendingCount."""
    return task["lastStatus"] in PENDING_STATUSES


def is_stopped(task: Shape) -> bool:
    """Whether the task has ended."""
    return bool(task["lastStatus"] == "STOPPED")


def _container(report: Mapping[str, Any], definition: Shape) -> Shape:
    task_arn = str(report["taskArn"])
    address = report.get("privateIp")
    container: Shape = {
        "containerArn": f"{task_arn.replace(':task/', ':container/')}/{stable_id(task_arn, definition['name'])}",
        "taskArn": task_arn,
        "name": definition["name"],
        "image": definition.get("image"),
        "runtimeId": stable_id(task_arn, definition["name"], "runtime"),
        "lastStatus": "PENDING" if report["lastStatus"] in PENDING_STATUSES else report["lastStatus"],
        "healthStatus": report.get("healthStatus") or "UNKNOWN",
        "networkBindings": [],
        "networkInterfaces": [{"privateIpv4Address": address}] if address else [],
        "cpu": str(definition.get("cpu", 0)),
    }
    if report.get("exitCode") is not None:
        container["exitCode"] = report["exitCode"]
    return container


def _network_interface(task_arn: str, address: str) -> Shape:
    return {
        "id": stable_id(task_arn, "attachment"),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": "privateIPv4Address", "value": address}],
    }

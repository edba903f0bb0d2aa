"""Tasks as the API server stores them, and as their own metadata endpoint tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastscale.localcloud.fargate.definitions import TaskDefinition
from fastscale.localcloud.fargate.lifecycle import Task


def task_arn(service_arn: str, task_id: str) -> str:
    """arn:…:service/CLUSTER/NAME -> arn:…:task/CLUSTER/ID."""
    prefix, _, path = service_arn.partition(":service/")
    return f"{prefix}:task/{path.split('/')[0]}/{task_id}"


def task_report(task: Task, definition: TaskDefinition, *, service_arn: str) -> dict[str, Any]:
    """One entry of the full task list that is reported; what is not known yet is left out."""
    report = {
        "taskArn": task_arn(service_arn, task.id),
        "taskDefinitionArn": task.definition_arn,
        "lastStatus": task.status.value,
        "desiredStatus": "RUNNING" if task.wanted else "STOPPED",
        "healthStatus": "UNKNOWN",  # no container health check runs here; the load balancer's is the target's health
        "privateIp": task.ip,
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "executionStoppedAt": task.ended_at,
        "stoppedAt": task.stopped_at,
        "stoppedReason": task.stopped_reason,
        "stopCode": task.stop_code.value if task.stop_code else None,
        "exitCode": task.exit_code,
        "cpu": str(definition.cpu_units),
        "memory": str(definition.memory_mib),
        "group": f"service:{service_arn.rsplit('/', 1)[-1]}",
        "availabilityZone": task.availability_zone,
        "startedBy": task.deployment_id,
    }
    return {name: value for name, value in report.items() if value is not None}


def container_metadata(task: Task, definition: TaskDefinition, *, service_arn: str) -> dict[str, Any]:
    """What ``${ECS_CONTAINER_METADATA_URI_V4}`` answers.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html
    """
    return {
        "DockerId": f"{task.id}-{definition.container}",
        "Name": definition.container,
        "Image": definition.image,
        "DesiredStatus": "RUNNING" if task.wanted else "STOPPED",
        "KnownStatus": task.status.value,
        "Limits": {"CPU": definition.cpu_units, "Memory": definition.memory_mib},
        "CreatedAt": _iso(task.created_at),
        "Labels": {
            "com.amazonaws.ecs.task-arn": task_arn(service_arn, task.id),
            "com.amazonaws.ecs.task-definition-family": definition.family,
            "com.amazonaws.ecs.task-definition-version": str(definition.revision),
        },
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [task.ip]}],
    }


def task_metadata(task: Task, definition: TaskDefinition, *, service_arn: str, cluster_arn: str) -> dict[str, Any]:
    """What ``${ECS_CONTAINER_METADATA_URI_V4}/task`` answers."""
    return {
        "Cluster": cluster_arn,
        "ServiceName": service_arn.rsplit("/", 1)[-1],
        "TaskARN": task_arn(service_arn, task.id),
        "Family": definition.family,
        "Revision": str(definition.revision),
        "DesiredStatus": "RUNNING" if task.wanted else "STOPPED",
        "KnownStatus": task.status.value,
        "Limits": {"CPU": definition.cpu_units / 1024, "Memory": definition.memory_mib},
        "AvailabilityZone": task.availability_zone,
        "LaunchType": "FARGATE",
        "Containers": [container_metadata(task, definition, service_arn=service_arn)],
    }


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()

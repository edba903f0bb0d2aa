"""Service events in ECS's own words.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from __future__ import annotations

from collections.abc import Iterable

from fastscale.localcloud.fargate.lifecycle import Task


def started(service: str, tasks: Iterable[Task]) -> str:
    """Tasks were created."""
    ids = [task.id for task in tasks]
    return f"(service {service}) has started {len(ids)} tasks: {_tasks(ids)}."


def stopped(service: str, tasks: Iterable[Task]) -> str:
    """Tasks were ordered to stop."""
    ids = [task.id for task in tasks]
    return f"(service {service}) has stopped {len(ids)} running tasks: {_tasks(ids)}."


def registered(service: str, count: int, group_arn: str) -> str:
    """Targets were registered."""
    return f"(service {service}) registered {count} targets in (target-group {group_arn})"


def deregistered(service: str, count: int, group_arn: str) -> str:
    """Targets were deregistered."""
    return f"(service {service}) deregistered {count} targets in (target-group {group_arn})"


def draining(service: str, count: int) -> str:
    """The load balancer lets the targets of tasks drain."""
    return f"(service {service}) has begun draining connections on {count} tasks."


def unhealthy(service: str, port: int, group_arn: str, reason: str) -> str:
    """A target failed its health checks."""
    return f"(service {service}) (port {port}) is unhealthy in (target-group {group_arn}) due to (reason {reason})"


def deployment_completed(service: str, deployment_id: str) -> str:
    """All tasks of a new deployment serve."""
    return f"(service {service}) (deployment {deployment_id}) deployment completed."


def deployment_failed(service: str, deployment_id: str) -> str:
    """The circuit breaker gave a deployment up."""
    return f"(service {service}) (deployment {deployment_id}) deployment failed: tasks failed to start."


def rolling_back(service: str, deployment_id: str) -> str:
    """The service goes back to an earlier deployment."""
    return f"(service {service}) rolling back to deployment {deployment_id}."


def steady(service: str) -> str:
    """What runs is what is wanted."""
    return f"(service {service}) has reached a steady state."


def throttled(service: str) -> str:
    """Launches are slowed down because tasks keep failing to start."""
    return f"(service {service}) is unable to consistently start tasks successfully."


def unable_to_place(service: str, reason: str) -> str:
    """A task could not be created."""
    return f"(service {service}) was unable to place a task. Reason: {reason}."


def _tasks(ids: Iterable[str]) -> str:
    return " ".join(f"(task {task_id})" for task_id in ids)

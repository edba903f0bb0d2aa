"""The service, its tasks and its targets. Pure; ``now`` is an epoch second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fastscale.doctor.finding import Finding, ok, problem
from fastscale.doctor.reading import Shape

#: Tasks that are still missing this long after the last event of the service will not come by themselves.
SETTLE_SECONDS = 120.0
#: Words in the events of a service that tell of trouble (ECS developer guide, "Service event messages").
TROUBLE = ("unable to", "is unhealthy", "failed", "insufficient", "throttled")
#: What a stopped task's reason begins with, and how to mend it (ECS developer guide, "Stopped tasks error messages").
REASONS = {
    "CannotPullContainerError": "check that the image is in the repository, the execution role may pull it, and the "
    "private subnets reach ECR",
    "CannotPullImageManifestError": "build the image for the task's CPU architecture and push it again",
    "ResourceInitializationError": "check the execution role, and the route from the private subnets to ECR and logs",
    "OutOfMemoryError": "raise task.memory in the plan",
    "Task failed ELB health checks": "compare the health check of the target group with what the task answers",
}
#: Stops that are nobody's failure.
WANTED_STOPS = frozenset({"ServiceSchedulerInitiated", "UserInitiated", "SpotInterruption"})


def check_service(service: Shape | None, now: float) -> Iterator[Finding]:
    """The service is there, its deployment went well, and as many tasks run as are wanted."""
    if service is None:
        yield problem("service", "it does not exist", fix="deploy the stack that holds it")
        return
    yield _count(service, now)
    yield _deployment(service)
    yield _events(service)


def _count(service: Shape, now: float) -> Finding:
    desired, running, pending = (service[f"{which}Count"] for which in ("desired", "running", "pending"))
    text = f"running {running} of {desired} tasks, {pending} pending"
    if service["status"] != "ACTIVE":
        return problem("service", f"it is {service['status']}", fix="deploy the stack that holds it again")
    if running >= desired:
        return ok("service", text)
    changes = [event["createdAt"].timestamp() for event in service.get("events", [])]
    changes += [deployment["createdAt"].timestamp() for deployment in service["deployments"]]
    waited = now - max(changes, default=now)
    if pending and waited < SETTLE_SECONDS:
        return ok("service", f"{text}: they are starting")
    return problem("service", text, fix="see the service events and stopped tasks below")


def _deployment(service: Shape) -> Finding:
    primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
    state = primary.get("rolloutState", "COMPLETED")
    if state == "FAILED":
        reason = primary.get("rolloutStateReason", "no reason given")
        return problem("deployment", f"it failed: {reason}", fix="mend the new task definition and deploy again")
    return ok("deployment", state)


def _events(service: Shape) -> Finding:
    """The newest trouble since the service was steady last; what came before is over."""
    for event in service.get("events", []):
        message = str(event["message"])
        if "steady state" in message:
            break
        if any(word in message for word in TROUBLE):
            return problem("events", message, fix="the ECS developer guide lists it under 'Service event messages'")
    return ok("events", "no trouble since the service was steady last")


def check_stopped(tasks: Sequence[Shape]) -> Iterator[Finding]:
    """No task stopped by itself; the same reason is said once, with how often it was met."""
    reasons = Counter(_reason(task) for task in tasks if task.get("stopCode") not in WANTED_STOPS or _known(task))
    for reason, times in reasons.most_common():
        hint = next((fix for start, fix in REASONS.items() if start in reason), "see the log group of the tasks")
        yield problem("tasks", f"{times} stopped: {reason}", fix=hint)
    if not reasons:
        yield ok("tasks", "none stopped by itself")


def _known(task: Shape) -> bool:
    return any(start in _reason(task) for start in REASONS)


def _reason(task: Shape) -> str:
    """The container's reason says more than the task's: "Essential container in task exited"."""
    details = [container["reason"] for container in task.get("containers", []) if container.get("reason")]
    return str((details or [task.get("stoppedReason") or "no reason given"])[0])


def check_targets(targets: Sequence[Shape]) -> Iterator[Finding]:
    """The load balancer finds its targets healthy."""
    states = Counter(target["TargetHealth"]["State"] for target in targets)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none registered"
    sick = next((one["TargetHealth"] for one in targets if one["TargetHealth"]["State"] == "unhealthy"), None)
    if sick is not None:
        reason = sick.get("Description") or sick.get("Reason") or "no reason given"
        yield problem(
            "targets", f"{counts}: {reason}", fix="the health check path must answer in time; the task's log says why"
        )
    elif not states["healthy"]:
        yield problem("targets", counts, fix="no task can serve: see service events and stopped tasks")
    else:
        yield ok("targets", counts)

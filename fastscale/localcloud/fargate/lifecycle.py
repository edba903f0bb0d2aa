"""The life of one task, as a pure function of the task, the time and what its process does.

States: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
All times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """lastStatus of a task, in the order of its life."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


STARTING = frozenset({Status.PROVISIONING, Status.PENDING, Status.ACTIVATING})


class StopCode(StrEnum):
    """stopCode of a task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html."""

    FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_EXITED = "EssentialContainerExited"
    USER = "UserInitiated"
    SCHEDULER = "ServiceSchedulerInitiated"


class Action(StrEnum):
    """What the caller has to do to the task's process."""

    LAUNCH = "launch"
    TERMINATE = "terminate"
    KILL = "kill"


#: Shares of the start-up time. AWS publishes the states but not their lengths [model].
PROVISIONING_SHARE = 0.3
PENDING_SHARE = 0.2
#: A process is launched this long before its task is due to run, so that it listens by then: an application start on
#: a busy laptop. On Fargate the container, too, starts only at the end of the start-up time.
LISTEN_SECONDS = 2.5
#: Between the launches of one batch: ten interpreters starting at once would take the machine from the serving tasks.
LAUNCH_SPACING_SECONDS = 0.5
#: ECS calls a task RUNNING when its container runs, listening or not. Here a late listener delays RUNNING, but only so
#: far; after that its health check decides, as on AWS.
SLOW_LISTENER_SECONDS = 60.0
#: Releasing the network interface [model].
DEPROVISIONING_SECONDS = 1.0


@dataclass(frozen=True)
class Timetable:
    """When a task is due to change state, and to have its process launched."""

    pending_at: float
    activating_at: float
    launch_at: float
    running_at: float


def timetables(created_at: float, startup_seconds: float, count: int) -> Sequence[Timetable]:
    """Timetables of ``count`` tasks created together; launches are spread over the time before they are due."""
    pending_at = created_at + startup_seconds * PROVISIONING_SHARE
    activating_at = pending_at + startup_seconds * PENDING_SHARE
    running_at = created_at + startup_seconds
    last_launch_at = max(activating_at, running_at - LISTEN_SECONDS)
    spacing = min(LAUNCH_SPACING_SECONDS, (last_launch_at - activating_at) / max(1, count - 1))
    return [
        Timetable(pending_at, activating_at, last_launch_at - (count - 1 - position) * spacing, running_at)
        for position in range(count)
    ]


@dataclass(frozen=True)
class Task:
    """One Fargate task. ``drain_seconds`` is the deregistration delay that applies once it is being stopped.

    ``port`` is where it listens, None when its task definition maps no port.
    """

    id: str
    ip: str
    port: int | None
    deployment_id: str
    definition_arn: str
    availability_zone: str
    created_at: float
    timetable: Timetable
    stop_timeout_seconds: float
    status: Status = Status.PROVISIONING
    started_at: float | None = None
    stopping_at: float | None = None
    drain_seconds: float = 0.0
    terminated_at: float | None = None
    ended_at: float | None = None
    stopped_at: float | None = None
    stop_code: StopCode | None = None
    stopped_reason: str | None = None
    exit_code: int | None = None

    @property
    def wanted(self) -> bool:
        """Whether desiredStatus is RUNNING."""
        return self.stopping_at is None

    @property
    def starting(self) -> bool:
        """Whether it is on its way to RUNNING."""
        return self.wanted and self.status in STARTING

    @property
    def in_service(self) -> bool:
        """Whether it is running and meant to: such tasks are targets of the load balancer."""
        return self.wanted and self.status is Status.RUNNING

    @property
    def gone(self) -> bool:
        """Whether nothing of it is left."""
        return self.status is Status.STOPPED


@dataclass(frozen=True)
class Facts:
    """What is known of the task's process. ``exit_code`` is None while it runs or was not launched."""

    launched: bool = False
    listening: bool = False
    exit_code: int | None = None


def stop(task: Task, code: StopCode, reason: str, *, drain_seconds: float, now: float) -> Task:
    """The task, ordered to stop; a task that is being stopped already keeps its first reason."""
    if not task.wanted:
        return task
    drain = drain_seconds if task.status is Status.RUNNING else 0.0
    return replace(task, stopping_at=now, stop_code=code, stopped_reason=reason, drain_seconds=drain)


def advance(task: Task, facts: Facts, now: float) -> tuple[Task, Action | None]:
    """The task as it is at ``now``, and the next thing to do to its process, if any."""
    if task.wanted and facts.exit_code is not None:
        task = stop(task, StopCode.ESSENTIAL_EXITED, "Essential container in task exited", drain_seconds=0, now=now)
    while True:
        following, action = _next(task, facts, now) if task.wanted else _next_of_stopping(task, facts, now)
        if action is not None or following == task:
            return following, action
        task = following


def _next(task: Task, facts: Facts, now: float) -> tuple[Task, Action | None]:
    due = task.timetable
    if task.status is Status.PROVISIONING and now >= due.pending_at:
        return replace(task, status=Status.PENDING), None
    if task.status is Status.PENDING and now >= due.activating_at:
        return replace(task, status=Status.ACTIVATING), None
    if task.status is not Status.ACTIVATING:
        return task, None
    if not facts.launched:
        return task, Action.LAUNCH if now >= due.launch_at else None
    if now >= due.running_at and (facts.listening or now >= due.running_at + SLOW_LISTENER_SECONDS):
        return replace(task, status=Status.RUNNING, started_at=now), None
    return task, None


def _next_of_stopping(task: Task, facts: Facts, now: float) -> tuple[Task, Action | None]:
    if task.ended_at is not None:
        over = task.status is Status.DEPROVISIONING and now >= task.ended_at + DEPROVISIONING_SECONDS
        return (replace(task, status=Status.STOPPED, stopped_at=now) if over else task), None
    if not facts.launched or facts.exit_code is not None:
        return replace(task, status=Status.DEPROVISIONING, ended_at=now, exit_code=facts.exit_code), None
    if task.status is Status.RUNNING:
        return replace(task, status=Status.DEACTIVATING), None
    if task.terminated_at is not None:
        overdue = now >= task.terminated_at + task.stop_timeout_seconds
        return task, Action.KILL if overdue else None
    if task.stopping_at is not None and now >= task.stopping_at + task.drain_seconds:
        return replace(task, status=Status.STOPPING, terminated_at=now), Action.TERMINATE
    return task, None

"""What the ECS part knows of its service: read through the API, and kept while the API is away or restarts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.fargate.api import ReportApi, ServiceApi, TargetApi, TargetState
from fastscale.localcloud.fargate.definitions import ServiceView, TaskDefinition
from fastscale.localcloud.fargate.lifecycle import Task
from fastscale.localcloud.targets import Target

#: How often the service, the health of its targets, and settings that seldom change are read.
VIEW_SECONDS = 0.5
HEALTH_SECONDS = 1.0
SETTINGS_SECONDS = 30.0
#: Requests that are on their way to a task that is being stopped still arrive, even with a deregistration delay of 0:
#: the load balancer needs a moment to take it out [model].
LEAST_DRAIN_SECONDS = 2.0


@dataclass(frozen=True)
class Snapshot:
    """The service as last seen, with everything that its tasks need.

    ``drain_seconds`` is from the deregistration of a task to its SIGTERM: the deregistration delay.
    """

    view: ServiceView
    definition: TaskDefinition
    zones: Sequence[str]
    drain_seconds: float = 0.0
    health: Mapping[Target, TargetState] = field(default_factory=dict)

    def serving(self, tasks: Iterable[Task]) -> set[str]:
        """Ids of the tasks that take traffic: running, and healthy targets where there is a load balancer."""
        balanced = self.view.target_group_arn is not None
        return {task.id for task in tasks if task.in_service and (not balanced or self._state(task) == "healthy")}

    def failing(self, tasks: Iterable[Task], now: float) -> set[str]:
        """Ids of the running tasks whose target is unhealthy and whose grace period (from their start) is over."""
        return {
            task.id
            for task in tasks
            if task.in_service
            and self._state(task) == "unhealthy"
            and now >= (task.started_at or now) + self.view.grace_seconds
        }

    def target(self, task: Task) -> Target | None:
        """The task as a target of the service's load balancer; None where there is none."""
        port = self.view.container_port or task.port
        return Target(task.ip, port) if self.view.target_group_arn is not None and port is not None else None

    def description(self, task: Task) -> str:
        """What the load balancer says of the task's target."""
        found = self._health(task)
        return found.description if found else ""

    def _state(self, task: Task) -> str | None:
        found = self._health(task)
        return found.state if found else None

    def _health(self, task: Task) -> TargetState | None:
        target = self.target(task)
        return self.health.get(target) if target is not None else None


@dataclass(frozen=True)
class Recovery:
    """The API server came back from a restart. ``renamed`` maps deployment ids to those it now has for the same."""

    renamed: Mapping[str, str]


class ServiceWatch:
    """Keeps the latest snapshot; None while the service does not exist. All times are epoch seconds."""

    def __init__(self, *, service: ServiceApi, targets: TargetApi, reports: ReportApi, say: Say) -> None:
        self._service = service
        self._targets = targets
        self._reports = reports
        self._say = say
        self._boot: str | None = None
        self._next_view_at = -math.inf
        self._next_health_at = -math.inf
        self._next_settings_at = -math.inf
        self.snapshot: Snapshot | None = None

    def due(self, now: float) -> bool:
        """Whether it is time to look again."""
        return now >= self._next_view_at

    def poll(self, now: float) -> Recovery | None:
        """Look at the service. Raises ApiUnavailableError; then everything known stays as it was.

        The service is read before the boot id: an answer that belongs to a restarted server, which may have forgotten
        the desired count, is thus never taken for the wish of a client.
        """
        view = self._service.view()
        boot = self._reports.boot()
        if not boot.ready:
            raise ApiUnavailableError("It restores its stacks.")
        recovery = None
        if self._boot not in (None, boot.id):
            view, recovery = self._recover()
        self.snapshot = self._complete(view, now)
        self._boot = boot.id
        self._next_view_at = now + VIEW_SECONDS
        return recovery

    def _complete(self, view: ServiceView | None, now: float) -> Snapshot | None:
        if view is None:
            return None
        known = self.snapshot
        group = view.target_group_arn
        if known is None or known.view.definition_arn != view.definition_arn or now >= self._next_settings_at:
            known = Snapshot(
                view=view,
                definition=self._service.task_definition(view.definition_arn),
                zones=self._service.zones(view.subnets),
                drain_seconds=self._drain_seconds(group) if group else 0.0,
            )
            self._next_settings_at = now + SETTINGS_SECONDS
            self._next_health_at = now
        if group is not None and now >= self._next_health_at:
            known = replace(known, health=self._targets.health(group))
            self._next_health_at = now + HEALTH_SECONDS
        return replace(known, view=view)

    def _drain_seconds(self, group_arn: str) -> float:
        return max(LEAST_DRAIN_SECONDS, self._targets.deregistration_delay_seconds(group_arn))

    def _recover(self) -> tuple[ServiceView | None, Recovery]:
        """Read the service again, restore the desired count that was last seen, and match its deployments."""
        before, view = self.snapshot, self._service.view()
        self._next_settings_at = -math.inf
        if before is None or view is None:
            return view, Recovery({})
        wanted = before.view.desired_count
        if view.desired_count != wanted:
            self._service.set_desired_count(wanted)
            self._say(f"the API server was restarted without the desired count: set to {wanted} again")
            view = replace(view, desired_count=wanted)
        same = view.definition_arn == before.view.definition_arn
        return view, Recovery({before.view.deployment_id: view.deployment_id} if same else {})

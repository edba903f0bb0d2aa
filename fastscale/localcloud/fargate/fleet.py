"""All tasks of one service: started, moved through their lives, stopped. Knows nothing of the API."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from fastscale.errors import FastscaleError
from fastscale.localcloud.fargate.addresses import AddressPool
from fastscale.localcloud.fargate.definitions import TaskDefinition
from fastscale.localcloud.fargate.lifecycle import (
    Action,
    Facts,
    StopCode,
    Task,
    advance,
    stop,
    timetables,
)

#: ECS shows a stopped task for an hour. The number is ours: it keeps reports small while tasks crash in a loop.
STOPPED_KEPT_SECONDS = 3600.0
STOPPED_KEPT = 100


class Runtime(Protocol):
    """The processes of tasks; see :class:`fastscale.localcloud.fargate.runtime.TaskProcesses`."""

    def facts(self, task: Task) -> Facts:
        """What the task's process does now."""
        ...

    def act(self, task: Task, action: Action, definition: TaskDefinition) -> None:
        """Launch, terminate or kill."""
        ...

    def pid(self, task_id: str) -> int | None:
        """Process id of the task, if it has one."""
        ...

    def forget(self, task_id: str) -> None:
        """The process of the task has ended."""
        ...


@dataclass(frozen=True)
class Change:
    """A task before and after a moment."""

    before: Task
    after: Task

    @property
    def status_changed(self) -> bool:
        """Whether the task has another status now."""
        return self.before.status is not self.after.status

    @property
    def failed_to_start(self) -> bool:
        """Whether the task ended by itself before it ran: such failures slow down further launches."""
        by_itself = self.after.stop_code in (StopCode.ESSENTIAL_EXITED, StopCode.FAILED_TO_START)
        return by_itself and self.before.wanted and not self.after.wanted and self.after.started_at is None


class Fleet:
    """The tasks by id. ``revision`` grows with every change: a reporter sees by it whether it has told everything."""

    def __init__(self, *, runtime: Runtime, pool: AddressPool) -> None:
        self._runtime = runtime
        self._pool = pool
        self._tasks: dict[str, Task] = {}
        self._definitions: dict[str, TaskDefinition] = {}
        self.revision = 0

    @property
    def tasks(self) -> Sequence[Task]:
        """All tasks, stopped ones included, oldest first."""
        return list(self._tasks.values())

    def task(self, task_id: str) -> Task | None:
        """The task with this id, if it is known."""
        return self._tasks.get(task_id)

    def definition(self, task: Task) -> TaskDefinition:
        """The task definition that ``task`` was started from."""
        return self._definitions[task.definition_arn]

    def running_processes(self) -> dict[int, TaskDefinition]:
        """Process ids of the tasks in service, with what each was started from."""
        pids = {self._runtime.pid(task.id): task for task in self.tasks if task.in_service}
        return {pid: self.definition(task) for pid, task in pids.items() if pid is not None}

    def start(
        self,
        definition: TaskDefinition,
        zones: Sequence[str],
        *,
        deployment_id: str,
        startup_seconds: float,
        now: float,
    ) -> list[Task]:
        """Create one task per entry of ``zones``, or none: raises FastscaleError when there is no address for one."""
        self._definitions[definition.arn] = definition
        ips = self._pool.take_many(len(zones), definition.port)
        started: list[Task] = []
        for ip, zone, timetable in zip(ips, zones, timetables(now, startup_seconds, len(zones)), strict=True):
            task = Task(
                id=uuid.uuid4().hex,
                ip=ip,
                port=definition.port,
                deployment_id=deployment_id,
                definition_arn=definition.arn,
                availability_zone=zone,
                created_at=now,
                timetable=timetable,
                stop_timeout_seconds=definition.stop_timeout_seconds,
            )
            self._put(task)
            started.append(task)
        return started

    def stop(
        self, task_ids: Iterable[str], code: StopCode, reason: str, *, drain_seconds: float, now: float
    ) -> list[Task]:
        """Order tasks to stop; returns those that were not stopping already, as they were."""
        ordered = [task for task in map(self._tasks.get, task_ids) if task is not None and task.wanted]
        for task in ordered:
            self._put(stop(task, code, reason, drain_seconds=drain_seconds, now=now))
        return ordered

    def adopt(self, renamed: Mapping[str, str]) -> None:
        """Move tasks to another deployment: its id changed, but not what it runs."""
        for task in self.tasks:
            if task.deployment_id in renamed:
                self._put(replace(task, deployment_id=renamed[task.deployment_id]))

    def advance(self, now: float) -> list[Change]:
        """Move every task on to ``now`` and act on its process; returns what changed."""
        changes = [change for task in self.tasks if not task.gone for change in self._advance(task, now)]
        self._forget_old(now)
        return changes

    def _advance(self, task: Task, now: float) -> list[Change]:
        after, action = advance(task, self._runtime.facts(task), now)
        if action is not None:
            after = self._act(after, action, now)
        if after == task:
            return []
        self._put(after)
        if after.gone:
            self._runtime.forget(after.id)
            self._pool.release(after.ip)
        return [Change(task, after)]

    def _act(self, task: Task, action: Action, now: float) -> Task:
        try:
            self._runtime.act(task, action, self.definition(task))
        except FastscaleError as error:
            return stop(task, StopCode.FAILED_TO_START, str(error), drain_seconds=0, now=now)
        return task

    def _put(self, task: Task) -> None:
        self._tasks[task.id] = task
        self.revision += 1

    def _forget_old(self, now: float) -> None:
        stopped = [task for task in self.tasks if task.gone]
        surplus = len(stopped) - STOPPED_KEPT
        for position, task in enumerate(stopped):
            if position < surplus or now > (task.stopped_at or now) + STOPPED_KEPT_SECONDS:
                del self._tasks[task.id]
                self.revision += 1

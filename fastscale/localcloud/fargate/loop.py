"""ECS's part for one service: keeps as many tasks as its clients want.

A cycle looks at the service, moves tasks on, decides what to start and stop, and reports. Tasks move on even while the
API server is away; what could not be told is told when it is back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastscale import names
from fastscale.errors import FastscaleError
from fastscale.localcloud.cycle import Patience, Say
from fastscale.localcloud.fargate import events
from fastscale.localcloud.fargate.api import ReportApi, ServiceApi, TargetApi
from fastscale.localcloud.fargate.definitions import ServiceView
from fastscale.localcloud.fargate.fleet import Change, Fleet
from fastscale.localcloud.fargate.lifecycle import Status, StopCode, Task
from fastscale.localcloud.fargate.pace import LaunchPace
from fastscale.localcloud.fargate.registrar import Registrar, Registration
from fastscale.localcloud.fargate.reports import container_metadata, task_arn, task_metadata, task_report
from fastscale.localcloud.fargate.rollout import Rollout
from fastscale.localcloud.fargate.scheduler import Decision, choose_zones, decide
from fastscale.localcloud.fargate.usage import UsageMeter
from fastscale.localcloud.fargate.watch import ServiceWatch, Snapshot
from fastscale.localcloud.put_metrics import MetricApi

#: Tasks are reported when something changed, and this often anyway: the answer tells of StopTask calls.
REPORT_SECONDS = 2.0
#: Service events that wait while the API server is away; ECS itself shows the newest 100.
EVENTS_KEPT = 100


@dataclass(frozen=True, kw_only=True)
class Apis:
    """The APIs that the loop talks to."""

    service: ServiceApi
    targets: TargetApi
    reports: ReportApi
    metrics: MetricApi


class FargateLoop:
    """One service and its tasks, which take ``startup_seconds`` from their creation to RUNNING."""

    def __init__(
        self,
        *,
        service_name: str,
        api: Apis,
        fleet: Fleet,
        usage: UsageMeter,
        pace: LaunchPace,
        startup_seconds: float,
        say: Say,
    ) -> None:
        self._startup_seconds = startup_seconds
        self._name = service_name
        self._api = api
        self._fleet = fleet
        self._usage = usage
        self._say = say
        self._watch = ServiceWatch(service=api.service, targets=api.targets, reports=api.reports, say=say)
        self._registrar = Registrar(service=service_name, targets=api.targets)
        self._pace = pace
        self._patience = Patience(say)
        self._events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self._reported_revision = -1
        self._next_report_at = -math.inf
        self._known_unhealthy: set[str] = set()
        self._ended_early: set[str] = set()
        self._rollout: Rollout | None = None
        self._reported_failures = 0
        self._completed: str | None = None
        self._given_up: str | None = None
        self._steady = False
        self._throttled = False
        self._placement_error: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the service is deleted, or never was, and nothing of its tasks is left."""
        return self._watch.snapshot is None and all(task.gone for task in self._fleet.tasks)

    def tick(self, now: float) -> None:
        """One cycle at ``now`` (epoch seconds)."""
        reachable = self._patience.attempt(self._look, now)
        self._move(now)
        if reachable and self._patience.attempt(self._tell, now):
            self._patience.worked(now)

    def describe(self, task_id: str, whole_task: bool) -> dict[str, Any] | None:
        """The metadata of a task, for its own metadata endpoint; None when it is not known."""
        task, snapshot = self._fleet.task(task_id), self._watch.snapshot
        if task is None or snapshot is None:
            return None
        view, definition = snapshot.view, self._fleet.definition(task)
        if whole_task:
            return task_metadata(task, definition, service_arn=view.arn, cluster_arn=view.cluster_arn)
        return container_metadata(task, definition, service_arn=view.arn)

    # -- look ----------------------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        if not self._watch.due(now):
            return
        recovery = self._watch.poll(now)
        if recovery is not None:
            self._fleet.adopt(recovery.renamed)
            self._registrar.forget()
            self._reported_revision = -1
            self._completed = recovery.renamed.get(self._completed or "", self._completed)
            self._say("the API server was restarted: reporting all tasks and targets again")

    # -- move ----------------------------------------------------------------------------------------------------

    def _move(self, now: float) -> None:
        for change in self._fleet.advance(now):
            self._note(change, now)
        snapshot = self._watch.snapshot
        if snapshot is None:
            alive = [task.id for task in self._fleet.tasks if task.wanted]
            self._stop(alive, StopCode.SCHEDULER, "The service was deleted", 0.0, now)
            return
        tasks = self._fleet.tasks
        serving, failing = snapshot.serving(tasks), snapshot.failing(tasks, now)
        self._note_unhealthy(failing, snapshot)
        self._note_rollout(snapshot.view, serving, failing)
        self._apply(decide(snapshot.view, tasks, healthy=serving, unhealthy=failing), snapshot, now)
        self._note_steady(snapshot.view.deployment_id, snapshot.view.desired_count, len(serving))

    def _apply(self, decision: Decision, snapshot: Snapshot, now: float) -> None:
        view = snapshot.view
        scaling = f"Scaling activity initiated by (deployment {view.deployment_id})"
        self._stop(decision.stop, StopCode.SCHEDULER, scaling, snapshot.drain_seconds, now)
        unhealthy = f"Task failed ELB health checks in (target-group {view.target_group_arn})"
        self._stop(decision.replace_unhealthy, StopCode.SCHEDULER, unhealthy, snapshot.drain_seconds, now)
        given_up = view.failed or (self._rollout is not None and self._rollout.tripped)
        wanted = 0 if given_up else decision.start
        self._start(self._pace.allow(wanted, now) if wanted else 0, snapshot, now)

    def _start(self, count: int, snapshot: Snapshot, now: float) -> None:
        if not count:
            return
        try:
            started = self._fleet.start(
                snapshot.definition,
                choose_zones(snapshot.zones, self._fleet.tasks, count),
                deployment_id=snapshot.view.deployment_id,
                startup_seconds=self._startup_seconds,
                now=now,
            )
        except FastscaleError as error:
            self._pace.not_placed(now)
            if self._placement_error != str(error):
                self._placement_error = str(error)
                self._event(events.unable_to_place(self._name, str(error)), f"no task can be started: {error}")
            return
        self._placement_error = None
        self._event(events.started(self._name, started), f"started {_count(started)}")

    def _stop(self, ids: Iterable[str], code: StopCode, reason: str, drain_seconds: float, now: float) -> None:
        stopped = self._fleet.stop(ids, code, reason, drain_seconds=drain_seconds, now=now)
        if stopped:
            self._event(events.stopped(self._name, stopped), f"stopping {_count(stopped)}: {reason}")

    # -- note ----------------------------------------------------------------------------------------------------

    def _note(self, change: Change, now: float) -> None:
        task = change.after
        if change.status_changed and task.status is Status.RUNNING:
            self._pace.reset()
            self._throttled = False
            self._say(f"task {_short(task)} is RUNNING {now - task.created_at:.1f} s after it was started")
        if change.before.wanted and not task.wanted:
            code = "" if task.exit_code is None else f" (exit code {task.exit_code})"
            self._say(f"task {_short(task)} ended by itself: {task.stopped_reason}{code}")
            self._ended_early.add(task.id)
        if change.failed_to_start:
            self._pace.failed(now)
            if self._pace.throttled and not self._throttled:
                self._throttled = True
                self._event(events.throttled(self._name), "tasks keep failing to start: launches are slowed down")

    def _note_unhealthy(self, failing: set[str], snapshot: Snapshot) -> None:
        group = snapshot.view.target_group_arn
        for task_id in failing - self._known_unhealthy:
            task = self._fleet.task(task_id)
            target = snapshot.target(task) if task is not None else None
            if task is not None and target is not None and group is not None:
                reason = snapshot.description(task)
                message = events.unhealthy(self._name, target.port, group, reason)
                self._event(message, f"task {_short(task)} is unhealthy: {reason}")
        self._known_unhealthy = failing

    def _note_rollout(self, view: ServiceView, serving: set[str], failing: set[str]) -> None:
        """Follow the deployment until it is complete; the circuit breaker watches no further."""
        if self._rollout is None or self._rollout.deployment_id != view.deployment_id:
            self._rollout, self._reported_failures = Rollout(view.deployment_id), 0
            self._pace.reset()
        if self._completed == view.deployment_id:
            self._ended_early.clear()
            return
        current = {task.id for task in self._fleet.tasks if task.deployment_id == view.deployment_id}
        failed = current.intersection(self._ended_early | failing)
        self._rollout.note(view.breaker, view.desired_count, serving=current & serving, failed=failed)

    def _note_steady(self, deployment_id: str, desired_count: int, serving: int) -> None:
        alive = [task for task in self._fleet.tasks if task.wanted]
        settled = all(task.deployment_id == deployment_id for task in alive)
        steady = settled and len(alive) == desired_count == serving
        if steady and self._completed != deployment_id:
            self._completed = deployment_id
            self._event(events.deployment_completed(self._name, deployment_id), "deployment completed")
        if steady and not self._steady:
            self._event(events.steady(self._name), f"steady state with {_count(alive)}")
        self._steady = steady

    def _event(self, message: str, said: str) -> None:
        """A service event in ECS's words, and in short for the people who watch."""
        self._events.append(message)
        self._say(said)

    # -- tell ----------------------------------------------------------------------------------------------------

    def _tell(self, now: float) -> None:
        snapshot = self._watch.snapshot
        if snapshot is None:
            return
        group = snapshot.view.target_group_arn
        running = [snapshot.target(task) for task in self._fleet.tasks if task.in_service]
        wanted = {Registration(group, target) for target in running if group is not None and target is not None}
        self._events.extend(self._registrar.sync(wanted))
        if self._fleet.revision != self._reported_revision or now >= self._next_report_at:
            self._report(snapshot, now)
        if self._rollout is not None:
            self._tell_rollout(self._rollout)
        while self._events:
            self._api.reports.add_event(self._events[0])
            self._events.popleft()
        if self._usage.due(now):
            data = self._usage.close_period(self._fleet.running_processes(), now)
            if data:
                self._api.metrics.put(names.NAMESPACE_ECS, data)

    def _tell_rollout(self, rollout: Rollout) -> None:
        """Show failures; a deployment that the circuit breaker gave up fails, and the one before it comes back."""
        if rollout.failed_tasks != self._reported_failures:
            self._api.reports.report_failures(rollout.deployment_id, rollout.failed_tasks)
            self._reported_failures = rollout.failed_tasks
        if not rollout.tripped or self._given_up == rollout.deployment_id:
            return
        back = self._api.reports.fail_deployment(rollout.deployment_id)
        self._given_up, self._completed = rollout.deployment_id, None
        message = events.deployment_failed(self._name, rollout.deployment_id)
        self._event(message, "deployment failed: tasks fail to start")
        if back is not None:
            self._event(events.rolling_back(self._name, back), "rolling back to the last completed deployment")

    def _report(self, snapshot: Snapshot, now: float) -> None:
        """Report all tasks; the answer names those that clients want stopped."""
        service_arn = snapshot.view.arn
        revision, tasks = self._fleet.revision, self._fleet.tasks
        listed = [task_report(task, self._fleet.definition(task), service_arn=service_arn) for task in tasks]
        asked = set(self._api.reports.report_tasks(listed))
        self._reported_revision = revision
        self._next_report_at = now + REPORT_SECONDS
        arns = {task_arn(service_arn, task.id): task for task in tasks if task.wanted}
        to_stop = sorted(asked.intersection(arns))
        reasons = self._api.service.stop_reasons(to_stop) if to_stop else {}
        for arn, reason in reasons.items():
            self._stop([arns[arn].id], StopCode.USER, reason, snapshot.drain_seconds, now)


def _short(task: Task) -> str:
    return task.id[:8]


def _count(tasks: Sequence[Task]) -> str:
    return "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"

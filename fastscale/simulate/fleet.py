"""ECS's part: brings the tasks of a service to its desired count."""

from __future__ import annotations

import math
from collections import deque
from functools import partial

import numpy as np

from fastscale.plan import Plan
from fastscale.simulate.engine import Engine
from fastscale.simulate.plane import Plane
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.tasks import LaunchGate, SimTask

#: Tasks that have stopped are looked at by metrics for this long, in seconds.
REMEMBERED_SECONDS = 3600
#: From SIGTERM to the end of a process that has nothing left to do, in seconds. An assumption.
EXIT_SECONDS = 1.0
#: So many of the latest launches say how long a launch takes.
LAUNCHES_REMEMBERED = 20


class Fleet:
    """The tasks. A new task launches, runs, passes its first health check, and then serves.

    One passing check makes a new target healthy; when in its interval the first check falls is random. A scale-in stops
    tasks that are still starting first, and then the newest. A leaving task gets no more requests, stays for the
    deregistration delay, and ends. ``version`` changes whenever a task changes. ``startups`` are the seconds from
    launch to traffic of the latest tasks.
    """

    def __init__(self, engine: Engine, plane: Plane, plan: Plan, settings: WorldSettings) -> None:
        self._engine = engine
        self._plane = plane
        self._plan = plan
        self._settings = settings
        self._rng = np.random.default_rng((settings.seed, 1))
        self._gate = LaunchGate()
        self.everyone: list[SimTask] = []
        self.wanted: list[SimTask] = []
        self.leaving: list[SimTask] = []
        self.desired = 0
        self.running = 0
        self.serving = 0
        self.version = 0
        self.startups: deque[float] = deque(maxlen=LAUNCHES_REMEMBERED)
        self.desired_changes: list[tuple[float, int]] = []

    def begin(self, count: int) -> None:
        """``count`` tasks that serve already."""
        self._set(count)
        for _ in range(count):
            task = self._new_task(created_at=self._engine.now, running_at=self._engine.now)
            self._run(task)
            self._serve(task, self._engine.now)

    def set_desired(self, count: int) -> None:
        """UpdateService: the tasks follow."""
        self._set(count)
        self._engine.schedule(self._engine.now + self._settings.delays.scheduler, self._reconcile)

    def _set(self, count: int) -> None:
        self.desired = count
        self.desired_changes.append((self._engine.now, count))

    def _reconcile(self, now: float) -> None:
        missing = self.desired - len(self.wanted)
        for _ in range(missing):
            created_at = self._gate.next_launch(now)
            task = self._new_task(created_at=created_at, running_at=created_at + self._startup_seconds())
            self._engine.schedule(task.running_at, partial(self._came_up, task))
        for task in self._scale_in(-missing, now):
            self._stop(task, now)

    def _startup_seconds(self) -> float:
        startup = self._settings.startup
        median = self._plan.task.startup_seconds + startup.image_pull_seconds
        return median * math.exp(startup.spread * float(self._rng.standard_normal()))

    def _new_task(self, *, created_at: float, running_at: float) -> SimTask:
        task = SimTask(len(self.everyone), created_at, running_at, self._phase())
        self.everyone.append(task)
        self.wanted.append(task)
        self.version += 1
        return task

    def _phase(self) -> float:
        """The meter ends its intervals half a second before multiples of their length, unless phases are random."""
        interval = self._plan.metering.interval_seconds
        if self._settings.random_phase:
            return float(self._rng.integers(2 * interval)) / 2
        return interval - min(0.5, 0.1 * interval)

    def _came_up(self, task: SimTask, now: float) -> None:
        if task.leaving_at is None:
            self._run(task)
            interval = self._plan.load_balancer.health_check.interval_seconds
            self._engine.schedule(now + float(self._rng.random()) * interval, partial(self._pass_check, task))

    def _run(self, _task: SimTask) -> None:
        self.running += 1
        self.version += 1

    def _pass_check(self, task: SimTask, now: float) -> None:
        if task.leaving_at is None:
            self.startups.append(now - task.created_at)
            self._serve(task, now)

    def _serve(self, task: SimTask, now: float) -> None:
        task.serving_at = now
        self.serving += 1
        self.version += 1
        self._plane.join(task)

    def _scale_in(self, count: int, now: float) -> list[SimTask]:
        if count <= 0:
            return []
        by_age = sorted(self.wanted, key=lambda task: (not task.is_running(now), task.number))
        return by_age[-count:]

    def _stop(self, task: SimTask, now: float) -> None:
        self.wanted.remove(task)
        self.version += 1
        was_running = task.is_running(now)
        task.leaving_at = now
        task.stopped_at = max(now, task.created_at)
        if was_running:
            self.running -= 1
            task.stopped_at = now + self._plan.load_balancer.deregistration_delay_seconds + EXIT_SECONDS
        if task.serving_at is not None:
            self.serving -= 1
            self._plane.leave(task)
        self.leaving = [gone for gone in self.leaving if (gone.stopped_at or now) > now - REMEMBERED_SECONDS]
        self.leaving.append(task)

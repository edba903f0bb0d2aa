"""Application Auto Scaling's other part: runs scheduled actions when they are due."""

from __future__ import annotations

from threading import Event
from typing import Any

from fastscale import names
from fastscale.aws import shapes
from fastscale.decide import schedule as decide
from fastscale.errors import ExpressionError
from fastscale.localcloud.activities import Activities
from fastscale.localcloud.backstage import api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.service import ScalableTarget, read_state, scalable_targets, set_desired_count

#: Scheduled actions have minute precision: a look every few seconds runs them in time.
POLL_SECONDS = 5.0

Shape = dict[str, Any]


class ScheduleLoop:
    """Sets minimum and maximum capacity as scheduled actions say, and the desired count that follows from them."""

    def __init__(self, *, autoscaling: Any, ecs: Any, activities: Activities, say: Say) -> None:
        self._autoscaling = autoscaling
        self._ecs = ecs
        self._say = say
        self._activities = activities
        self._patience = Patience(say)
        self._memories: dict[str, decide.ScheduleMemory] = {}

    def run(self, stop: Event) -> None:
        """Run scheduled actions until ``stop`` is set."""
        run_cycles(self.tick, stop, name="schedules", period_seconds=POLL_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """Run the actions that are due at ``now`` (seconds since 1970)."""
        if self._patience.attempt(self._look, now):
            self._patience.worked(now)

    @api_errors()
    def _look(self, now: float) -> None:
        pages = self._autoscaling.get_paginator("describe_scheduled_actions").paginate(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS
        )
        targets: dict[str, ScalableTarget] | None = None
        for action in (action for page in pages for action in page["ScheduledActions"]):
            if self._due(action, now):
                targets = targets or scalable_targets(self._autoscaling)
                self._run(action, targets[action["ResourceId"]], now)

    def _due(self, action: Shape, now: float) -> bool:
        memory = self._memories.setdefault(action["ScheduledActionARN"], decide.ScheduleMemory(now))
        schedule, created_at = shapes.schedule(action), shapes.epoch(action["CreationTime"]) or now
        try:
            due = decide.next_action(schedule, memory.done_until, created_at)
        except ExpressionError as error:
            self._say(f"scheduled action {schedule.name} never runs: {error}")
            self._memories[action["ScheduledActionARN"]] = decide.ScheduleMemory(float("inf"))
            return False
        return due is not None and due <= now

    def _run(self, action: Shape, target: ScalableTarget, now: float) -> None:
        arn, schedule = action["ScheduledActionARN"], shapes.schedule(action)
        service = read_state(self._ecs, target)
        if service is None or target.scheduled_suspended:
            self._memories[arn] = decide.ScheduleMemory(now)
            return
        seen = decide.ScheduleSeen(service, shapes.epoch(action["CreationTime"]) or now)
        proposal, self._memories[arn] = decide.decide(schedule, seen, self._memories[arn], now)
        if proposal is None:
            return
        if proposal.problem:
            self._say(f"scheduled action {schedule.name}: {proposal.status_message}")
            return
        self._apply(proposal, target, now)

    def _apply(self, proposal: decide.ScheduleProposal, target: ScalableTarget, now: float) -> None:
        self._autoscaling.register_scalable_target(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceId=target.resource_id,
            ScalableDimension=names.SCALABLE_DIMENSION,
            MinCapacity=proposal.minimum,
            MaxCapacity=proposal.maximum,
        )
        self._activities.done(target, proposal.description, proposal.cause, proposal.status_message, now=now)
        self._say(f"{proposal.description}: {proposal.cause}")
        if proposal.capacity is not None:
            set_desired_count(self._ecs, target, proposal.capacity)
            self._activities.begin(
                target,
                proposal.capacity,
                description=proposal.capacity_description,
                cause=proposal.capacity_cause,
                now=now,
            )

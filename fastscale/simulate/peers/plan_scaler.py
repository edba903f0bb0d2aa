"""Any plan, scaled as AWS scales it: CloudWatch alarms, step and target tracking policies, scheduled actions.

Every decision is :mod:`fastscale.decide`'s. The order of things is the local cloud's: alarms are evaluated on their
cadence when a period's data is visible, and each invoked policy acts on the running tasks at once.
"""

from __future__ import annotations

import math

from fastscale.decide import alarm as alarms
from fastscale.decide import schedule as schedules
from fastscale.decide import step
from fastscale.decide import target as tracking
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, Proposal, ServiceState
from fastscale.plan import Alarm, Plan
from fastscale.series import floor_time
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Upkeep, every
from fastscale.simulate.view import View


class PlanScaler:
    """A :class:`fastscale.simulate.strategy.Strategy` that follows a plan."""

    def __init__(self, plan: Plan, settings: WorldSettings, *, start: float) -> None:
        scaling = plan.scaling
        self._plan = plan
        self._offset = settings.delays.visibility + settings.delays.evaluation_margin + settings.delays.scaling
        self._minimum, self._maximum = scaling.min_capacity, scaling.max_capacity
        self._steps = {policy.name: policy for policy in scaling.step_policies}
        self._targets = scaling.target_policies
        self._target_alarms = {
            policy.name: tracking.alarms(policy, cluster=plan.service.cluster, service=plan.service.name)
            for policy in self._targets
        }
        own = [alarm for alarm in plan.alarms if alarm.policies]
        self._alarms = own + [alarm for pair in self._target_alarms.values() for alarm in pair]
        self._memories = {alarm.name: alarms.AlarmMemory() for alarm in self._alarms}
        self._cooldowns = Cooldowns()
        self._schedule_memories = {entry.name: schedules.ScheduleMemory(start) for entry in scaling.schedules}
        self._created_at = start
        self._next_schedule = self._due_schedule()

    @property
    def upkeep(self) -> Upkeep:
        """The plan's alarms, those of its target tracking policies, and its four metrics."""
        everything = [*self._plan.alarms, *(alarm for pair in self._target_alarms.values() for alarm in pair)]
        high = sum(alarm.period < 60 for alarm in everything)
        metrics = {alarm.metric.name for alarm in self._plan.alarms if alarm.metric and _is_custom(alarm)}
        return Upkeep(
            custom_metrics=len(metrics),
            publish_seconds=self._plan.metering.interval_seconds if metrics else 0.0,
            standard_alarms=len(everything) - high,
            high_resolution_alarms=high,
        )

    @property
    def limits(self) -> tuple[int, int]:
        """The minimum and maximum of this moment, in tasks: schedules change them."""
        return self._minimum, self._maximum

    def initial_tasks(self, usual: int) -> int:
        """Within the plan's limits."""
        return min(max(usual, self._minimum), self._maximum)

    def next_wake(self, after: float) -> float | None:
        """When the next alarm is evaluated or the next scheduled action is due."""
        due = [self._next_schedule] if self._next_schedule is not None else []
        if self._alarms:
            due.append(every(min(map(alarms.cadence_seconds, self._alarms)), after, self._offset))
        return min(due, default=None)

    def decide(self, seen: View, now: float) -> int | None:
        """Run what is due; the last desired count that a policy or a scheduled action set."""
        state = seen.state(self._minimum, self._maximum)
        wanted = self._run_schedules(state, now)
        until = floor_time(now - self._offset, alarms.HIGH_RESOLUTION_CADENCE_SECONDS)
        if now - self._offset - until > 1e-3:
            return wanted  # woken by a schedule
        for alarm in self._alarms:
            if until % alarms.cadence_seconds(alarm) == 0:
                wanted = self._evaluate(alarm, seen, until, now, wanted)
        return wanted

    def _evaluate(self, alarm: Alarm, seen: View, until: float, now: float, wanted: int | None) -> int | None:
        datapoints = seen.alarm_datapoints(alarm, alarms.window(alarm, until), now)
        proposal, memory = alarms.evaluate(alarm, datapoints, self._memories[alarm.name], until)
        self._memories[alarm.name] = memory
        if not proposal.act or proposal.state is not AlarmState.ALARM:
            return wanted
        for name in alarm.policies:
            desired = seen.desired if wanted is None else wanted
            state = ServiceState(seen.running, desired, self._minimum, self._maximum)
            decided = self._apply(name, proposal, state, seen, now)
            wanted = wanted if decided.capacity is None else decided.capacity
        return wanted

    def _apply(
        self, name: str, proposal: alarms.AlarmProposal, state: ServiceState, seen: View, now: float
    ) -> Proposal:
        if name in self._steps:
            step_seen = step.StepSeen(state, proposal.evaluated, proposal.alarm.threshold)
            decided, self._cooldowns = step.decide(self._steps[name], step_seen, self._cooldowns, now)
            return decided
        tracks = {
            policy: self._track(pair[0], pair[1] if len(pair) > 1 else None, seen, proposal.now, now)
            for policy, pair in self._target_alarms.items()
        }
        decided, self._cooldowns = tracking.decide(
            self._targets, tracking.TargetSeen(state, tracks), self._cooldowns, now
        )
        return decided

    def _track(self, high: Alarm, low: Alarm | None, seen: View, until: float, now: float) -> tracking.Track:
        return tracking.Track(
            datapoints=seen.alarm_datapoints(high, alarms.window(high, until), now),
            high=self._memories[high.name].state,
            low=self._memories[low.name].state if low else AlarmState.OK,
        )

    def _run_schedules(self, state: ServiceState, now: float) -> int | None:
        if self._next_schedule is None or now < self._next_schedule:
            return None
        wanted = None
        for entry in self._plan.scaling.schedules:
            seen = schedules.ScheduleSeen(state, self._created_at)
            action, self._schedule_memories[entry.name] = schedules.decide(
                entry, seen, self._schedule_memories[entry.name], now
            )
            if action is not None and action.problem is None:
                self._minimum, self._maximum = action.minimum, action.maximum
                wanted = wanted if action.capacity is None else action.capacity
                desired = state.desired if wanted is None else wanted
                state = ServiceState(state.running, desired, self._minimum, self._maximum)
        self._next_schedule = self._due_schedule()
        return wanted

    def _due_schedule(self) -> float | None:
        due = (
            schedules.next_action(entry, self._schedule_memories[entry.name].done_until, self._created_at)
            for entry in self._plan.scaling.schedules
        )
        found = min((at for at in due if at is not None), default=math.inf)
        return None if math.isinf(found) else found


def _is_custom(alarm: Alarm) -> bool:
    return alarm.metric is not None and not alarm.metric.namespace.startswith("AWS/")

"""Pulse: a controller task that looks once a second and sets the desired count itself.

Every decision is :mod:`fastscale.decide.pulse`'s. A round takes a moment: the tasks answer, and UpdateService is called
:data:`ROUND_SECONDS` after the second is over. The plan's schedules move the limits as they do without Pulse. Its
alarms stay in place and are in the price, but they are not simulated here: whatever load would trip one, Pulse has seen
for many seconds by then.
"""

from __future__ import annotations

from dataclasses import replace

from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import Forecast, LoadReading, PulseSeen, ServiceReading
from fastscale.decide.pulse.season import Season
from fastscale.plan import Plan
from fastscale.simulate.peers.plan_scaler import PlanScaler
from fastscale.simulate.strategy import Peer, Situation, Upkeep, every
from fastscale.simulate.view import View

#: From the end of a second to the updated desired count, an assumption: a round of reads and one call of the API.
ROUND_SECONDS = 0.25
#: Pulse's own metrics: how many there are in the plan's alarms' terms, and how often they are published (seconds).
OWN_METRICS = 1
OWN_PUBLISH_SECONDS = 60.0


class Pulse:
    """The controller at work."""

    def __init__(self, situation: Situation) -> None:
        plan, start = situation.plan, situation.trace.start
        self._plan = plan
        self._managed = PlanScaler(plan, situation.settings, start=start)
        self._schedules = PlanScaler(_schedules_of(plan), situation.settings, start=start)
        self._memory = PulseMemory()
        self._season = Season(time_zone=plan.time_zone) if plan.pulse.learn else None
        self._looked_at = start
        self._scheduled = self._schedules.next_wake(start)

    @property
    def upkeep(self) -> Upkeep:
        """The controller's task, the plan's alarms and one for its heartbeat; it alone publishes metrics."""
        managed, pulse = self._managed.upkeep, self._plan.pulse
        own_calls = 3600 / OWN_PUBLISH_SECONDS
        return replace(
            managed,
            custom_metrics=managed.custom_metrics + OWN_METRICS,
            publish_seconds=0.0,
            calls_per_hour=3600 / self._plan.metering.interval_seconds + own_calls,
            standard_alarms=managed.standard_alarms + 1,
            controller_cpu=pulse.cpu * pulse.replicas,
            controller_memory=pulse.memory * pulse.replicas,
        )

    def initial_tasks(self, usual: int) -> int:
        """Within the plan's limits."""
        return self._schedules.initial_tasks(usual)

    def next_wake(self, after: float) -> float | None:
        """Once a second."""
        return every(self._plan.pulse.interval_seconds, after, ROUND_SECONDS)

    def decide(self, seen: View, now: float) -> int | None:
        """One round: what schedules want, unless the load wants more."""
        scheduled = None
        if self._scheduled is not None and now >= self._scheduled:
            scheduled = self._schedules.decide(seen, now)
            self._scheduled = self._schedules.next_wake(now)
        decision, self._memory = decide(self._plan.pulse, self._look(seen, now, scheduled), self._memory)
        return scheduled if decision.desired is None else decision.desired

    def _look(self, seen: View, now: float, scheduled: int | None) -> PulseSeen:
        seconds, self._looked_at = now - self._looked_at, now
        serving, (minimum, maximum) = seen.serving, self._schedules.limits
        rate = seen.mean_rate(max(1, round(seconds)), now)
        load = (
            LoadReading(
                arrivals=rate * seconds,
                seconds=seconds,
                tasks_read=serving,
                tasks_serving=serving,
                rate=rate,
                in_progress=seen.mean_concurrency(1, now),
            )
            if rate is not None and serving
            else None
        )
        service = ServiceReading(
            desired=seen.desired if scheduled is None else scheduled,
            running=seen.running,
            serving=serving,
            starting=seen.starting,
            min_capacity=minimum,
            max_capacity=maximum,
        )
        return PulseSeen(
            now=now,
            load=load,
            service=service,
            requests_per_task=self._plan.requests_per_task,
            startup_seconds=seen.startup_seconds(self._plan.task.startup_seconds),
            forecast=self._foresee(load, now),
        )

    def _foresee(self, load: LoadReading | None, now: float) -> Forecast | None:
        """What the days of the trace so far teach of the next minutes."""
        if self._season is None:
            return None
        if load is not None:
            self._season = self._season.learn(now, load.rate, load.seconds)
        return self._season.forecast(
            now,
            startup_seconds=self._plan.task.startup_seconds,
            requests_per_task=self._plan.requests_per_task,
        )


def _schedules_of(plan: Plan) -> Plan:
    """The plan with nothing but its limits and schedules."""
    scaling = plan.scaling.model_copy(update={"step_policies": (), "target_policies": ()})
    return plan.model_copy(update={"scaling": scaling, "alarms": ()})


PULSE = Peer("pulse", "Pulse: looks and decides once a second", Pulse)

"""Pulse: a controller task that looks once a second and sets the desired count itself.

Every decision is :mod:`fastscale.decide.pulse`'s. A round takes a moment: the tasks answer, and UpdateService is called
:data:`ROUND_SECONDS` after the second is over. The plan's alarms, policies and schedules act as they do without Pulse,
on the load that Pulse publishes; what they set is for Pulse somebody else's.
"""

from __future__ import annotations

from dataclasses import replace

from fastscale.cost.metrics import PULSE_METRICS, PULSE_OWN_SECONDS, STANDARD_METRICS
from fastscale.cost.tasks import HISTORY_SECONDS, HISTORY_UNITS
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import Forecast, LoadReading, PulseSeen, ServiceReading
from fastscale.decide.pulse.on_their_way import ALARM_ACTS_WITHIN_SECONDS
from fastscale.decide.pulse.season import Season
from fastscale.decide.pulse.season_told import Told
from fastscale.simulate.peers.plan_scaler import PlanScaler
from fastscale.simulate.strategy import Peer, Situation, Upkeep, every
from fastscale.simulate.view import View

#: From the end of a second to the updated desired count, an assumption: a round of reads and one call of the API.
ROUND_SECONDS = 0.25
#: The alarm on its heartbeat.
OWN_ALARMS = 1
#: Two moments closer together than this (seconds) are the same one.
SAME_MOMENT_SECONDS = 1e-3


class Pulse:
    """The controller at work."""

    def __init__(self, situation: Situation) -> None:
        plan, start = situation.plan, situation.trace.start
        self._plan = plan
        self._managed = PlanScaler(plan, situation.settings, start=start)
        self._memory = PulseMemory()
        self._season = Season(time_zone=plan.time_zone) if plan.pulse.learn else None
        self._told = Told()
        self._looked_at = start
        self._managed_at = self._managed.next_wake(start)

    @property
    def upkeep(self) -> Upkeep:
        """The controller's task, the plan's alarms and one for its heartbeat; it alone publishes metrics."""
        managed, pulse = self._managed.upkeep, self._plan.pulse
        own_calls = 3600 / PULSE_OWN_SECONDS
        return replace(
            managed,
            custom_metrics=STANDARD_METRICS + PULSE_METRICS,
            publish_seconds=0.0,
            calls_per_hour=3600 / self._plan.metering.interval_seconds + own_calls,
            standard_alarms=managed.standard_alarms + OWN_ALARMS,
            controller_cpu=pulse.cpu * pulse.replicas,
            controller_memory=pulse.memory * pulse.replicas,
            table_writes_per_hour=3600 / HISTORY_SECONDS * HISTORY_UNITS if pulse.learn else 0.0,
        )

    def initial_tasks(self, usual: int) -> int:
        """Within the plan's limits."""
        return self._managed.initial_tasks(usual)

    def next_wake(self, after: float) -> float | None:
        """Once a second, and whenever the plan's alarms and schedules are due."""
        tick = every(self._plan.pulse.interval_seconds, after, ROUND_SECONDS)
        return tick if self._managed_at is None else min(tick, self._managed_at)

    def decide(self, seen: View, now: float) -> int | None:
        """What is due: the managed path, or a round of Pulse."""
        if self._managed_at is None or now < self._managed_at:
            decision, self._memory = decide(self._plan.pulse, self._look(seen, now), self._memory)
            return decision.desired
        seen.count_ahead(ALARM_ACTS_WITHIN_SECONDS)
        wanted = self._managed.decide(seen, now)
        self._managed_at = self._managed.next_wake(now + SAME_MOMENT_SECONDS)
        return wanted

    def _look(self, seen: View, now: float) -> PulseSeen:
        seconds, self._looked_at = now - self._looked_at, now
        serving, (minimum, maximum) = seen.serving, self._managed.limits
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
            desired=seen.desired,
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
        self._told = self._told.after(
            self._season,
            now,
            startup_seconds=self._plan.task.startup_seconds,
            requests_per_task=self._plan.requests_per_task,
        )
        return self._told.forecast


PULSE = Peer("pulse", "Pulse: looks and decides once a second", Pulse)

"""One strategy meets one trace."""

from __future__ import annotations

import math

from fastscale.plan import Plan
from fastscale.simulate.engine import Engine, Priority
from fastscale.simulate.exact import ExactPlane
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.fluid import FluidPlane
from fastscale.simulate.metrics import Metrics
from fastscale.simulate.outcome import Finished, Outcome
from fastscale.simulate.plane import Plane
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Peer, Situation, Strategy
from fastscale.simulate.traffic.trace import Trace
from fastscale.simulate.view import View


def simulate(trace: Trace, plan: Plan, peer: Peer, settings: WorldSettings) -> Outcome:
    """What happens when ``peer`` scales the service of ``plan`` under ``trace``; the same for the same input."""
    start = float(math.floor(trace.start))
    plane: Plane = (ExactPlane if settings.exact else FluidPlane)(trace.rates, start, settings)
    engine = Engine(start, plane.advance)
    fleet = Fleet(engine, plane, plan, settings)
    metrics = Metrics(fleet, plane, settings, start=start, interval_seconds=plan.metering.interval_seconds)
    strategy = peer.make(Situation(plan, settings, trace))
    fleet.begin(strategy.initial_tasks(settings.initial_tasks or usual_tasks(trace, plan)))
    _Decisions(engine, strategy, fleet, View(fleet, plane, metrics, start=start)).begin(start)
    engine.run(start + trace.seconds)
    plane.finish()
    finished = Finished(
        peer=peer,
        plan=plan,
        trace=trace,
        settings=settings,
        fleet=fleet,
        ledger=plane.ledger,
        upkeep=strategy.upkeep,
        unknown_metrics=sorted(metrics.unknown),
    )
    return Outcome.of(finished)


def usual_tasks(trace: Trace, plan: Plan) -> int:
    """The tasks that the first minute of a trace needs at ``requests_per_task``, at least one."""
    first = float(trace.rates[:60].mean())
    return max(1, math.ceil(first / plan.requests_per_task))


class _Decisions:
    """Wakes the strategy when it wants to be woken, and hands what it wants to the fleet."""

    def __init__(self, engine: Engine, strategy: Strategy, fleet: Fleet, view: View) -> None:
        self._engine = engine
        self._strategy = strategy
        self._fleet = fleet
        self._view = view

    def begin(self, start: float) -> None:
        at = self._strategy.next_wake(start)
        if at is not None:
            self._engine.schedule(at, self._wake, Priority.DECISION)

    def _wake(self, now: float) -> None:
        wanted = self._strategy.decide(self._view, now)
        if wanted is not None and wanted != self._fleet.desired:
            self._fleet.set_desired(wanted)
        self.begin(now)

"""What a simulation answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from fastscale.cost import prices_like
from fastscale.load.latency import LatencySummary
from fastscale.load.records import Failure
from fastscale.plan import Plan
from fastscale.simulate.bill import Bill, bill
from fastscale.simulate.elasticity import Elasticity, elasticity
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.ledger import Ledger, Numbers
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Peer, Upkeep
from fastscale.simulate.surges import Reaction, find_surges, reactions, smoothed
from fastscale.simulate.tasks import SimTask
from fastscale.simulate.traffic.trace import Trace

#: Series are condensed to at most this many points for plots and files.
MOST_POINTS = 1500
#: Fargate charges a task at least this long (https://aws.amazon.com/fargate/pricing/).
SHORTEST_CHARGE_SECONDS = 60.0


@dataclass(frozen=True)
class Requests:
    """Requests by their end; ``late`` ones were answered, but over the SLO. Retries of one request count once."""

    offered: float
    failed: float
    late: float
    failures: dict[Failure, float]

    @property
    def missed_share(self) -> float:
        """Share (0..1) of the requests that failed or were over the SLO."""
        return (self.failed + self.late) / self.offered if self.offered else 0.0


@dataclass(frozen=True)
class Series:
    """Means over steps of ``step_seconds``: rates in requests/s, counts in tasks."""

    step_seconds: int
    offered: list[float]
    failed: list[float]
    latency_ms: list[float | None]
    desired: list[float]
    running: list[float]
    serving: list[float]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A simulation that has ended, to be judged."""

    peer: Peer
    plan: Plan
    trace: Trace
    settings: WorldSettings
    fleet: Fleet
    ledger: Ledger
    upkeep: Upkeep
    unknown_metrics: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """One strategy under one trace.

    ``changes`` counts how often the desired count was set. ``unknown_metrics`` are those that the plan looks at and the
    simulated world does not publish. ``foreign_prices`` is the Region whose prices the bill is in, where there are none
    of the plan's. Latencies are of answered requests and of those that timed out.
    """

    strategy: str
    title: str
    trace: str
    gaps: tuple[str, ...]
    requests: Requests
    latency: LatencySummary
    reactions: tuple[Reaction, ...]
    task_hours: float
    most_tasks: int
    bill: Bill
    foreign_prices: str | None
    changes: int
    elasticity: Elasticity
    series: Series
    unknown_metrics: tuple[str, ...]

    @property
    def trigger_seconds(self) -> float | None:
        """The median over the surges that were answered; None when there was none."""
        return _median([reaction.trigger_seconds for reaction in self.reactions])

    @property
    def capacity_seconds(self) -> float | None:
        """The median over the surges for which capacity became enough; None when there was none."""
        return _median([reaction.capacity_seconds for reaction in self.reactions])

    @property
    def unanswered(self) -> int:
        """Surges for which capacity was not enough before the next one came or the trace ended."""
        return sum(reaction.capacity_seconds is None for reaction in self.reactions)

    @classmethod
    def of(cls, run: Finished) -> Self:
        """Judge a finished simulation."""
        plan, trace, ledger, fleet = run.plan, run.trace, run.ledger, run.fleet
        serving = np.frombuffer(ledger.serving)[: trace.seconds]
        demand = np.maximum(np.ceil(smoothed(trace.rates) / plan.requests_per_task), 1)
        task_hours = sum(_charged_seconds(task, trace.start + trace.seconds) for task in fleet.everyone) / 3600
        prices = prices_like(plan.region)
        return cls(
            strategy=run.peer.name,
            title=run.peer.title,
            trace=trace.name,
            gaps=tuple(str(gap) for gap in trace.gaps),
            requests=Requests(trace.requests, sum(ledger.failed), sum(ledger.late), dict(ledger.failures)),
            latency=ledger.latencies.histogram().summary(),
            reactions=tuple(_reactions(run, serving)),
            task_hours=task_hours,
            most_tasks=max(count for _, count in fleet.desired_changes),
            bill=bill(plan.task, prices, run.upkeep, task_hours=task_hours, hours=trace.seconds / 3600),
            foreign_prices=None if prices.region == plan.region else prices.region,
            changes=len(fleet.desired_changes) - 1,
            elasticity=elasticity(demand, serving),
            series=_series(trace, fleet, ledger),
            unknown_metrics=tuple(run.unknown_metrics),
        )


def _reactions(run: Finished, serving: Numbers) -> list[Reaction]:
    return reactions(
        find_surges(run.trace.rates, run.plan.requests_per_task),
        run.fleet.desired_changes,
        serving,
        start=run.trace.start,
        task_capacity=run.settings.task.capacity,
    )


def _charged_seconds(task: SimTask, end: float) -> float:
    """From the launch to the stop; a task that was called off before its launch costs nothing."""
    stopped = end if task.stopped_at is None else min(task.stopped_at, end)
    if stopped <= task.created_at:
        return 0.0
    return max(stopped - task.created_at, SHORTEST_CHARGE_SECONDS if task.stopped_at is not None else 0.0)


def _series(trace: Trace, fleet: Fleet, ledger: Ledger) -> Series:
    step = max(1, -(-trace.seconds // MOST_POINTS))
    answered, response = (
        _condensed(np.frombuffer(column)[: trace.seconds], step)
        for column in (ledger.answered, ledger.response_seconds)
    )
    latency = [1000 * total / count if count else None for total, count in zip(response, answered, strict=True)]
    return Series(
        step_seconds=step,
        offered=_condensed(trace.rates, step),
        failed=_condensed(np.frombuffer(ledger.failed)[: trace.seconds], step),
        latency_ms=[None if value is None else round(value, 2) for value in latency],
        desired=_condensed(_desired(fleet.desired_changes, trace), step),
        running=_condensed(_running(fleet.everyone, trace), step),
        serving=_condensed(np.frombuffer(ledger.serving)[: trace.seconds], step),
    )


def _desired(changes: Sequence[tuple[float, int]], trace: Trace) -> Numbers:
    """The desired count in each second."""
    moments = np.array([at for at, _ in changes]) - trace.start
    counts = np.array([count for _, count in changes], dtype=np.float64)
    return counts[np.searchsorted(moments, np.arange(trace.seconds), side="right") - 1]


def _running(tasks: Sequence[SimTask], trace: Trace) -> Numbers:
    """The running count in each second."""
    change = np.zeros(trace.seconds + 1)
    for task in tasks:
        first = int(min(task.running_at - trace.start, trace.seconds))
        last = trace.seconds if task.leaving_at is None else int(min(task.leaving_at - trace.start, trace.seconds))
        if first < last:
            change[first] += 1
            change[last] -= 1
    counts: Numbers = np.cumsum(change[:-1])
    return counts


def _condensed(values: Numbers, step: int) -> list[float]:
    """Means of ``step`` values each."""
    edges = np.arange(0, values.size, step)
    lengths = np.minimum(step, values.size - edges)
    return [round(mean, 4) for mean in (np.add.reduceat(values, edges) / lengths).tolist()]


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None

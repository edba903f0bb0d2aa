"""Tune a plan on some traffic, and judge it on other traffic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastscale.errors import TraceError
from fastscale.plan import Plan
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.profiles import PLAN
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.trace import Trace
from fastscale.simulate.tune.knobs import Knobs, settled, turned
from fastscale.simulate.tune.search import search

#: Share of a trace, at its end, that is kept from the search when no other traffic is given to judge by.
HELD_OUT_SHARE = 1 / 3
#: Shorter traces than this are not split, in seconds.
SHORTEST_SPLIT_SECONDS = 1800
#: Dollars a setting is charged for each time its misses are the goal over again: a failed goal is never cheaper.
PENALTY = 1000.0


@dataclass(frozen=True)
class Tuned:
    """The best setting and its plan, with what the plan did before and does now on traffic that was held out."""

    knobs: Knobs
    plan: Plan
    before: tuple[Outcome, ...]
    after: tuple[Outcome, ...]
    goal_met: bool


def tune(
    plan: Plan,
    traces: Sequence[Trace],
    held_out: Sequence[Trace],
    settings: WorldSettings,
    *,
    missed_share: float,
    trials: int,
    on_trial: Callable[[], None] = lambda: None,
) -> Tuned:
    """The cheapest setting of ``plan`` that misses at most ``missed_share`` (0..1) of the requests of each trace.

    When none does, the one that comes nearest. Raises PlanError when the plan has nothing to tune.
    """

    def cost(knobs: Knobs) -> float:
        outcomes = _run(turned(plan, knobs), traces, settings)
        on_trial()
        return sum(outcome.bill.total + _penalty(outcome, missed_share) for outcome in outcomes)

    turned(plan, Knobs())  # refuses a plan that cannot be tuned before the search begins
    best = settled(plan, search(cost, trials=trials, seed=settings.seed))
    tuned = turned(plan, best)
    after = _run(tuned, held_out, settings)
    return Tuned(
        knobs=best,
        plan=tuned,
        before=_run(plan, held_out, settings),
        after=after,
        goal_met=all(outcome.requests.missed_share <= missed_share for outcome in after),
    )


def split(trace: Trace) -> tuple[Trace, Trace]:
    """A trace to search on and the later third of it to judge by. Raises TraceError when it is too short for that."""
    if trace.seconds < SHORTEST_SPLIT_SECONDS:
        raise TraceError(
            f"{trace.name}: {trace.seconds} s are too short to hold a part out, give other traffic by --held-out"
        )
    at = round(trace.seconds * (1 - HELD_OUT_SHARE))
    return trace.sliced(0, at), trace.sliced(at)


def _run(plan: Plan, traces: Sequence[Trace], settings: WorldSettings) -> tuple[Outcome, ...]:
    return tuple(simulate(trace, plan, PLAN, settings) for trace in traces)


def _penalty(outcome: Outcome, missed_share: float) -> float:
    missed = outcome.requests.missed_share
    return PENALTY * missed / max(missed_share, 1e-6) if missed > missed_share else 0.0

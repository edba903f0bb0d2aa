"""How many requests are late or lost, and at which cost, beside rivals?

    make bench NAME=pulse ARGS="--part traces --traces FOLDER"       real traffic (or FASTSCALE_TRACES=FOLDER)

Every trace of the folder and every built-in shape, scaled so that its busiest minute needs 40 tasks. The best rival is
the one with the fewest requests over the SLO, of equals the cheapest; a fleet of fixed size and the clairvoyant are
bounds, not rivals. For each trace one of these holds:

- met: at most a quarter of the best rival's misses at no more than 1.05 times its cost
- front: no rival has fewer misses for less money, and a quarter is out of reach: :mod:`.foresight`, which knows all but
  when surges begin, does not have it for that money either, with any of the spare capacities that it tries
- reachable: no rival dominates, but that yardstick shows that a quarter could be had
- dominated: a rival is at least as good in both and better in one

A world of its own for each: the plan's schedules are left out, as the traces are of other places.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.pulse_parts.foresight import fewest_missed
from benchmarks.result import Figure, finish
from fastscale import profiles
from fastscale.plan import Plan
from fastscale.simulate.compare import compare
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.catalogue import PEERS
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.reader import read_trace
from fastscale.simulate.traffic.shapes import DAY_SECONDS, SHAPES, ShapeOptions, shape
from fastscale.simulate.traffic.trace import Trace

PEAK_TASKS = 40
SHARE_OF_MISSES, TIMES_THE_COST = 0.25, 1.05
BOUNDS = ("fixed", "clairvoyant")
OURS = "pulse"
#: Fewer requests than this are none: the fluid model has fractions.
NONE = 0.5
#: Built-in shapes last an hour, the day a day.
SHAPE_SECONDS = 3600


@dataclass(frozen=True)
class Verdict:
    """What was found on one trace; ``text`` says why."""

    trace: str
    word: str
    text: str

    @property
    def ok(self) -> bool:
        """Whether the aim was met, or is out of reach with nothing better."""
        return self.word in ("met", "front")


def main() -> None:
    """Simulate everything, print a table and a verdict for each trace, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=Path, default=_from_environment(), help="a folder of real traffic")
    parser.add_argument("--processes", type=int, help="default: one a core")
    options = parser.parse_args()
    plan, settings = _plan(), WorldSettings()
    verdicts = []
    for trace in _traces(options.traces):
        outcomes = compare([trace], plan, list(PEERS), settings, processes=options.processes)
        verdicts.append(_verdict(trace, outcomes, plan, settings))
        _show(trace, outcomes, verdicts[-1])
    _finish(verdicts, real=options.traces is not None)


def _from_environment() -> Path | None:
    folder = os.environ.get("FASTSCALE_TRACES")
    return Path(folder) if folder else None


def _plan() -> Plan:
    plan = profiles.default()
    return plan.model_copy(update={"scaling": plan.scaling.model_copy(update={"schedules": ()})})


def _traces(folder: Path | None) -> list[Trace]:
    """Real ones first; shapes with whole requests drawn around their means."""
    files = (
        [] if folder is None else sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".txt", ".gz"))
    )
    peak = PEAK_TASKS * profiles.default().requests_per_task
    real = [read_trace(path).scaled_to_peak(peak) for path in files]
    return real + [shape(name, _options(name)).scaled_to_peak(peak).noisy(seed=1) for name in SHAPES]


def _options(name: str) -> ShapeOptions:
    return ShapeOptions(seconds=DAY_SECONDS if name == "diurnal" else SHAPE_SECONDS)


def _verdict(trace: Trace, outcomes: Sequence[Outcome], plan: Plan, settings: WorldSettings) -> Verdict:
    ours = next(outcome for outcome in outcomes if outcome.strategy == OURS)
    rivals = [outcome for outcome in outcomes if outcome.strategy not in (*BOUNDS, OURS)]
    best = min(rivals, key=lambda rival: (_missed(rival), rival.bill.total))
    most_missed, most_cost = SHARE_OF_MISSES * _missed(best), TIMES_THE_COST * best.bill.total
    beside = (
        f"{_missed(ours):,.0f} misses for ${ours.bill.total:.3f}, best rival {best.strategy}: {_missed(best):,.0f} "
        f"for ${best.bill.total:.3f}"
    )
    if _missed(ours) <= most_missed and ours.bill.total <= most_cost:
        return Verdict(trace.name, "met", beside)
    better = [rival.strategy for rival in rivals if _dominates(rival, ours)]
    if better:
        return Verdict(trace.name, "dominated", f"{beside}; better: {', '.join(better)}")
    share = fewest_missed(trace, plan, settings, most_cost=most_cost)
    fewest = min(_missed(best), math.inf if share is None else share * trace.requests)
    without_foresight = f"the fewest without foresight for that money are {fewest:,.0f}"
    if fewest <= most_missed:
        return Verdict(trace.name, "reachable", f"{beside}; {without_foresight}")
    return Verdict(trace.name, "front", f"{beside}; {without_foresight}, no rival dominates")


def _missed(outcome: Outcome) -> float:
    missed = outcome.requests.failed + outcome.requests.late
    return missed if missed >= NONE else 0.0


def _dominates(rival: Outcome, ours: Outcome) -> bool:
    """At least as good in both, better in one."""
    fewer, cheaper = _missed(rival) - _missed(ours), rival.bill.total - ours.bill.total
    return fewer <= 0 and cheaper <= 0 and (fewer < 0 or cheaper < 0)


def _show(trace: Trace, outcomes: Sequence[Outcome], verdict: Verdict) -> None:
    print(f"\n{trace.name}: {trace.requests / 1e6:.1f} million requests in {trace.seconds / 3600:.1f} h")
    print(
        f"  {'strategy':20} {'missed':>10} {'share':>9} {'cost $':>9} {'tasks $':>9} {'task-hours':>10} {'changes':>8}"
    )
    for outcome in sorted(outcomes, key=_missed):
        print(
            f"  {outcome.strategy:20} {_missed(outcome):>10,.0f} {100 * outcome.requests.missed_share:>8.3f}% "
            f"{outcome.bill.total:>9.3f} {outcome.bill.tasks:>9.3f} {outcome.task_hours:>10.1f} {outcome.changes:>8}"
        )
    print(f"  -> {verdict.word}: {verdict.text}", flush=True)


def _finish(verdicts: Sequence[Verdict], *, real: bool) -> NoReturn:
    if not real:
        print("no folder of real traffic was given (--traces, FASTSCALE_TRACES): shapes alone")
    figures = [Figure(f"{one.trace}: {one.word}", float(one.ok), "", "1", one.ok) for one in verdicts]
    good = sum(one.ok for one in verdicts)
    target = f"{len(verdicts)} traces met, or on the front where a quarter is out of reach"
    finish("pulse_traces", good, "traces", target=target, ok=good == len(verdicts), figures=figures)


if __name__ == "__main__":
    main()

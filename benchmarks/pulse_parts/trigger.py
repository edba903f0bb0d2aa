"""How soon after a surge is the desired count raised, and does capacity meet demand? In the local cloud.

    make bench NAME=pulse ARGS="--part trigger --runs 20"

Each run starts a fresh local cloud with real task processes, Pulse as one of its services, and real traffic that grows
tenfold within a second, at a random moment of the controller's second and of the alarms' ten. Requests that are broken
by targets which come and go are counted: an overloaded task may refuse some, a change of targets may break none.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.one_demo import run_demo
from benchmarks.result import Figure, finish
from fastscale.aws_facts import TASK_STARTUP_SECONDS

#: Seconds from the moment at which the rate began to rise to the raised desired count.
MEDIAN_SECONDS, P95_SECONDS, MOST_SECONDS = 1.5, 2.0, 3.0
CALM_RATE, SURGE_RATE = 60.0, 600.0
#: From launch to RUNNING; health checks every five seconds then find the tasks.
STARTUP_SECONDS = TASK_STARTUP_SECONDS
#: By then capacity meets demand in nine of ten runs: the trigger, the start, and two health checks.
CAPACITY_SECONDS = MOST_SECONDS + STARTUP_SECONDS + 10.0
#: Pulse knows the calm before the surge comes; the surge is long enough to show when capacity meets it.
CALM_SECONDS, SURGE_SECONDS = 20.0, 45.0


@dataclass(frozen=True)
class Run:
    """Milestones in seconds from the surge, None for what did not happen, who raised the count, and broken requests."""

    phase: float
    decision: float | None
    trigger: float | None
    actor: str
    alarm_trigger: float | None
    capacity: float | None
    broken: int


def main() -> None:
    """Run, print a row a run, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/bench-pulse"))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"Surge from {CALM_RATE:g} to {SURGE_RATE:g} requests/s; seconds from its beginning")
    print(
        f"{'run':>3}  {'phase':>6}  {'decision':>8}  {'trigger':>8}  {'by':<16}  {'alarm path':>10}  "
        f"{'capacity':>8}  {'broken':>6}"
    )
    runs = []
    for number in range(1, options.runs + 1):
        run = _measure(chance.uniform(0, 10), options.out)
        runs.append(run)
        print(
            f"{number:>3}  {run.phase:6.2f}  {_seconds(run.decision):>8}  {_seconds(run.trigger):>8}  "
            f"{run.actor:<16}  {_seconds(run.alarm_trigger):>10}  {_seconds(run.capacity):>8}  {run.broken:>6}",
            flush=True,
        )
    _judge(runs)


def _measure(phase: float, out: Path) -> Run:
    demo = run_demo(
        out / f"phase-{phase:.2f}",
        *("--pulse", "--calm-rate", str(CALM_RATE), "--surge-rate", str(SURGE_RATE)),
        *("--calm", f"{CALM_SECONDS + phase:.2f}", "--duration", str(SURGE_SECONDS)),
        *("--startup", str(STARTUP_SECONDS), "--seed", str(int(phase * 1000))),
    )
    milestones, trigger = demo.report["milestones"], demo.report["trigger"]
    return Run(
        phase,
        milestones["pulse_decision"],
        milestones["trigger"],
        trigger["actor"] if trigger else "nobody",
        milestones["alarm_trigger"],
        milestones["capacity"],
        demo.broken,
    )


def _judge(runs: Sequence[Run]) -> NoReturn:
    """A run in which the count was not raised counts as one that took forever."""
    triggers = _in_order(run.trigger for run in runs)
    limits = {"median": MEDIAN_SECONDS, "p95": P95_SECONDS, "most": MOST_SECONDS}
    found = {"median": _rank(triggers, 0.5), "p95": _rank(triggers, 0.95), "most": triggers[-1]}
    figures = [
        Figure(f"trigger, {name}", value, "s", f"<= {limits[name]:g}", value <= limits[name])
        for name, value in found.items()
    ]
    by_pulse = sum(run.actor == "Pulse" for run in runs)
    figures.append(Figure("runs in which Pulse was first", by_pulse, "", f"{len(runs)}", by_pulse == len(runs)))
    figures += _capacity(_in_order(run.capacity for run in runs))
    broken = sum(run.broken for run in runs)
    figures.append(Figure("requests broken by changes of targets", broken, "", "0", broken == 0))
    ok = all(figure.ok for figure in figures)
    finish("pulse_trigger", found["median"], "s", target=f"<= {MEDIAN_SECONDS:g}", ok=ok, figures=figures)


def _capacity(met: Sequence[float]) -> list[Figure]:
    """When capacity met demand: nine of ten runs are judged, the first and the last told."""
    judged = {"median": _rank(met, 0.5), "p90": _rank(met, 0.9)}
    told = {"least": met[0], "most": met[-1]}
    return [
        Figure(f"capacity, {name}", value, "s", f"<= {CAPACITY_SECONDS:g}", value <= CAPACITY_SECONDS)
        for name, value in judged.items()
    ] + [Figure(f"capacity, {name}", value, "s", "told", ok=True) for name, value in told.items()]


def _in_order(seconds: Iterable[float | None]) -> list[float]:
    """What never happened counts as what took forever."""
    return sorted(math.inf if value is None else value for value in seconds)


def _rank(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed (nearest rank)."""
    return ordered[math.ceil(share * len(ordered)) - 1]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"


if __name__ == "__main__":
    main()

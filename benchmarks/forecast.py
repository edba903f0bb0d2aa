"""Does the learnt day help? Pulse with and without it, on the same days of a shop and on traces of yours.

    make bench NAME=forecast
    make bench NAME=forecast ARGS="two-weeks.csv --peak 4000"

The made-up days are the same each run: a day and night rhythm, work from nine to six, a sale at noon for half an hour,
each day a little busier or quieter, each second by chance. Failed requests count from the fourth day on, when three are
known.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.result import Figure, finish
from fastscale import profiles
from fastscale.plan import Plan
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.catalogue import choose
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.source import load
from fastscale.simulate.traffic.trace import Trace

DAY_SECONDS = 86_400
#: Days after which a day is known.
KNOWN_DAYS = 3
#: The learnt day has to take away most of the failures that recur, and may cost this much more.
MOST_FAILED, MOST_COST = 0.1, 1.05


@dataclass(frozen=True)
class Shop:
    """Days of a shop: how far its hours wander (minutes, standard deviation), and which days are holidays."""

    name: str
    days: str
    wander_minutes: float = 0.0

    def trace(self, seed: int) -> Trace:
        """The days, as requests in each second."""
        rng = np.random.default_rng(seed)
        seconds = [self._day(kind, rng) for kind in self.days]
        return Trace(name=self.name, rates=np.concatenate(seconds).astype(np.float64))

    def _day(self, kind: str, rng: np.random.Generator) -> np.ndarray:
        hour = np.arange(DAY_SECONDS) / 3600
        late = rng.normal(0, self.wander_minutes) / 60
        sale = 1500 * rng.uniform(0.8, 1.2)
        rate = 150 - 110 * np.cos(2 * np.pi * (hour - 4) / 24)
        rate += np.where((hour >= 9 + late) & (hour < 18), 300, 0)
        rate += np.where((hour >= 12 + late) & (hour < 12.5), sale, 0)
        if kind == "h":
            rate = np.full(DAY_SECONDS, 80.0)
        return rng.poisson(np.maximum(0, rate * (1 + rng.normal(0, 0.1))))


#: ``o`` is an ordinary day, ``h`` a holiday.
SHOPS = (Shop("on the minute", "ooooo"), Shop("minutes early or late", "ooooo", 4), Shop("holidays", "oooohho", 2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, print each pair side by side, and end with the JSON line."""
    parser = argparse.ArgumentParser(description="Pulse with and without the learnt day.")
    parser.add_argument("traces", nargs="*", help="traffic files of several days")
    parser.add_argument("--peak", type=float, default=4000, help="requests/s of a trace's busiest minute")
    given = parser.parse_args(arguments)
    for path in given.traces:
        compare(load(path).scaled_to_peak(given.peak))
    figures = [figure for shop in SHOPS for figure in compare(shop.trace(seed=1))]
    worst = max(figure.value for figure in figures if figure.unit == "of failures")
    finish(
        "forecast",
        worst,
        "of failures",
        target=f"<= {MOST_FAILED:g}",
        ok=all(figure.ok for figure in figures),
        figures=figures,
    )


def compare(trace: Trace) -> list[Figure]:
    """Both on one trace: failures of known days as a share of those without, and the cost as a multiple."""
    without, learnt = run(trace, learn=False), run(trace, learn=True)
    print(f"{trace.name}: failed requests by day, and cost")
    for name, outcome in (("without", without), ("learnt", learnt)):
        days = " ".join(f"{failed:9,.0f}" for failed in failed_by_day(outcome))
        print(f"  {name:8s}{days}  ${outcome.bill.total:.2f}")
    before = sum(failed_by_day(without)[KNOWN_DAYS:])
    share = sum(failed_by_day(learnt)[KNOWN_DAYS:]) / before if before else 0.0
    cost = learnt.bill.total / without.bill.total
    return [
        Figure(f"{trace.name}: failures", share, "of failures", f"<= {MOST_FAILED:g}", share <= MOST_FAILED),
        Figure(f"{trace.name}: cost", cost, "x", f"<= {MOST_COST:g}", cost <= MOST_COST),
    ]


def run(trace: Trace, *, learn: bool) -> Outcome:
    """Pulse under a trace, with the default plan in UTC and without its schedules, which know the hours already."""
    (pulse,) = choose(["pulse"])
    return simulate(trace, plan(learn=learn), pulse, WorldSettings())


def plan(*, learn: bool) -> Plan:
    """The plan of :func:`run`."""
    base = profiles.default()
    return base.model_copy(
        update={
            "time_zone": "UTC",
            "scaling": base.scaling.model_copy(update={"schedules": ()}),
            "pulse": base.pulse.model_copy(update={"learn": learn}),
        }
    )


def failed_by_day(outcome: Outcome) -> list[float]:
    """Requests that failed in each day of the trace; a step that reaches into the next day counts where it begins."""
    series = outcome.series
    days = [0.0] * ((len(series.failed) - 1) * series.step_seconds // DAY_SECONDS + 1)
    for number, failed in enumerate(series.failed):
        days[number * series.step_seconds // DAY_SECONDS] += failed * series.step_seconds
    return days


if __name__ == "__main__":
    main()

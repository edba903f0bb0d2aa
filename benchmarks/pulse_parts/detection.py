"""How soon is a surge told from noise, beside the best that is possible?

    make bench NAME=pulse ARGS="--part detection"

Calm traffic at a known rate, then surges of 1.2 to 10 times that, many times over; the shipped test looks each second.
Beside it the information-theoretic bound: no test that gives as few false alarms detects a change sooner on average
than ln(looks between false alarms) / KL seconds (Lorden 1971), and none before the first second is over. Two gaps
remain: the test does not know the size of the surge beforehand, and looks at whole seconds. Then hours of calm, to
count false alarms.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from benchmarks.result import Figure, finish
from fastscale.decide.pulse.arrivals import MOST_READINGS, Arrivals
from fastscale.decide.pulse.change import DAY_SECONDS, divergence, evidence_needed, excess_over
from fastscale.plan import PulsePolicy

RATES = (10, 100, 1000)
SURGES = (1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
#: Later than this a surge is not a matter of seconds any more: it is given up, and counts as that long.
LONGEST_SECONDS = 600
#: Only surges that the best test sees within this time are judged: the longest window that is looked at is 55 s.
JUDGED_SECONDS = 20.0
MOST_TIMES_THE_BOUND = 2.0


@dataclass(frozen=True)
class Delay:
    """Seconds until the test was sure, in the mean and for 19 of 20 surges; ``bound`` is the best possible mean."""

    rate: int
    surge: float
    bound: float
    mean: float
    p95: float

    @property
    def times(self) -> float:
        """How many times the bound the mean is."""
        return self.mean / self.bound


def main() -> None:
    """Measure, print a row for each surge, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--calm-hours", type=float, default=48)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{'requests/s':>10} {'surge':>6} {'bound s':>8} {'mean s':>8} {'p95 s':>7} {'times the bound':>16}")
    delays = []
    for rate in RATES:
        for surge in SURGES:
            delays.append(_measure(rate, surge, options.runs, rng))
            _show(delays[-1])
    alarms = sum(_false_alarms(rate, int(options.calm_hours * 3600), rng) for rate in RATES)
    days = options.calm_hours / 24 * len(RATES)
    print(f"{alarms} false alarms in {days:g} days of calm, {PulsePolicy().false_alarms_per_day:g} a day are allowed")
    _judge(delays, alarms, days)


def _show(delay: Delay) -> None:
    print(
        f"{delay.rate:>10} {delay.surge:>5g}x {delay.bound:>8.2f} {delay.mean:>8.2f} {delay.p95:>7.0f} "
        f"{delay.times:>16.2f}",
        flush=True,
    )


def bound_seconds(rate: float, surge: float) -> float:
    """The best mean delay that is possible with as few false alarms, looking once a second."""
    looks = DAY_SECONDS / PulsePolicy().false_alarms_per_day
    return max(1.0, math.log(looks) / divergence(surge * rate, rate))


def _measure(rate: int, surge: float, runs: int, rng: np.random.Generator) -> Delay:
    needed = _needed()
    delays = np.array([_delay(rate, surge, needed, rng) for _ in range(runs)])
    return Delay(rate, surge, bound_seconds(rate, surge), float(delays.mean()), float(np.quantile(delays, 0.95)))


def _delay(rate: int, surge: float, needed: float, rng: np.random.Generator) -> int:
    arrivals = Arrivals()
    for count in rng.poisson(rate, MOST_READINGS).tolist():
        arrivals = arrivals.add(count, 1.0)
    for second in range(1, LONGEST_SECONDS):
        arrivals = arrivals.add(float(rng.poisson(surge * rate)), 1.0)
        if excess_over(rate, arrivals, 1.0, needed):
            return second
    return LONGEST_SECONDS


def _false_alarms(rate: int, seconds: int, rng: np.random.Generator) -> int:
    """Alarms in calm traffic; after one the readings begin anew, as one burst would be seen by several looks."""
    needed, arrivals, alarms = _needed(), Arrivals(), 0
    for count in rng.poisson(rate, seconds).tolist():
        arrivals = arrivals.add(count, 1.0)
        if excess_over(rate, arrivals, 1.0, needed):
            alarms, arrivals = alarms + 1, Arrivals()
    return alarms


def _needed() -> float:
    policy = PulsePolicy()
    return evidence_needed(policy.false_alarms_per_day, policy.interval_seconds)


def _judge(delays: list[Delay], alarms: int, days: float) -> NoReturn:
    judged = [delay for delay in delays if delay.bound <= JUDGED_SECONDS]
    worst = max(delay.times for delay in judged)
    tenfold = max(delay.p95 for delay in delays if delay.surge == max(SURGES))
    # Twice the square root above the mean of a rare count: what a test that keeps its promise shows 19 of 20 times.
    allowed = PulsePolicy().false_alarms_per_day * days
    most_alarms = allowed + 2 * math.sqrt(allowed)
    figures = [
        Figure("mean delay over the bound", worst, "x", f"<= {MOST_TIMES_THE_BOUND:g}", worst <= MOST_TIMES_THE_BOUND),
        Figure("tenfold surge, p95", tenfold, "s", "<= 1", tenfold <= 1),
        Figure("false alarms in calm", alarms, "", f"<= {most_alarms:.1f}", alarms <= most_alarms),
    ]
    ok = all(figure.ok for figure in figures)
    finish("pulse_detection", worst, "x the bound", target=f"<= {MOST_TIMES_THE_BOUND:g}", ok=ok, figures=figures)


if __name__ == "__main__":
    main()

"""Does noise alone ever scale a service out? Days of steady traffic at 10, 100 and 1,000 requests/s.

    make bench NAME=pulse ARGS="--part steady"

Every second is decided by the shipped code, on independent arrivals and on arrivals that vary four times as much. The
load needs ten tasks, which is neither the floor nor the ceiling, and requests in progress vary as they do where each
takes a tenth of a second; every hundredth second is counted late, together with the next one. The first minutes do not
count: the controller does not know the service yet, and sizes it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from benchmarks.result import Figure, finish
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import LoadReading, PulseSeen, ServiceReading
from fastscale.plan import PulsePolicy

Counts = npt.NDArray[np.int64]

RATES = (10, 100, 1000)
#: Variance of a second's count over its mean.
DISPERSIONS = (1.0, 4.0)
START_SECONDS = 600
START = 1_767_571_200.0
TASKS_NEEDED = 10
MIN_TASKS, MAX_TASKS = 2, 100
#: A request takes this long.
ANSWER_SECONDS = 0.1
ROW = "{:>10} {:>10} {:>5} {:>17} {:>11} {:>10}"
#: One second in so many is counted late.
LATE_EVERY = 100


def main() -> None:
    """Run each day, print a row, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--days", type=int, default=4, help="days at each rate and dispersion, each with its own seed")
    parser.add_argument("--processes", type=int, help="default: one a core")
    options = parser.parse_args()
    cases = [(rate, dispersion) for rate in RATES for dispersion in DISPERSIONS]
    days = [_Day(*case, seed, int(options.hours * 3600)) for case in cases for seed in range(1, options.days + 1)]
    print(ROW.format("requests/s", "dispersion", "seed", "tasks at the end", "scale-outs", "scale-ins"))
    outs = dict.fromkeys(cases, 0)
    with ProcessPoolExecutor(options.processes) as pool:
        for day, (tasks, raised, lowered) in zip(days, pool.map(_Day.run, days), strict=True):
            print(ROW.format(day.rate, day.dispersion, day.seed, tasks, raised, lowered), flush=True)
            outs[day.rate, day.dispersion] += raised
    named = {f"scale-outs at {rate}/s, dispersion {dispersion:g}": times for (rate, dispersion), times in outs.items()}
    _finish([Figure(name, times, "", "0", times == 0) for name, times in named.items()])


@dataclass(frozen=True)
class _Day:
    """One day of noise at one rate."""

    rate: int
    dispersion: float
    seed: int
    seconds: int

    def run(self) -> tuple[int, int, int]:
        """What :func:`run` says of it."""
        rng = np.random.default_rng((self.seed, self.rate, int(self.dispersion)))
        counts = noise(self.rate, self.dispersion, self.seconds, rng)
        return run(counts, self.rate / TASKS_NEEDED, np.random.default_rng((self.seed, 1)))


def noise(rate: float, dispersion: float, seconds: int, rng: np.random.Generator) -> Counts:
    """Counts with this mean, Poisson or negative binomial."""
    if dispersion <= 1:
        return rng.poisson(rate, seconds)
    return rng.negative_binomial(rate / (dispersion - 1), 1 / dispersion, seconds)


def run(counts: Counts, requests_per_task: float, rng: np.random.Generator) -> tuple[int, int, int]:
    """Tasks at the end, and how often the count was raised and lowered after the start."""
    policy, memory, desired = PulsePolicy(), PulseMemory(), MIN_TASKS
    in_progress = rng.poisson(np.maximum(counts, 0) * ANSWER_SECONDS)
    outs = ins = 0
    for second, load in enumerate(_readings(counts, in_progress), start=1):
        decision, memory = decide(policy, _seen(second, load, desired, requests_per_task), memory)
        if decision.desired is not None:
            outs += decision.desired > desired and second > START_SECONDS
            ins += decision.desired < desired and second > START_SECONDS
            desired = decision.desired
    return desired, outs, ins


def _readings(counts: Counts, in_progress: Counts) -> Iterator[LoadReading]:
    """One a second; what is counted late is missing in its own second and comes with the next, said to be uncertain."""
    late = 0.0
    for second, (count, active) in enumerate(zip(counts.tolist(), in_progress.tolist(), strict=True), start=1):
        arrived, late = (count / 2, count / 2) if second % LATE_EVERY == 0 else (count + late, 0.0)
        uncertain = 0.5 if second % LATE_EVERY in (0, 1) and second > 1 else 0.0
        yield LoadReading(
            arrivals=arrived,
            seconds=1.0,
            tasks_read=0,
            tasks_serving=0,
            rate=arrived,
            in_progress=float(active),
            timing_error=uncertain,
        )


def _seen(second: int, load: LoadReading, desired: int, requests_per_task: float) -> PulseSeen:
    service = ServiceReading(
        desired=desired, running=desired, serving=desired, min_capacity=MIN_TASKS, max_capacity=MAX_TASKS
    )
    return PulseSeen(
        now=START + second,
        load=replace(load, tasks_read=desired, tasks_serving=desired),
        service=service,
        requests_per_task=requests_per_task,
        startup_seconds=25.0,
    )


def _finish(figures: list[Figure]) -> NoReturn:
    total = sum(figure.value for figure in figures)
    finish("pulse_steady", total, "false scale-outs", target="0", ok=total == 0, figures=figures)


if __name__ == "__main__":
    main()

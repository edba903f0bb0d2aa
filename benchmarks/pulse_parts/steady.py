"""Does noise alone ever scale a service out? A day of steady traffic at 10, 100 and 1,000 requests/s.

    make bench NAME=pulse ARGS="--part steady"

Every second is decided by the shipped code, on independent arrivals and on arrivals that vary four times as much. The
first minutes do not count: the controller does not know the service yet, and sizes it.
"""

from __future__ import annotations

import argparse
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from benchmarks.result import Figure, finish
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import LoadReading, PulseSeen, ServiceReading
from fastscale.plan import PulsePolicy

RATES = (10, 100, 1000)
#: Variance of a second's count over its mean.
DISPERSIONS = (1.0, 4.0)
START_SECONDS = 600
START = 1_767_571_200.0
REQUESTS_PER_TASK = 100.0
MIN_TASKS, MAX_TASKS = 2, 100


def main() -> None:
    """Run each day, print a row, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seconds = int(options.hours * 3600)
    print(f"{'requests/s':>10} {'dispersion':>10} {'tasks at the end':>17} {'scale-outs':>11} {'scale-ins':>10}")
    figures = []
    for rate in RATES:
        for dispersion in DISPERSIONS:
            counts = noise(rate, dispersion, seconds, np.random.default_rng((options.seed, rate, int(dispersion))))
            tasks, outs, ins = run(counts)
            print(f"{rate:>10} {dispersion:>10g} {tasks:>17} {outs:>11} {ins:>10}", flush=True)
            name = f"scale-outs at {rate}/s, dispersion {dispersion:g}"
            figures.append(Figure(name, outs, "", "0", outs == 0))
    _finish(figures)


def noise(rate: float, dispersion: float, seconds: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Counts with this mean, Poisson or negative binomial."""
    if dispersion <= 1:
        return rng.poisson(rate, seconds)
    return rng.negative_binomial(rate / (dispersion - 1), 1 / dispersion, seconds)


def run(counts: npt.NDArray[np.int64]) -> tuple[int, int, int]:
    """Tasks at the end, and how often the count was raised and lowered after the start."""
    policy, memory, desired = PulsePolicy(), PulseMemory(), MIN_TASKS
    outs = ins = 0
    for second, count in enumerate(counts.tolist(), start=1):
        decision, memory = decide(policy, _seen(second, float(count), desired), memory)
        if decision.desired is not None:
            outs += decision.desired > desired and second > START_SECONDS
            ins += decision.desired < desired and second > START_SECONDS
            desired = decision.desired
    return desired, outs, ins


def _seen(second: int, count: float, desired: int) -> PulseSeen:
    load = LoadReading(arrivals=count, seconds=1.0, tasks_read=desired, tasks_serving=desired, rate=count)
    service = ServiceReading(
        desired=desired, running=desired, serving=desired, min_capacity=MIN_TASKS, max_capacity=MAX_TASKS
    )
    return PulseSeen(
        now=START + second,
        load=load,
        service=service,
        requests_per_task=REQUESTS_PER_TASK,
        startup_seconds=25.0,
    )


def _finish(figures: list[Figure]) -> NoReturn:
    total = sum(figure.value for figure in figures)
    finish("pulse_steady", total, "false scale-outs", target="0", ok=total == 0, figures=figures)


if __name__ == "__main__":
    main()

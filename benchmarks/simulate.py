"""How fast does the simulator run? A day of 1 s traffic, ten strategies over a week, and the peak memory.

    make bench NAME=simulate
    make bench NAME=simulate ARGS="--trace FILE"      with real traffic (or the first file in FASTSCALE_TRACES)

Beside it, in the same run: the same task model written plainly with SimPy, one process a request, over a part of the
same traffic. The value is the CPU time of a day under the `default` profile, the best of three.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.result import finish
from fastscale import profiles
from fastscale.simulate.compare import compare
from fastscale.simulate.peers.catalogue import PEERS, choose
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.reader import read_trace
from fastscale.simulate.traffic.shapes import ShapeOptions, shape
from fastscale.simulate.traffic.trace import Trace

DAY, DAYS, STRATEGIES, PROCESSES = 86_400, 7, 10, 2
#: About ten million requests a day with a peak of a hundred tasks.
PEAK_TASKS = 100
DAY_TARGET, WEEK_TARGET, MEMORY_TARGET = 1.0, 60.0, 500.0
#: Seconds of the day that SimPy runs: it would take many minutes for all of it.
SIMPY_SECONDS = 60
REPEATS = 3


def main() -> None:
    """Measure, print each figure beside its target, and end with the JSON line."""
    day = _day(_arguments().trace)
    print(f"{day.name}: {day.requests / 1e6:.1f} million requests, peak {day.rates.max():.0f} requests/s")
    week_seconds = _compare_week(day)
    print(f"{STRATEGIES} strategies over a week, {PROCESSES} processes {week_seconds:8.1f} s (target {WEEK_TARGET:g})")
    memory = _peak_memory_mb()
    print(f"peak memory, all processes             {memory:8.0f} MB (target {MEMORY_TARGET:g})")
    day_seconds = min(_cpu_seconds(day) for _ in range(REPEATS))
    print(f"a day under `default`                  {day_seconds:8.2f} s CPU (target {DAY_TARGET:g})")
    _beside_simpy(day, day_seconds)
    ok = day_seconds <= DAY_TARGET and week_seconds <= WEEK_TARGET and memory <= MEMORY_TARGET
    target = f"<= {DAY_TARGET:g}, a week of {STRATEGIES} strategies <= {WEEK_TARGET:g} s, <= {MEMORY_TARGET:g} MB"
    finish("simulate", day_seconds, "s", target=target, ok=ok)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark of the simulator.")
    parser.add_argument("--trace", type=Path, default=_from_environment(), help="real traffic; default: generated")
    return parser.parse_args()


def _from_environment() -> Path | None:
    folder = os.environ.get("FASTSCALE_TRACES")
    files = sorted(Path(folder).glob("*-1s-*")) if folder else []
    return files[0] if files else None


def _day(path: Path | None) -> Trace:
    options = ShapeOptions(base=0.2, peak=1, seconds=DAY)
    trace = read_trace(path).sliced(0, DAY) if path else shape("diurnal", options)
    peak = PEAK_TASKS * profiles.default().requests_per_task * 0.9
    scaled = trace.scaled_to_peak(peak)
    return scaled if path else scaled.noisy(seed=1)


def _cpu_seconds(day: Trace) -> float:
    began = time.process_time()
    simulate(day, profiles.default(), choose(["default"])[0], WorldSettings())
    return time.process_time() - began


def _compare_week(day: Trace) -> float:
    week = Trace(f"{day.name} x {DAYS}", np.tile(day.rates, DAYS), start=day.start)
    began = time.perf_counter()
    compare([week], profiles.default(), list(PEERS)[:STRATEGIES], WorldSettings(), processes=PROCESSES)
    return time.perf_counter() - began


def _peak_memory_mb() -> float:
    """This process and, as many times as there are workers, the largest of them: an upper bound. Linux counts in KB."""
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + PROCESSES * largest) / 1024


def _beside_simpy(day: Trace, day_seconds: float) -> None:
    try:
        import simpy  # noqa: F401 - only to see whether it is there
    except ModuleNotFoundError:
        print("SimPy is not installed (pip install simpy): nothing to put beside it")
        return
    part = day.sliced(day.seconds // 2, SIMPY_SECONDS)
    began = time.process_time()
    answered = _simpy_world(part)
    taken = (time.process_time() - began) * DAY / SIMPY_SECONDS
    print(f"the same with SimPy, a fixed fleet     {taken:8.0f} s CPU a day, {taken / day_seconds:,.0f} times as long")
    print(f"  ({SIMPY_SECONDS} s at noon with {answered:,} requests, times {DAY // SIMPY_SECONDS})")


def _simpy_world(part: Trace) -> int:
    """Round robin over enough tasks with so many workers each, every request a process. Returns those answered."""
    import simpy

    environment, task = simpy.Environment(), WorldSettings().task
    tasks = int(np.ceil(part.rates.max() / task.capacity))
    pool = [simpy.Resource(environment, capacity=task.workers) for _ in range(tasks)]
    rng, latencies = np.random.default_rng(1), []

    def request(workers: Any) -> Generator[Any]:
        came = environment.now
        with workers.request() as turn:
            yield turn
            yield environment.timeout(task.service_seconds)
        latencies.append(environment.now - came)

    def arrivals() -> Generator[Any]:
        number = 0
        for second, rate in enumerate(part.rates.tolist()):
            for moment in np.sort(rng.random(int(rate))).tolist():
                yield environment.timeout(max(0.0, second + moment - environment.now))
                environment.process(request(pool[number % tasks]))
                number += 1

    environment.process(arrivals())
    environment.run()
    return len(latencies)


if __name__ == "__main__":
    main()

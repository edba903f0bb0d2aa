"""Many strategies under many traces, in parallel."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from fastscale.plan import Plan
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.catalogue import choose
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.trace import Trace

#: What the workers of this process simulate: set once in each, so that traces do not travel with every job.
_given: tuple[Sequence[Trace], Plan, WorldSettings]


def compare(
    traces: Sequence[Trace],
    plan: Plan,
    strategies: Sequence[str],
    settings: WorldSettings,
    *,
    processes: int | None = None,
    on_done: Callable[[Outcome], None] = lambda _outcome: None,
) -> list[Outcome]:
    """The outcome of every strategy under every trace, traces first, in the order given.

    ``on_done`` is called as each is ready, in this process. ``processes`` is the number of cores unless given.
    """
    jobs = [(trace, strategy) for trace in range(len(traces)) for strategy in strategies]
    workers = min(processes or os.cpu_count() or 1, len(jobs))
    found: dict[tuple[int, str], Outcome] = {}
    if workers <= 1:
        _begin(traces, plan, settings)
        for job in jobs:
            found[job] = _run(job)
            on_done(found[job])
        return [found[job] for job in jobs]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (traces, plan, settings)) as pool:
        running = {pool.submit(_run, job): job for job in jobs}
        for future in as_completed(running):
            found[running[future]] = future.result()
            on_done(found[running[future]])
    return [found[job] for job in jobs]


def _begin(traces: Sequence[Trace], plan: Plan, settings: WorldSettings) -> None:
    global _given  # noqa: PLW0603 - the state of a worker process
    _given = traces, plan, settings


def _run(job: tuple[int, str]) -> Outcome:
    traces, plan, settings = _given
    (peer,) = choose([job[1]])
    outcome = simulate(traces[job[0]], plan, peer, settings)
    gc.collect()  # a world is full of cycles, and a few of its large arrays are too few objects to wake the collector
    return outcome

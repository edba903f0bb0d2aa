"""Latencies in seconds without a backlog, by queueing theory: all seconds of a run at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fastscale.simulate.ledger import Latencies, Numbers
from fastscale.simulate.queueing import Waiting, building_up, waiting
from fastscale.simulate.settings import Balancing, ServiceTimes, WorldSettings

#: Utilisations are told apart in steps of this many parts of 1.
STEPS = 200
#: A wait or a service time is cut into this many equally likely values.
ATOMS = 32


@dataclass(frozen=True, slots=True)
class _Situation:
    """Seconds that are alike: ``tasks`` serve at ``step``/STEPS of their capacity."""

    tasks: int
    step: int


def calm_latencies(requests: Numbers, tasks: Numbers, settings: WorldSettings, latencies: Latencies) -> Numbers:
    """Add the latencies of seconds with ``requests`` on ``tasks`` each; returns how many in each second are late."""
    serving = np.maximum(tasks, 1)
    steps = np.minimum(np.rint(requests / (serving * settings.task.capacity) * STEPS), STEPS).astype(np.int64)
    keys = serving.astype(np.int64) * (STEPS + 1) + steps
    values, index = np.unique(keys, return_inverse=True)
    weights = np.bincount(index, requests, minlength=values.size)
    late_share = np.zeros(values.size)
    for position, key in enumerate(values.tolist()):
        atoms = _latency_atoms(_Situation(*divmod(key, STEPS + 1)), settings)
        latencies.add(atoms, np.full(atoms.size, weights[position] / atoms.size))
        late_share[position] = float((atoms > settings.slo_seconds).mean())
    late: Numbers = late_share[index] * requests
    return late


def _latency_atoms(situation: _Situation, settings: WorldSettings) -> Numbers:
    """Equally likely latencies: every wait with every service time."""
    waits = _wait_atoms(_wait(situation, settings))
    services = _service_atoms(settings)
    atoms: Numbers = (waits[:, None] + services[None, :]).ravel()
    return atoms


def _wait(situation: _Situation, settings: WorldSettings) -> Waiting:
    """Round robin hands a task every n-th arrival, which makes its arrivals n times as regular as Poisson's.

    Least outstanding requests comes close to one queue for all workers, and is taken as that.
    """
    task, tasks = settings.task, situation.tasks
    pooled = settings.balancing is Balancing.LEAST_OUTSTANDING
    capacity = task.capacity * (tasks if pooled else 1)
    return waiting(
        workers=task.workers * (tasks if pooled else 1),
        service_seconds=task.service_seconds,
        utilisation=min(situation.step / STEPS, building_up(capacity)),
        arrival_variability=1.0 if pooled else 1 / tasks,
        service_variability=1.0 if task.service_times is ServiceTimes.EXPONENTIAL else 0.0,
    )


def _wait_atoms(wait: Waiting) -> Numbers:
    ranks = (np.arange(ATOMS) + 0.5) / ATOMS
    if wait.probability * ATOMS < 1:
        return np.zeros(1)
    tail = np.maximum(1 - ranks, 1e-12) / wait.probability
    atoms: Numbers = np.where(tail < 1, -np.log(np.minimum(tail, 1)) / wait.rate, 0.0)
    return atoms


def _service_atoms(settings: WorldSettings) -> Numbers:
    mean = settings.task.service_seconds
    if settings.task.service_times is ServiceTimes.FIXED:
        return np.array([mean])
    ranks = (np.arange(ATOMS) + 0.5) / ATOMS
    atoms = -np.log(1 - ranks)
    scaled: Numbers = atoms / atoms.mean() * mean
    return scaled if math.isfinite(mean) else atoms

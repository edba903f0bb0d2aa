"""Latencies in seconds without a backlog, by queueing theory: all seconds of a run at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fastscale.simulate.ledger import Latencies, Numbers
from fastscale.simulate.queueing import Waiting, building_up, waiting
from fastscale.simulate.settings import Balancing, ServiceTimes, WorldSettings

#: Utilisations are told apart in steps of this many parts of 1.
STEPS = 200
#: Waits that fewer than this share of the requests have are left out.
NEGLIGIBLE = 1e-4


@dataclass(frozen=True, slots=True)
class _Situation:
    """Seconds that are alike: ``tasks`` serve at ``step``/STEPS of their capacity."""

    tasks: int
    step: int


def calm_latencies(requests: Numbers, tasks: Numbers, settings: WorldSettings, latencies: Latencies) -> Numbers:
    """Add the latencies of seconds with ``requests`` on ``tasks`` each; returns how many in each second are late."""
    situations, index = np.unique(_keys(requests, tasks, settings.task.capacity), return_inverse=True)
    if not situations.size:
        return np.zeros(0)
    weights = np.bincount(index, requests, minlength=situations.size)
    atoms = [_latency_atoms(_Situation(*divmod(key, STEPS + 1)), settings) for key in situations.tolist()]
    values = np.concatenate([atom.seconds for atom in atoms])
    shares = np.concatenate([atom.shares * weight for atom, weight in zip(atoms, weights, strict=True)])
    latencies.add(values, shares)
    late_share = np.array([atom.shares[atom.seconds > settings.slo_seconds].sum() for atom in atoms])
    late: Numbers = late_share[index] * requests
    return late


def _keys(requests: Numbers, tasks: Numbers, capacity: float) -> npt.NDArray[np.int32]:
    """One number for each second's situation; small ones, as there are many seconds."""
    serving = np.maximum(tasks, 1)
    steps = np.minimum(np.rint(requests / (serving * capacity) * STEPS), STEPS)
    return (serving * (STEPS + 1) + steps).astype(np.int32)


@dataclass(frozen=True, slots=True)
class _Atoms:
    """A distribution as values in seconds with their shares, which sum to 1."""

    seconds: Numbers
    shares: Numbers

    def plus(self, other: _Atoms) -> _Atoms:
        """The distribution of the sum of two independent values."""
        return _Atoms(
            np.add.outer(self.seconds, other.seconds).ravel(), np.multiply.outer(self.shares, other.shares).ravel()
        )


def _latency_atoms(situation: _Situation, settings: WorldSettings) -> _Atoms:
    return _wait_atoms(_wait(situation, settings)).plus(_service_atoms(settings))


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


def _wait_atoms(wait: Waiting) -> _Atoms:
    """No wait for most, an exponential one for the rest."""
    if wait.probability < NEGLIGIBLE:
        return _Atoms(np.zeros(1), np.ones(1))
    exponential = _exponential(1 / wait.rate)
    return _Atoms(
        np.concatenate([[0.0], exponential.seconds]),
        np.concatenate([[1 - wait.probability], wait.probability * exponential.shares]),
    )


def _service_atoms(settings: WorldSettings) -> _Atoms:
    mean = settings.task.service_seconds
    if settings.task.service_times is ServiceTimes.FIXED:
        return _Atoms(np.array([mean]), np.ones(1))
    return _exponential(mean)


def _exponential(mean: float) -> _Atoms:
    unit = _unit_exponential()
    return _Atoms(unit.seconds * mean, unit.shares)


@lru_cache(maxsize=1)
def _unit_exponential() -> _Atoms:
    """Ten values for the body and three per halving for the tail, each the mean of what it stands for."""
    tail = 0.1 * 2.0 ** (-np.arange(1, 31) / 3)
    survival = np.concatenate([np.linspace(1, 0.1, 10), tail])
    edges = -np.log(survival)
    shares = -np.diff(np.append(survival, 0.0))
    partial = np.append((edges + 1) * survival, 0.0)
    return _Atoms(-np.diff(partial) / shares, shares)

"""The per-request mode against queueing theory, and the formulas that the fluid mode uses against it too."""

import numpy as np
import pytest

from fastscale.simulate.exact import ExactPlane
from fastscale.simulate.queueing import building_up, erlang_c, waiting
from fastscale.simulate.settings import Clients, ServiceTimes, TaskModel, WorldSettings
from fastscale.simulate.tasks import SimTask

PATIENT = Clients(timeout_seconds=1e5)


def mean_wait(*, workers, utilisation, service_times, requests=400_000):
    """Of a single task under Poisson arrivals, in service times."""
    task = TaskModel(workers=workers, service_seconds=1.0, service_times=service_times, queue_limit=10**9)
    seconds = int(requests / (utilisation * workers))
    rates = np.random.default_rng(11).poisson(utilisation * workers, seconds).astype(float)
    plane = ExactPlane(rates, 0.0, WorldSettings(task=task, clients=PATIENT, exact=True, seed=5))
    server = SimTask(0, 0.0, 0.0, 0.0, serving_at=0.0)
    plane.join(server)
    plane.advance(seconds)
    return float(np.mean(plane.waits))


@pytest.mark.parametrize(("workers", "utilisation"), [(1, 0.5), (2, 0.6), (10, 0.8)])
def test_m_m_c(workers, utilisation):
    theory = erlang_c(workers, utilisation) / (workers * (1 - utilisation))
    seen = mean_wait(workers=workers, utilisation=utilisation, service_times=ServiceTimes.EXPONENTIAL)
    assert seen == pytest.approx(theory, rel=0.02)


@pytest.mark.parametrize("utilisation", [0.5, 0.7])
def test_m_d_1(utilisation):
    theory = utilisation / (2 * (1 - utilisation))  # Pollaczek and Khinchine
    seen = mean_wait(workers=1, utilisation=utilisation, service_times=ServiceTimes.FIXED)
    assert seen == pytest.approx(theory, rel=0.02)


@pytest.mark.parametrize("utilisation", [0.3, 0.5, 0.8, 0.95])
def test_the_formula_is_exact_for_m_m_1_and_m_d_1(utilisation):
    for service_variability in (1.0, 0.0):
        wait = waiting(
            workers=1,
            service_seconds=1.0,
            utilisation=utilisation,
            arrival_variability=1.0,
            service_variability=service_variability,
        )
        theory = utilisation / (1 - utilisation) * (1 + service_variability) / 2
        assert wait.mean == pytest.approx(theory, rel=1e-9)


def test_erlang_c_has_its_textbook_value():
    assert erlang_c(5, 0.8) == pytest.approx(0.5541, abs=1e-4)
    assert erlang_c(10, 0.0) == 0


def test_what_builds_up_slowly_is_not_left_to_equilibrium():
    assert building_up(100) == pytest.approx(0.81)
    assert building_up(0.5) == 0

"""The fluid model against the per-request mode: the same timeline, nearly the same numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.simulate.fluid import FluidPlane
from fastscale.simulate.settings import Balancing, Clients, ServiceTimes, TaskModel, WorldSettings
from fastscale.simulate.tasks import SimTask
from fastscale.simulate.traffic.source import load
from tests.simulate.worlds import run

SURGE = "step:base=60,peak=400,seconds=400,at=120"
WORLDS = {
    "surge": (SURGE, {}),
    "slow rise": ("ramp:base=60,peak=400,seconds=600,at=60", {}),
    "near saturation": ("step:base=160,peak=170,seconds=300,at=100", {}),
    "varying services": (SURGE, {"task": TaskModel(service_times=ServiceTimes.EXPONENTIAL)}),
    "least outstanding": (SURGE, {"balancing": Balancing.LEAST_OUTSTANDING}),
    "retries": (SURGE, {"clients": Clients(retries=2)}),
    "time-outs": (SURGE, {"task": TaskModel(queue_limit=2000)}),
}


@pytest.mark.parametrize("world", WORLDS)
def test_both_modes_tell_the_same_story(world):
    source, options = WORLDS[world]
    trace = load(source)
    fluid, exact = (run(trace, exact=mode, **options) for mode in (False, True))
    offered = trace.requests
    assert fluid.trigger_seconds == exact.trigger_seconds
    assert fluid.capacity_seconds == pytest.approx(exact.capacity_seconds, abs=2)
    assert fluid.most_tasks == pytest.approx(exact.most_tasks, abs=1)
    assert fluid.requests.failed / offered == pytest.approx(exact.requests.failed / offered, abs=0.006)
    assert fluid.requests.late / offered == pytest.approx(exact.requests.late / offered, abs=0.015)
    assert fluid.latency.p50 == pytest.approx(exact.latency.p50, rel=0.1)
    assert fluid.latency.p99 == pytest.approx(exact.latency.p99, rel=0.15)


@settings(max_examples=60, deadline=None)
@given(
    rates=st.lists(st.floats(0, 900), min_size=5, max_size=60),
    tasks=st.integers(0, 4),
    queue_limit=st.integers(0, 800),
    balancing=st.sampled_from(Balancing),
)
def test_every_request_is_answered_or_fails(rates, tasks, queue_limit, balancing):
    world = WorldSettings(task=TaskModel(queue_limit=queue_limit), balancing=balancing)
    plane = FluidPlane(np.array(rates), 0.0, world)
    for number in range(tasks):
        plane.join(SimTask(number, 0.0, 0.0, 0.0, serving_at=0.0))
    plane.advance(len(rates))
    plane.finish()
    ledger = plane.ledger
    assert sum(ledger.answered) + sum(ledger.failed) == pytest.approx(sum(rates), abs=1e-6)
    assert min(ledger.failed) >= -1e-9
    assert max(ledger.busy) <= tasks + 1e-9
    assert all(late <= answered + 1e-6 for late, answered in zip(ledger.late, ledger.answered, strict=True))


def test_a_task_that_joins_late_does_not_inherit_the_backlog():
    plane = FluidPlane(np.full(10, 150.0), 0.0, WorldSettings())
    plane.join(SimTask(0, 0.0, 0.0, 0.0, serving_at=0.0))
    plane.advance(4)
    waiting_before = plane.ledger.in_system[3]
    late = SimTask(1, 0.0, 4.0, 0.0, serving_at=4.0)
    plane.join(late)
    plane.advance(10)
    assert waiting_before > 150
    assert plane.arrived(late, 10) == pytest.approx(6 * 75)
    assert plane.ledger.in_system[9] < plane.ledger.in_system[4]


def test_without_a_task_every_request_fails_at_the_gateway():
    plane = FluidPlane(np.full(3, 7.0), 0.0, WorldSettings())
    plane.advance(3)
    plane.finish()
    assert {kind.value: count for kind, count in plane.ledger.failures.items()} == {"gateway": 21}

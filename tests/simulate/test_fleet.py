"""ECS's part as timelines: launches, health checks, scale-in, draining."""

import numpy as np
import pytest

from fastscale.simulate.engine import Engine
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.fluid import FluidPlane
from fastscale.simulate.settings import Startup, WorldSettings
from fastscale.simulate.tasks import LaunchGate
from tests.simulate.worlds import plan


def fleet_of(count, *, spread=0.0, desired_max=100):
    world = WorldSettings(startup=Startup(spread=spread))
    plane = FluidPlane(np.full(1000, 10.0), 0.0, world)
    engine = Engine(0.0, plane.advance)
    fleet = Fleet(engine, plane, plan(max_capacity=desired_max), world)
    fleet.begin(count)
    return engine, fleet


def test_a_task_starts_passes_a_check_and_then_serves():
    engine, fleet = fleet_of(2)
    engine.run(100)
    fleet.set_desired(5)
    engine.run(123)
    assert (fleet.running, fleet.serving) == (2, 2)
    engine.run(124)  # 0.5 s for the scheduler and 23 s to start
    assert (fleet.running, fleet.serving) == (5, fleet.serving)
    engine.run(129)  # a check comes every 5 s
    assert fleet.serving == 5


def test_a_scale_in_calls_off_starting_tasks_first_and_then_the_newest():
    engine, fleet = fleet_of(3)
    fleet.set_desired(5)
    engine.run(10)
    fleet.set_desired(2)
    engine.run(11)
    assert [task.number for task in fleet.wanted] == [0, 1]
    starting, newest = fleet.everyone[4], fleet.everyone[2]
    assert starting.stopped_at == 10.5
    assert newest.stopped_at == 10.5 + 10 + 1  # deregistration delay and exit
    engine.run(60)
    assert (fleet.running, fleet.serving) == (2, 2)


def test_start_up_times_vary_with_the_seed_only():
    starts = []
    for _ in range(2):
        engine, fleet = fleet_of(1, spread=0.2)
        fleet.set_desired(20)
        engine.run(100)
        starts.append([task.running_at for task in fleet.everyone])
    assert starts[0] == starts[1]
    assert len({round(start, 3) for start in starts[0][1:]}) == 19


def test_launches_are_a_burst_of_100_then_20_a_second():
    gate = LaunchGate()
    moments = [gate.next_launch(50.0) for _ in range(160)]
    assert moments[99] == 50
    assert moments[100] == pytest.approx(50.05)
    assert moments[159] == pytest.approx(53)


def test_a_service_launches_at_most_500_tasks_a_minute():
    gate = LaunchGate()
    moments = [gate.next_launch(0.0) for _ in range(501)]
    assert moments[499] < 60
    assert moments[500] == 60

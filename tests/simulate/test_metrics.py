"""What CloudWatch shows of the simulated service, and when."""

import numpy as np
import pytest

from fastscale import names
from fastscale.meter.schedule import next_end
from fastscale.plan import Metric
from fastscale.simulate.engine import Engine
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.fluid import FluidPlane
from fastscale.simulate.metrics import REQUESTS_PER_TARGET, Metrics
from fastscale.simulate.settings import WorldSettings
from tests.simulate.worlds import STEADY, plan

LOAD = Metric(namespace=names.NAMESPACE, name=names.REQUESTS_PER_SECOND)


class World:
    def __init__(self, rates, tasks=2, **options):
        settings = WorldSettings(startup=STEADY, **options)
        self.plane = FluidPlane(np.array(rates, dtype=float), 0.0, settings)
        self.engine = Engine(0.0, self.plane.advance)
        self.fleet = Fleet(self.engine, self.plane, plan(), settings)
        self.fleet.begin(tasks)
        self.metrics = Metrics(self.fleet, self.plane, settings, start=0.0, interval_seconds=5)

    def at(self, moment, metric, period, start, end):
        self.engine.run(moment)
        return self.metrics.datapoints(metric, period, (start, end), moment)


def aws(name, statistic="Average"):
    return Metric(namespace="AWS/Any", name=name, statistic=statistic)


def test_the_load_is_arrivals_per_task_over_intervals_that_end_half_a_second_early():
    world = World([100.0] * 25 + [300.0] * 75)
    # Two tasks. The surge comes at 25; the intervals 19.5..24.5 and 24.5..29.5 end within the period 20..30.
    values = world.at(60, LOAD, 10, 0, 50)
    assert values == pytest.approx([50, 50, (50 + (0.5 * 50 + 4.5 * 150) / 5) / 2, 150, 150])


def test_the_grid_is_the_one_of_the_meter():
    world = World([1.0])
    assert world.fleet.everyone[0].phase == next_end(1.0, 5) == 4.5


def test_a_datapoint_becomes_visible_two_seconds_after_it_was_sent():
    world = World([100.0] * 100)
    assert world.at(31.4, LOAD, 10, 20, 30) == pytest.approx([50])  # 24.5 only: 29.5 is not yet visible
    samples = LOAD.model_copy(update={"statistic": "SampleCount"})
    assert world.at(31.4, samples, 10, 20, 30) == [2]
    assert world.at(31.6, samples, 10, 20, 30) == [4]


def test_tasks_that_run_without_serving_dilute_the_load():
    world = World([100.0] * 100, tasks=1)
    world.fleet.set_desired(2)
    world.engine.run(23.5)
    world.fleet.wanted[1].running_at = 23.5
    world.fleet.version += 1
    (value,) = world.at(24.6 + 10, LOAD, 10, 20, 30)
    assert 60 < value < 100


def test_periods_without_data_are_missing_not_zero():
    world = World([0.0] * 200)
    assert world.at(190, aws(names.ALB_REQUEST_COUNT, "Sum"), 60, 0, 60) == [None]
    assert world.at(190, aws(names.ALB_RESPONSE_TIME), 60, 0, 60) == [None]
    assert world.at(190, LOAD, 10, -20, 10) == [None, None, 0]


def test_cpu_follows_the_busy_workers_and_is_seen_two_minutes_late():
    world = World([100.0] * 400)
    cpu = aws(names.CPU_UTILIZATION)
    # half of the workers are busy: 2 % + 58 % / 2
    assert world.at(179, cpu, 60, 0, 120) == [None, None]
    assert world.at(180, cpu, 60, 0, 120) == pytest.approx([31, None])
    assert world.at(180, cpu, 20, 140, 180) == pytest.approx([31, None])


def test_requests_of_the_load_balancer():
    world = World([120.0] * 200)
    assert world.at(190, aws(names.ALB_REQUEST_COUNT, "Sum"), 60, 0, 60) == [7200]
    assert world.at(190, aws(REQUESTS_PER_TARGET, "Sum"), 60, 0, 60) == pytest.approx([3600])
    assert world.at(190, aws(names.ALB_RESPONSE_TIME), 60, 0, 60) == pytest.approx([0.1])


def test_an_unknown_metric_has_no_data_and_is_named():
    world = World([1.0] * 50)
    assert world.at(40, aws("DiskQueueDepth"), 10, 0, 30) == [None] * 3
    own_cpu = Metric(namespace="Mine", name=names.CPU_UTILIZATION)
    assert world.at(40, own_cpu, 10, 0, 30) == [None] * 3
    assert world.metrics.unknown == {"DiskQueueDepth", names.CPU_UTILIZATION}

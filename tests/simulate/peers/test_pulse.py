"""Pulse in the simulator: the shipped decision, once a second, with everything that it costs."""

import numpy as np
import pytest

from fastscale.cost import prices_for
from fastscale.plan import Schedule
from fastscale.simulate.bill import bill
from fastscale.simulate.peers.catalogue import PEERS
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Situation, Upkeep
from fastscale.simulate.traffic.trace import DEFAULT_START, Trace
from tests.simulate.worlds import jump, plan, run


def test_a_surge_triggers_in_the_second_that_shows_it():
    outcome = run(jump(60, 600), "pulse")
    assert outcome.trigger_seconds == pytest.approx(1.25)
    assert outcome.capacity_seconds <= 35


def test_it_misses_fewer_requests_than_its_rivals_in_a_surge():
    surge = jump(60, 600)
    missed = {name: run(surge, name).requests.missed_share for name in ("pulse", "knative", "default", "hpa")}
    assert min(missed, key=missed.get) == "pulse"


def test_tasks_leave_after_the_surge_down_to_the_minimum():
    spike = Trace("spike", np.where((np.arange(1200) // 60) == 5, 600.0, 60.0))
    outcome = run(spike, "pulse")
    assert outcome.most_tasks >= 8
    assert outcome.series.desired[-1] == 2


def test_steady_noise_moves_nothing():
    steady = Trace("steady", np.random.default_rng(1).poisson(1000, 7200).astype(float))
    outcome = run(steady, "pulse")
    assert outcome.changes <= 2
    assert set(outcome.series.desired[900:]) == {outcome.series.desired[-1]}


def test_alarms_do_not_order_again_what_pulse_has_ordered():
    surge = jump(60, 600)
    both, managed = run(surge, "pulse"), run(surge, "default")
    assert both.most_tasks <= 20
    assert managed.most_tasks > 2, "the alarms do act"


def test_a_schedule_moves_the_limits():
    at_one = Schedule(name="morning", expression="cron(5 0 * * ? *)", min_capacity=6, max_capacity=100)
    trace = Trace("calm", np.full(900, 60.0), start=DEFAULT_START)
    outcome = run(trace, "pulse", plan(schedules=(at_one,)))
    assert outcome.series.desired[290] == 2
    assert outcome.series.desired[-1] == 6


def test_without_a_serving_task_it_is_blind_and_goes_on():
    outcome = run(jump(60, 600), "pulse", plan(min_capacity=0), initial_tasks=None)
    assert outcome.series.desired[-1] >= 6


def test_the_upkeep_has_a_size_of_its_own_and_does_not_grow_with_the_tasks():
    the_plan = plan()
    upkeep = PEERS["pulse"].make(Situation(the_plan, WorldSettings(), jump(60, 600))).upkeep
    assert (upkeep.controller_cpu, upkeep.controller_memory, upkeep.publish_seconds) == (256, 512, 0)
    few, many = (
        bill(the_plan.task, prices_for(the_plan.region), upkeep, task_hours=hours, hours=24) for hours in (48, 480)
    )
    assert few.metrics == many.metrics
    assert few.controller == many.controller > 0
    everybody = bill(
        the_plan.task,
        prices_for(the_plan.region),
        Upkeep(publish_seconds=5, custom_metrics=3),
        task_hours=480,
        hours=24,
    )
    assert many.metrics < everybody.metrics / 5

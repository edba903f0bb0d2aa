"""Surges and reactions, elasticity, the bill."""

import numpy as np
import pytest

from fastscale import profiles
from fastscale.cost import HOURS, Usage, estimate, prices_for
from fastscale.plan import Architecture, Task
from fastscale.simulate.bill import bill
from fastscale.simulate.elasticity import elasticity
from fastscale.simulate.report.data import notes
from fastscale.simulate.strategy import Upkeep
from fastscale.simulate.surges import find_surges, reactions
from tests.simulate.worlds import jump, plan, run


def test_a_jump_is_one_surge_at_its_second():
    (surge,) = find_surges(jump(60, 600, at=307).rates, requests_per_task=100)
    assert (surge.at_seconds, surge.level) == (307, 600)


def test_steady_noisy_or_tiny_traffic_has_no_surge():
    noise = np.random.default_rng(1).poisson(200, 3600).astype(float)
    assert find_surges(noise, 100) == []
    assert find_surges(jump(2, 40).rates, 100) == []
    assert find_surges(np.full(30, 5.0), 100) == []


def test_reactions_measure_from_the_surge():
    surges = find_surges(jump(60, 600, at=300, seconds=600).rates, 100)
    serving = np.where(np.arange(600) < 341, 2.0, 6.0)
    (reaction,) = reactions(surges, [(0, 2), (100, 3), (200, 2), (312.5, 6)], serving, start=0, task_capacity=100)
    assert (reaction.trigger_seconds, reaction.capacity_seconds) == (12.5, 41)


def test_a_surge_that_capacity_could_take_needs_no_reaction():
    surges = find_surges(jump(60, 600).rates, 100)
    assert reactions(surges, [(0, 9)], np.full(900, 9.0), start=0, task_capacity=100) == []


def test_a_surge_that_is_never_met_says_so():
    surges = find_surges(jump(60, 600).rates, 100)
    (reaction,) = reactions(surges, [(0, 2)], np.full(900, 2.0), start=0, task_capacity=100)
    assert (reaction.trigger_seconds, reaction.capacity_seconds) == (None, None)


def test_elasticity_of_a_worked_example():
    demand = np.array([2.0, 2, 4, 4])
    supply = np.array([2.0, 2, 2, 6])
    seen = elasticity(demand, supply)
    assert seen.theta_under == pytest.approx(100 * (2 / 4) / 4)
    assert seen.theta_over == pytest.approx(100 * (2 / 4) / 4)
    assert (seen.tau_under, seen.tau_over) == (25, 25)


def test_instability_is_the_share_of_minutes_in_which_supply_went_another_way():
    demand = np.repeat([1.0, 2, 3, 3, 3], 60)
    supply = np.repeat([1.0, 2, 2, 2, 3], 60)
    assert elasticity(demand, supply).upsilon == 50


def test_the_bill_of_a_month():
    upkeep = Upkeep(
        custom_metrics=4, publish_seconds=5, standard_alarms=2, high_resolution_alarms=3, controller_tasks=1
    )
    month = bill(Task(), prices_for("us-east-1"), upkeep, task_hours=1460, hours=730)
    price = 0.25 * 0.04048 + 0.5 * 0.004445
    assert month.tasks == pytest.approx(1460 * price)
    assert month.metrics == pytest.approx(4 * 0.30 + 1460 * 720 * 0.01 / 1000)
    assert month.alarms == pytest.approx(2 * 0.10 + 3 * 0.30)
    assert month.controller == pytest.approx(730 * price)
    assert month.total == pytest.approx(month.tasks + month.metrics + month.alarms + month.controller)


def test_tasks_on_arm_are_billed_as_such_and_the_controller_beside_them_as_x86():
    upkeep = Upkeep(controller_cpu=256, controller_memory=512)
    day = bill(Task(architecture=Architecture.ARM64), prices_for("us-east-1"), upkeep, task_hours=48, hours=24)
    assert day.tasks == pytest.approx(48 * (0.25 * 0.03238 + 0.5 * 0.00356))
    assert day.controller == pytest.approx(24 * (0.25 * 0.04048 + 0.5 * 0.004445))


def test_a_month_of_the_simulator_costs_what_the_estimate_of_a_month_says():
    reference = profiles.reference()
    upkeep = Upkeep(custom_metrics=4, publish_seconds=5)
    simulated = bill(reference.task, prices_for("us-east-1"), upkeep, task_hours=10 * HOURS, hours=HOURS)
    items = estimate(reference, prices_for("us-east-1"), Usage(tasks=10, interval_seconds=5)).items
    estimated = {item.name: item.dollars for item in items}
    assert simulated.tasks == pytest.approx(estimated["tasks"])
    assert simulated.metrics == pytest.approx(estimated["custom metrics"] + estimated["PutMetricData"])


def test_an_outcome_counts_tasks_while_they_cost_money():
    outcome = run(jump(150, 150, seconds=3600), "fixed")
    assert outcome.task_hours == pytest.approx(2)
    assert (outcome.changes, outcome.most_tasks) == (0, 2)


def test_a_longer_trace_is_condensed_for_plots():
    outcome = run(jump(150, 150, seconds=7200), "fixed")
    assert outcome.series.step_seconds == 5
    assert len(outcome.series.offered) == len(outcome.series.serving) == 1440


def test_a_plan_for_a_region_without_prices_is_simulated_and_the_report_says_whose_prices_are_taken():
    abroad = plan().model_copy(update={"region": "eu-west-1"})
    outcome = run(jump(60, 120, seconds=60), "fixed", abroad)
    assert outcome.foreign_prices == "us-east-1"
    assert "no prices are known for the plan's Region, the cost is that of us-east-1" in notes([outcome])[0]
    assert notes([run(jump(60, 120, seconds=60), "fixed")]) == []

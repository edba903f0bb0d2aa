"""Tuning: what the knobs do, and that the search finds a plan that keeps the goal."""

import sys

import pytest

from fastscale import names, plan_file
from fastscale.errors import PlanError, TraceError
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.source import load
from fastscale.simulate.tune.knobs import Knobs, settled, turned
from fastscale.simulate.tune.search import search
from fastscale.simulate.tune.tuning import split, tune
from tests.simulate.worlds import STEADY, jump, plan, run

WORLD = WorldSettings(startup=STEADY)


def test_sensitivity_moves_thresholds_and_steps_together():
    tuned = turned(plan(), Knobs(sensitivity=0.5, quiet_share=0.4))
    before, after = plan().step_policy(names.POLICY_SCALE_OUT), tuned.step_policy(names.POLICY_SCALE_OUT)
    assert tuned.alarm(names.ALARM_RPS).threshold == 50
    assert after.steps[3].lower == pytest.approx(before.steps[3].lower / 2, abs=0.001)
    assert after.steps[3].adjustment == before.steps[3].adjustment
    assert tuned.alarm(names.ALARM_LOW_RPS).threshold == 20


def test_a_sensitive_plan_keeps_the_load_per_task_at_its_share():
    surge = jump(60, 600)
    desired = {share: run(surge, "plan", turned(plan(), Knobs(sensitivity=share))).most_tasks for share in (1.0, 0.6)}
    assert desired[1.0] == pytest.approx(6, abs=1)
    assert desired[0.6] == pytest.approx(10, abs=1)


def test_scale_in_takes_a_share_of_the_tasks():
    tuned = turned(plan(), Knobs(scale_in_percent=50, quiet_minutes=1, scale_in_cooldown_seconds=60))
    desired = run(jump(900, 60, seconds=900), "plan", tuned).series.desired
    assert sorted(set(desired), reverse=True)[:3] == [9, 5, 3]


def test_the_tasks_that_stay_can_carry_the_load_of_those_that_left():
    by_floor = settled(plan(), Knobs(quiet_share=0.8, scale_in_percent=10))
    by_percent = settled(plan(), Knobs(quiet_share=0.8, scale_in_percent=70))
    assert by_floor.quiet_share == pytest.approx(2 / 3)  # 3 tasks at 66.7 become 2 at 100
    assert by_percent.quiet_share == pytest.approx(0.3)
    assert turned(plan(), by_percent) == turned(plan(), Knobs(quiet_share=0.8, scale_in_percent=70))


def test_a_tuned_plan_survives_its_file(tmp_path):
    tuned = turned(plan(), Knobs(sensitivity=0.7, quiet_minutes=5))
    path = tmp_path / "fastscale.toml"
    path.write_text(plan_file.dump(tuned))
    assert plan_file.load(path).alarms == tuned.alarms


def test_the_search_finds_a_plan_that_keeps_the_goal_on_traffic_it_has_not_seen():
    traces = [load("sawtooth:base=100,peak=900,seconds=3000,at=60", seed=seed) for seed in (1, 2)]
    untuned = run(traces[1], "plan")
    result = tune(plan(), traces[:1], traces[1:], WORLD, missed_share=0.01, trials=50)
    assert untuned.requests.missed_share > 0.01
    assert result.goal_met
    assert result.after[0].requests.missed_share <= 0.01


def test_without_optuna_a_grid_is_searched(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    tried = []

    def cost(knobs):
        tried.append(knobs)
        return abs(knobs.sensitivity - 0.8) + abs(knobs.quiet_share - 0.7)

    best = search(cost, trials=49, seed=1)
    assert (best.sensitivity, best.quiet_share) == (0.8, 0.7)
    assert tried[0] == Knobs()
    assert len(set(tried)) == 49


def test_a_plan_without_steps_on_load_cannot_be_tuned():
    with pytest.raises(PlanError, match="tuning needs step policies that scale out and in on RequestsPerSecond"):
        turned(plan().model_copy(update={"alarms": ()}), Knobs())


def test_a_trace_is_split_in_time_and_a_short_one_is_refused():
    before, after = split(jump(10, 10, seconds=3000))
    assert (before.seconds, after.seconds) == (2000, 1000)
    assert after.start == before.start + 2000
    with pytest.raises(TraceError, match="too short to hold a part out"):
        split(jump(10, 10, seconds=900))

"""Plans, scaled as AWS scales them, as timelines."""

from itertools import pairwise

from fastscale import names
from fastscale.plan import Schedule
from tests.simulate.worlds import jump, plan, run


def test_the_default_profile_answers_a_surge_within_one_evaluation_and_a_start():
    outcome = run(jump(60, 600))
    assert outcome.trigger_seconds == 12.8  # 10 s of data, 2 s until visible, 0.3 s of margin, 0.5 s to scale
    assert outcome.capacity_seconds <= 23 + 35
    assert 6 <= outcome.most_tasks <= 7


def test_the_phase_of_the_surge_decides_when_the_first_datapoint_breaches():
    triggers = [run(jump(60, 600, at=300 + phase)).trigger_seconds for phase in range(10)]
    assert min(triggers) < 8
    assert max(triggers) <= 20


def test_the_reference_profile_takes_one_step_a_minute():
    outcome = run(jump(60, 2000, seconds=600), "reference")
    changes = sorted(set(outcome.series.desired))
    assert changes[:4] == [2, 6, 10, 14]
    assert outcome.capacity_seconds is None
    assert run(jump(60, 2000, seconds=600)).capacity_seconds < 150


def test_scale_in_waits_for_three_quiet_minutes_and_goes_one_by_one():
    outcome = run(jump(600, 60, seconds=1200))
    desired = outcome.series.desired
    first = next(second for second, count in enumerate(desired) if count < 6)
    assert 300 + 180 <= first <= 300 + 260
    assert desired[first] == 5
    assert all(later - earlier in (0, -1) for earlier, later in pairwise(desired[300:]))


def test_a_scheduled_action_raises_the_floor():
    morning = Schedule(name="up", expression="at(2026-01-05T00:05:00)", min_capacity=7)
    outcome = run(jump(60, 60, seconds=600), "plan", plan(schedules=(morning,)))
    assert (outcome.series.desired[299], outcome.series.desired[301]) == (2, 7)


def test_scheduled_actions_of_one_moment_each_see_what_the_one_before_has_set():
    at = "at(2026-01-05T00:05:00)"
    off = Schedule(name="off", expression=at, min_capacity=0, max_capacity=0)
    on = Schedule(name="on", expression=at, min_capacity=2, max_capacity=10)
    outcome = run(jump(60, 60, seconds=400), "plan", plan(schedules=(off, on)))
    assert (outcome.series.desired[299], outcome.series.desired[301]) == (2, 2)
    outcome = run(jump(60, 60, seconds=400), "plan", plan(schedules=(on, off)))
    assert (outcome.series.desired[299], outcome.series.desired[301]) == (2, 0)


def test_an_alarm_on_a_metric_that_nobody_publishes_is_named():
    original = plan()
    alarm = original.alarm(names.ALARM_RPS)
    strange = alarm.model_copy(update={"metric": alarm.metric.model_copy(update={"name": "QueueDepth"})})
    changed = original.model_copy(update={"alarms": (strange,)})
    outcome = run(jump(60, 600, seconds=400), "plan", changed)
    assert outcome.unknown_metrics == ("QueueDepth",)
    assert outcome.trigger_seconds is None


def test_the_same_input_gives_the_same_outcome():
    first, again = (run(jump(60, 600, seconds=500), seed=9) for _ in range(2))
    assert first.series == again.series
    assert first.requests == again.requests

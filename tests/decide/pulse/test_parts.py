"""The mechanisms behind Pulse's decision, each for itself."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.decide.pulse import backlog
from fastscale.decide.pulse.arrivals import MOST_READINGS, Arrivals
from fastscale.decide.pulse.change import divergence, evidence_needed, excess_over, risen_to
from fastscale.decide.pulse.demand import demand
from fastscale.decide.pulse.hands import Hands
from fastscale.decide.pulse.launches import launch_seconds
from fastscale.decide.pulse.on_their_way import on_their_way
from fastscale.decide.pulse.spare import BUCKETS, STEP, Spare, bucket_of, by_chance, cheapest
from fastscale.decide.pulse.stable import Stable
from tests.decide.pulse.timeline import service

NEEDED = evidence_needed(0.1, 1.0)


def seen(*rates: float) -> Arrivals:
    """One reading a second."""
    arrivals = Arrivals()
    for rate in rates:
        arrivals = arrivals.add(rate, 1.0)
    return arrivals


# --- change -------------------------------------------------------------------------------------------------------


def test_the_evidence_needed_follows_the_promise() -> None:
    assert math.exp(-NEEDED) * 9 * 86_400 == pytest.approx(0.1)
    assert evidence_needed(1e9, 1.0) == 0


def test_a_tenfold_surge_has_evidence_in_its_first_second() -> None:
    excess = excess_over(10, seen(*[10] * 20, 100), 1.0, NEEDED)
    assert excess is not None
    assert (excess.readings, excess.rate) == (1, 100)
    assert excess.evidence == pytest.approx(divergence(100, 10))


def test_what_is_at_or_below_the_level_is_no_evidence() -> None:
    assert excess_over(100, seen(*[100] * 60), 1.0, NEEDED) is None
    assert excess_over(100, seen(*[10] * 60), 1.0, NEEDED) is None


def test_bursty_counts_need_more_evidence() -> None:
    arrivals = seen(*[100] * 30, 200, 200)
    assert excess_over(100, arrivals, 1.0, NEEDED) is not None
    assert excess_over(100, arrivals, 8.0, NEEDED) is None


def test_bursty_counts_are_negative_binomial_and_independent_ones_their_limit() -> None:
    assert divergence(30, 10, 1.0) == pytest.approx(30 * math.log(3) - 20)
    assert divergence(30, 10, 1.01) == pytest.approx(divergence(30, 10), rel=0.02)
    # With mean 10 and variance 40 a count of 62 is that of a burst every few hours: exp(-9.6) a second, about.
    assert 8 < divergence(62, 10, 4.0) < 11


@given(level=st.floats(0.1, 1e4), more=st.floats(1, 20), dispersion=st.floats(1, 20))
def test_evidence_grows_with_the_load_and_shrinks_with_its_burstiness(
    level: float, more: float, dispersion: float
) -> None:
    evidence = divergence(more * level, level, dispersion)
    slack = 1e-6 * level
    assert -slack <= evidence <= divergence(more * level, level) + slack
    assert divergence(1.1 * more * level, level, dispersion) >= evidence - slack


def test_a_level_of_nothing_is_exceeded_by_something() -> None:
    assert excess_over(0, seen(50), 1.0, NEEDED) is not None


def test_a_rise_is_told_from_the_readings_before_it() -> None:
    assert risen_to(seen(*[100] * 40), 1.0, NEEDED) is None
    after_a_step = risen_to(seen(*[100] * 30, *[1000] * 8), 1.0, NEEDED)
    assert after_a_step == pytest.approx(1000 - math.sqrt(1000 / 8))
    assert risen_to(seen(*[0] * 10, 50), 1.0, NEEDED) is not None


def test_a_few_readings_that_happen_to_be_low_make_no_rise_of_all_that_follow() -> None:
    low_by_chance = seen(*[80] * 2, *[100] * 55)
    assert risen_to(low_by_chance, 1.0, 5.0) is None, "as if 80 were known for sure, it would be 128 nats"


# --- arrivals -----------------------------------------------------------------------------------------------------


def test_readings_are_bounded_and_means_are_over_seconds() -> None:
    arrivals = seen(*[10] * 500)
    assert arrivals.readings == MOST_READINGS
    uneven = Arrivals().add(100, 1.0).add(40, 3.0)
    assert uneven.rate(2) == pytest.approx(220 / 4)
    assert uneven.rate(1, before=1) == 100


def test_the_dispersion_follows_bursts_and_not_trends() -> None:
    assert seen(*range(100, 1100)).dispersion == 1
    assert seen(*[50, 150] * 200).dispersion > 15
    assert seen(*[0] * 50).dispersion == Arrivals().dispersion


def test_late_readings_in_a_row_are_one() -> None:
    arrivals = seen(100, 100).add(50, 1.0, late=True).add(150, 1.0, late=True).add(100, 1.0)
    assert arrivals.readings == 4
    assert arrivals.rate(1) == arrivals.rate(2) == 100
    assert arrivals.dispersion == seen(100, 100).dispersion


def test_late_readings_are_put_together_for_some_seconds_only() -> None:
    arrivals = Arrivals()
    for _ in range(12):
        arrivals = arrivals.add(100, 1.0, late=True)
    assert arrivals.readings == 3


# --- demand -------------------------------------------------------------------------------------------------------


def test_growth_goes_on_until_tasks_are_ready() -> None:
    growing = demand(seen(*[500 + 20 * second for second in range(40)]), None, 25)
    assert growing.expected == pytest.approx(1280 + 20 * 25.5, rel=0.03)


def test_a_step_does_not_grow_whatever_its_moment() -> None:
    for since in range(1, 40):
        assert demand(seen(*[100] * 60, *[1000] * since), 1000.0, 25).expected == 1000


def test_noise_after_a_jump_is_no_growth() -> None:
    partly_surge = seen(*[60] * 20, 56, 61, 70, 205, 551, 572)
    assert demand(partly_surge, 561.0, 25).expected == 561


def test_growth_is_bounded() -> None:
    steep = demand(seen(*[10 * 1.6**second for second in range(20)]), None, 300)
    assert steep.expected <= 3 * steep.level


# --- spare --------------------------------------------------------------------------------------------------------


def test_without_surprises_nothing_is_spare() -> None:
    spare = Spare()
    for second in range(2000):
        spare = spare.add(seen(*[100] * 10), 110, float(second), startup_seconds=20, miss_costs=50)
    assert spare.factor == 1


def test_frequent_growth_is_kept_spare_and_rare_growth_is_not() -> None:
    assert learnt(every=10) == pytest.approx(3 / 1.1, rel=STEP - 1)
    assert learnt(every=2000) == 1


def learnt(every: int) -> float:
    """The factor after a day in which the load trebles for one observation of ``every``."""
    spare = Spare()
    for observation in range(5000):
        rate = 330.0 if observation % every == 0 else 100.0
        arrivals = seen(*[rate] * 10)
        spare = spare.add(arrivals, 116.2, observation * 5.0, startup_seconds=20, miss_costs=50)
    return spare.factor


def test_nothing_held_teaches_nothing() -> None:
    spare = Spare()
    for second in range(0, 100, 5):
        spare = spare.add(seen(5), 0.0, float(second), startup_seconds=20, miss_costs=50)
    assert (spare.weights, spare.factor) == ((), 1)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=BUCKETS), st.floats(1.5, 1000))
def test_the_cheapest_factor_is_the_cheapest_of_all(weights: list[float], miss_costs: float) -> None:
    def cost(bucket: int) -> float:
        missed = sum(STEP**over * weights[over] for over in range(bucket + 1, len(weights)))
        return STEP**bucket * sum(weights) / miss_costs + missed

    best = round(math.log(cheapest(tuple(weights), miss_costs)) / math.log(STEP))
    assert cost(best) <= min(cost(bucket) for bucket in range(len(weights))) * (1 + 1e-9) + 1e-9


def test_buckets_are_relative_and_bounded() -> None:
    assert [bucket_of(growth) for growth in (0, 1, 1.01, 1.06, 1e9)] == [0, 0, 1, 2, BUCKETS - 1]


def test_chance_is_large_for_small_loads() -> None:
    assert by_chance(1.0, 900) == pytest.approx(1.1)
    assert by_chance(4.0, 900) == pytest.approx(1.2)
    assert by_chance(1.0, 0) == 1
    assert by_chance(1.0, 9, answer_seconds=0.1) == by_chance(1.0, 9) == 2
    assert by_chance(1.0, 9, answer_seconds=4) == 1.5


# --- stable -------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300), st.integers(10, 60))
def test_the_window_never_forgets_too_soon(values: list[float], window: int) -> None:
    stable = Stable()
    for second, value in enumerate(values):
        stable = stable.add(value, float(second), window)
    assert stable.highest >= max(values[-window:])
    assert stable.highest <= max(values[-int(window * 1.2) - 3 :])


def test_a_long_gap_begins_a_new_window() -> None:
    stable = Stable().add(1, 0.0, 10).add(1, 4.0, 10)
    assert not stable.covers(5)
    assert stable.add(1, 8.0, 10).covers(5)
    assert not stable.add(1, 20.0, 10).covers(5)


@pytest.mark.parametrize("interval", [0.2, 5.0, 10.0])
def test_readings_that_come_as_they_are_meant_to_leave_no_gap(interval: float) -> None:
    stable = Stable()
    for number in range(30):
        stable = stable.add(1, number * interval * 1.1, 10, interval_seconds=interval)
    assert stable.covers(20 * interval)


# --- backlog ------------------------------------------------------------------------------------------------------


def test_the_answer_time_falls_quickly_and_rises_slowly() -> None:
    assert backlog.answer_time(None, None, 100) is None
    assert backlog.answer_time(0.1, 10, 0) == 0.1
    assert backlog.answer_time(None, 10, 100) == 0.1
    assert backlog.answer_time(1.0, 10, 100) == pytest.approx(0.82)
    assert backlog.answer_time(0.1, 110, 100) == pytest.approx(0.1005)


def test_answers_that_come_to_take_long_are_learnt_and_no_queue_in_the_end() -> None:
    known = backlog.answer_time(None, 200, 100)
    for _ in range(600):
        known = backlog.answer_time(known, 3000, 100)
    assert backlog.waiting(known, 3000, 100) > 0
    for _ in range(3000):
        known = backlog.answer_time(known, 3000, 100)
    assert backlog.waiting(known, 3000, 100) == 0


def test_what_the_load_explains_does_not_wait() -> None:
    assert backlog.waiting(0.1, 15, 100) == 0
    assert backlog.waiting(0.1, 320, 100) == 300
    assert backlog.waiting(0.01, 9, 10) == 0, "nine of one are chance"
    assert backlog.waiting(None, 320, 100) == backlog.waiting(0.1, None, 100) == 0


def test_queues_are_bounded_by_patience() -> None:
    assert backlog.draining(1000, 1000, 60, 25) == 60 / backlog.DRAIN_SECONDS
    assert backlog.draining(1000, 200, 0, 25) == 1000 * backlog.PATIENCE_SECONDS / backlog.DRAIN_SECONDS


def test_tasks_that_drain_stay_longer_each_time_that_the_queue_is_back_soon() -> None:
    hold = backlog.Hold().overloaded(0, 25, 200)
    assert hold.until == hold.drained_at == 25 + backlog.HOLD_SECONDS
    assert hold.overloaded(10, 25, 200).until == 35 + backlog.HOLD_SECONDS, "the same queue"
    again = hold.overloaded(hold.until + 100, 25, 200)
    assert again.seconds == 3 * backlog.HOLD_SECONDS
    assert again.overloaded(again.until + 200, 25, 200).seconds == backlog.HOLD_SECONDS
    for _ in range(9):
        again = again.overloaded(again.until + 1, 25, 200)
    assert again.seconds == backlog.LONGEST_HOLD_SECONDS


def test_what_waits_for_tasks_that_can_work_it_off_holds_all_for_a_moment() -> None:
    hold = backlog.Hold().waiting(10)
    assert hold.until == 10 + backlog.HOLD_SECONDS
    assert hold.overloaded(20, 25, 200).seconds == backlog.HOLD_SECONDS, "there was no overload before"


# --- hands --------------------------------------------------------------------------------------------------------


def test_hands_tell_ours_from_theirs() -> None:
    ours = Hands().look(5, 0.0, 60).after_setting(8, 5, 10.0)
    assert ours.look(5, 19.0, 60) == ours
    assert ours.look(5, 21.0, 60) == Hands(5, lowered_until=81.0, taken_from=8)
    assert ours.look(9, 12.0, 60) == Hands(9, raised_until=72.0)


def test_the_count_from_before_is_theirs_once_ours_was_seen() -> None:
    seen_once = Hands().look(5, 0.0, 60).after_setting(8, 5, 10.0).look(8, 12.0, 60)
    assert seen_once.ours == 8
    assert seen_once.look(5, 13.0, 60) == Hands(5, lowered_until=73.0, taken_from=8)


def test_what_others_took_is_given_back_after_a_while_until_pulse_takes_it_itself() -> None:
    taken = Hands(10).look(9, 0.0, 60).look(8, 30.0, 60)
    assert [taken.given_back(now) for now in (89.0, 90.0)] == [0, 10]
    assert taken.after_setting(9, 8, 91.0).given_back(91.0) == 10
    assert taken.after_setting(10, 8, 91.0).given_back(91.0) == 0
    assert taken.after_setting(7, 8, 91.0).given_back(91.0) == 0
    assert taken.look(12, 91.0, 60).given_back(91.0) == 0


# --- on their way -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("launched_at", "counts"),
    [(100.0, False), (85.0, True), (71.0, True), (41.0, True), (39.0, False)],
    ids=["just ordered", "ready in 15 s", "ready now", "late", "given up"],
)
def test_tasks_count_that_serve_when_an_alarm_acts(launched_at: float, counts: bool) -> None:
    assert on_their_way(service(starting=(launched_at,)), 30.0, 100.0) == counts


# --- launches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "seconds"), [(-3, 0), (0, 0), (100, 0), (101, 0.05), (400, 15), (500, 20), (501, 60)]
)
def test_many_tasks_take_as_long_as_the_quotas_say(count: int, seconds: float) -> None:
    assert launch_seconds(count) == pytest.approx(seconds)

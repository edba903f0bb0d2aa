"""What Pulse does second by second."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import Forecast, PulseMove, PulseSeen
from fastscale.plan import PulsePolicy
from tests.decide.pulse.timeline import START, Timeline, reading, service

POLICY = PulsePolicy(stable_seconds=60)


def calm(desired: int = 2, rate: float = 100, seconds: int = 120, **policy: object) -> Timeline:
    """A service that has been watched for two minutes."""
    timeline = Timeline(desired, PulsePolicy.model_validate({"stable_seconds": 60, **policy}))
    timeline.run(seconds, rate)
    return timeline


# --- up -----------------------------------------------------------------------------------------------------------


def test_a_tenfold_surge_is_answered_in_its_first_second_and_in_one_step() -> None:
    service = calm()
    assert not service.acted
    decision = service.run(1, 1000)
    assert decision.move is PulseMove.SURGE
    assert service.desired >= 12
    service.run(19, 1000)
    assert len(service.acted) == 1


def test_requests_that_a_stalled_task_counts_late_and_all_at_once_are_no_surge() -> None:
    service = calm()
    for rate in (0, 0, 300):  # three seconds' requests, counted in the third
        service.step(reading(rate, timing_error=0.6))
    assert not service.acted
    service.step(reading(300))
    assert service.acted, "the same count, told at once, is one"


def test_a_surge_that_is_told_late_is_answered_some_seconds_later_and_not_for_more_than_it_is() -> None:
    service = calm()
    for rate in (100, 200, 900, 600, 600, 600):
        service.step(reading(rate, timing_error=0.6))
    service.run(3, 600)
    assert 7 <= service.service.desired <= 12


def test_the_reason_tells_load_growth_capacity_and_when_tasks_will_be_ready() -> None:
    service = calm()
    decision = service.step(reading(1000))
    form = (
        r"load \d+/s, \d\.\dx of the minute before, 2 tasks are meant for 1\d\d/s: "
        r"(\d+) tasks \(\+(\d+)\) will be ready in 20 s, (\d+) of them to work off the queue"
    )
    said = re.fullmatch(form, decision.reason)
    assert said is not None
    assert (int(said[1]), int(said[2])) == (decision.desired, service.desired - 2)
    assert int(said[1]) - int(said[3]) >= 10, "the load alone takes so many"


def test_a_surge_that_the_tasks_can_carry_changes_nothing() -> None:
    service = calm(desired=10, seconds=50)
    assert service.run(5, 700).move is PulseMove.HOLD


def test_overload_orders_more_than_the_load_alone_so_that_queues_drain_and_gives_it_back() -> None:
    service = calm()
    service.run(1, 1000)
    ordered = service.desired
    assert ordered > 1.2 * 10 * 1.5
    service.run(150, 1000)
    assert 12 <= service.desired <= 14
    assert service.acted[-1].move is PulseMove.SHRINK


def test_slow_answers_with_waiting_requests_count_as_load() -> None:
    service = calm(desired=2, rate=150)
    for _ in range(10):
        service.run(1, 150, in_progress=15.0)
    decision = service.run(1, 150, in_progress=400.0)
    assert decision.move is PulseMove.GROW
    assert service.desired > 2


def test_growth_is_met_before_it_arrives() -> None:
    service = calm(desired=5, rate=380)
    for second in range(60):
        service.run(1, 380 + 10 * second)
    assert service.desired * 100 >= 980 + 10 * 20


def test_growth_is_answered_while_the_tasks_still_carry_the_load() -> None:
    service = calm(desired=6, rate=420)
    seconds = 0
    while not service.acted:
        seconds += 1
        service.run(1, 420 + 6 * seconds)
    assert 420 + 6 * seconds < 600 / 1.2 + 30, "it would be above what six tasks are meant to carry soon"
    assert "expected" in service.acted[0].reason


def test_a_service_that_is_new_to_the_controller_is_sized_once() -> None:
    service = Timeline(5)
    service.run(60, 423)
    assert service.desired == 6, "423 requests/s with a fifth to spare"
    assert len(service.acted) == 1


def test_more_tasks_than_can_be_launched_at_once_are_for_a_later_moment() -> None:
    service = calm(desired=300, rate=19_000)
    service.change(max_capacity=2000)
    decision = service.run(1, 60_000)
    assert decision.desired is not None
    said = re.search(r"will be ready in (\d+) s", decision.reason)
    assert said is not None
    assert int(said[1]) >= 20 + (600 - 300 - 100) / 20


def test_a_step_is_not_taken_for_growth() -> None:
    service = calm(desired=30, rate=380, seconds=50)
    service.run(9, 1000)
    assert service.desired == 30


def test_noise_around_what_the_tasks_carry_does_not_flap() -> None:
    service = Timeline(13)
    service.run(1800, 1000)
    assert len({service.desired, 13}) <= 2
    assert len(service.acted) <= 1


# --- down ---------------------------------------------------------------------------------------------------------


def test_tasks_leave_when_the_last_stable_window_did_not_need_them() -> None:
    service = calm(desired=2)
    service.set(10)
    service.run(58, 100)
    assert service.desired == 10
    decisions = [service.run(1, 100) for _ in range(30)]
    assert service.desired == 2
    shrink = next(decision for decision in decisions if decision.move is PulseMove.SHRINK)
    assert shrink.reason.endswith("which 2 tasks carry with 30 % to spare: 8 of 10 leave")


def test_nothing_is_removed_below_what_the_window_needed() -> None:
    service = calm(desired=12, rate=950)
    service.run(30, 100)
    assert service.desired == 12
    service.run(60, 100)
    assert service.desired == 2


def test_a_new_controller_watches_a_whole_window_before_it_removes_anything() -> None:
    service = Timeline(10)
    service.run(60, 100)
    assert service.desired == 10
    service.run(2, 100)
    assert service.desired == 2


def test_silence_is_not_calm() -> None:
    service = calm(desired=2)
    service.set(10)
    assert service.run(200, None).move is PulseMove.BLIND
    assert service.run(59, 100).move is PulseMove.HOLD
    assert service.desired == 10
    service.run(3, 100)
    assert service.desired == 2


@pytest.mark.parametrize("bad", [{"relative_error": 0.2}, {"tasks_read": 4}])
def test_a_reading_that_says_too_little_removes_nothing(bad: dict[str, float]) -> None:
    service = calm(desired=10, rate=100, seconds=30)
    service.run(90, 100, **bad)
    assert service.desired == 10
    service.run(1, 100)
    assert service.desired < 10


def test_sampling_errors_widen_the_load_upwards_only() -> None:
    sure, unsure = calm(desired=6, rate=450), calm(desired=6, rate=450)
    sure.run(30, 450)
    unsure.run(30, 450, relative_error=0.2)
    assert sure.desired == 6
    assert unsure.desired > 6


# --- limits -------------------------------------------------------------------------------------------------------


def test_the_maximum_of_the_moment_is_kept() -> None:
    service = calm()
    service.change(max_capacity=5)
    service.run(3, 2000)
    assert service.desired == 5


def test_a_minimum_above_the_count_raises_it_even_without_a_reading() -> None:
    service = calm()
    service.change(min_capacity=4)
    decision = service.step(None)
    assert (decision.move, decision.desired, decision.reason) == (PulseMove.FLOOR, 4, "the minimum is 4: 2 become 4")


def test_suspended_scale_out_only_says_what_is_needed() -> None:
    service = calm()
    service.change(scale_out_suspended=True)
    decision = service.run(1, 1000)
    assert decision.move is PulseMove.SUSPENDED
    assert decision.desired is None
    assert "but scale-out is suspended" in decision.reason


@pytest.mark.parametrize(
    ("state", "move"), [({"scale_in_suspended": True}, PulseMove.SUSPENDED), ({"deploying": True}, PulseMove.DEPLOYING)]
)
def test_scale_in_waits_while_it_is_not_allowed(state: dict[str, bool], move: PulseMove) -> None:
    service = calm(desired=2)
    service.set(10)
    service.change(**state)
    assert service.run(100, 100).move is move
    assert service.desired == 10
    service.change(**dict.fromkeys(state, False))
    service.run(1, 100)
    assert service.desired == 2


def test_a_deployment_does_not_hold_up_a_scale_out() -> None:
    service = calm()
    service.change(deploying=True)
    assert service.run(1, 1000).move is PulseMove.SURGE


# --- others -------------------------------------------------------------------------------------------------------


def test_a_count_that_others_raised_is_kept_for_a_stable_window() -> None:
    service = calm(desired=2)
    service.set(20)
    decision = service.run(30, 100)
    assert decision.reason == "20 tasks were set by others and are kept for 31 s more"
    service.run(40, 100)
    assert service.desired == 2


def test_tasks_for_a_queue_say_so_while_they_stay() -> None:
    service = calm(stable_seconds=10)
    service.run(1, 1000)
    decision = service.run(20, 300)
    assert re.fullmatch(r"\d+ tasks work off the requests that wait and stay for \d+ s more", decision.reason)


def test_what_an_alarm_takes_of_a_floor_does_not_bring_down_the_rest() -> None:
    service = calm(desired=2, rate=100, seconds=30)
    service.forecast = Forecast(floor=20, confidence=0.9)
    service.run(100, 100)
    assert service.desired == 20
    service.set(19)
    service.run(40, 100)
    assert service.desired == 19
    service.run(30, 100)
    assert service.desired == 20


def test_what_others_took_comes_back_when_the_window_after_it_needed_it() -> None:
    service = calm(desired=13, rate=1000)
    service.set(12)
    service.run(59, 1000)
    assert service.desired == 12
    service.run(5, 1000)
    assert service.desired == 13
    assert service.acted[-1].reason.endswith("others left 12: 1 come back")
    service.set(12)
    service.run(100, 300)
    assert service.desired < 12, "nothing needed it"


def test_a_count_that_others_lowered_is_raised_again_only_by_load() -> None:
    service = calm(desired=10, rate=100, seconds=30)
    service.forecast = Forecast(floor=8, confidence=0.9)
    service.set(4)
    service.run(25, 100)
    assert service.desired == 4
    service.run(1, 2000)
    assert service.desired >= 20


def test_a_reading_from_before_the_update_is_not_somebody_elses_hand() -> None:
    service = calm()
    service.run(1, 1000)
    wanted = service.desired
    service.change(desired=2)
    assert service.run(5, 1000).desired is None
    service.change(desired=wanted)
    service.run(5, 1000)
    assert service.desired == wanted


def test_an_update_that_was_never_carried_out_is_made_again() -> None:
    service = calm()
    service.run(1, 1000)
    for _ in range(15):
        service.set(2)
        decision = service.run(1, 1000)
    assert len(service.acted) >= 2
    assert decision.desired is None


# --- the learnt day -----------------------------------------------------------------------------------------------


def test_a_forecast_that_is_sure_enough_is_a_floor() -> None:
    service = calm()
    service.forecast = Forecast(floor=8, confidence=0.8)
    decision = service.run(1, 100)
    assert decision.move is PulseMove.FLOOR
    assert decision.reason == "8 tasks are usual soon at this time (80 % sure): 2 become 8"
    service.run(100, 100)
    assert service.desired == 8
    service.forecast = None
    service.run(70, 100)
    assert service.desired == 2


@pytest.mark.parametrize("forecast", [Forecast(floor=8, confidence=0.3), Forecast(floor=1, confidence=0.9)])
def test_a_forecast_that_is_unsure_or_below_the_minimum_changes_nothing(forecast: Forecast) -> None:
    service = calm()
    service.forecast = forecast
    assert service.run(1, 100).move is PulseMove.HOLD


# --- rules --------------------------------------------------------------------------------------------------------

RATES = st.one_of(st.none(), st.floats(0, 20_000))


@settings(max_examples=40, deadline=None)
@given(
    rates=st.lists(st.tuples(RATES, st.integers(1, 40)), min_size=1, max_size=8),
    low=st.integers(0, 20),
    span=st.integers(0, 60),
    deploying=st.booleans(),
)
def test_what_is_set_is_always_within_the_limits_and_removal_needs_data(
    rates: list[tuple[float | None, int]], low: int, span: int, deploying: bool
) -> None:
    memory, desired, now = PulseMemory(), low, START
    policy = PulsePolicy(stable_seconds=20)
    for rate, seconds in rates:
        for _ in range(seconds):
            now += 1
            load = None if rate is None else reading(rate, tasks=max(1, desired), in_progress=rate / 10)
            state = service(desired, min_capacity=low, max_capacity=low + span, deploying=deploying)
            seen = PulseSeen(now=now, load=load, service=state, requests_per_task=100, startup_seconds=20)
            decision, after = decide(policy, seen, memory)
            assert (decision, after) == decide(policy, seen, memory)
            memory = after
            assert decision.reason
            if decision.desired is None:
                continue
            assert low <= decision.desired <= low + span
            assert decision.desired >= desired or (load is not None and not deploying)
            desired = decision.desired


@settings(max_examples=60, deadline=None)
@given(
    history=st.lists(st.floats(0, 3000), min_size=1, max_size=70),
    last=st.floats(0, 5000),
    more=st.floats(0, 5000),
    desired=st.integers(2, 40),
)
def test_more_load_never_gives_fewer_tasks(history: list[float], last: float, more: float, desired: int) -> None:
    memory, now = PulseMemory(), START
    for rate in history:
        now += 1
        seen = PulseSeen(
            now=now, load=reading(rate), service=service(desired), requests_per_task=100, startup_seconds=20
        )
        _, memory = decide(POLICY, seen, memory)
    wanted = []
    for rate in (last, last + more):
        seen = PulseSeen(
            now=now + 1, load=reading(rate), service=service(desired), requests_per_task=100, startup_seconds=20
        )
        decision, _ = decide(POLICY, seen, memory)
        wanted.append(desired if decision.desired is None else decision.desired)
    assert wanted[1] >= wanted[0]

"""Alarms change their state and invoke their actions as CloudWatch's documentation says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.decide.alarm import AlarmMemory, cadence_seconds, evaluate, evaluation_range, window
from fastscale.decide.observation import AlarmState
from fastscale.plan import Alarm, Comparison, MissingData
from tests.decide.timeline import alarm, datapoints, verdict

OK, ALARM, INSUFFICIENT_DATA = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA

#: The rows of the user guide's tables: M of 3, datapoints, and the state for missing, ignore, breaching, notBreaching.
RETAIN = None
PUBLISHED = [
    (3, "0 - X - X", OK, OK, OK, OK),
    (3, "0 - - - -", OK, OK, OK, OK),
    (3, "- - - - -", INSUFFICIENT_DATA, RETAIN, ALARM, OK),
    (3, "0 X X - X", ALARM, ALARM, ALARM, ALARM),
    (3, "- - X - -", ALARM, RETAIN, ALARM, OK),
    (2, "0 - X - X", ALARM, ALARM, ALARM, ALARM),
    (2, "0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    (2, "0 - X - -", OK, OK, ALARM, OK),
    (2, "- - - - 0", OK, OK, ALARM, OK),
    (2, "- - - X -", ALARM, RETAIN, ALARM, OK),
    (3, "- - - - X", INSUFFICIENT_DATA, RETAIN, ALARM, OK),
    (3, "X - - - -", ALARM, RETAIN, ALARM, OK),
    (2, "- - - - X", INSUFFICIENT_DATA, RETAIN, ALARM, OK),
]


@pytest.mark.parametrize(("m", "pattern", "missing", "ignore", "breaching", "not_breaching"), PUBLISHED)
@pytest.mark.parametrize("present", list(AlarmState))
def test_published_rows(
    m: int,
    pattern: str,
    missing: AlarmState,
    ignore: AlarmState | None,
    breaching: AlarmState,
    not_breaching: AlarmState,
    present: AlarmState,
) -> None:
    expected = {
        MissingData.MISSING: missing,
        MissingData.IGNORE: ignore or present,
        MissingData.BREACHING: breaching,
        MissingData.NOT_BREACHING: not_breaching,
    }
    found = {fill: verdict(alarm(m, 3, missing_data=fill), pattern, present).state for fill in MissingData}
    assert found == expected


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        (Comparison.GREATER, OK, OK, ALARM),
        (Comparison.GREATER_OR_EQUAL, OK, ALARM, ALARM),
        (Comparison.LESS, ALARM, OK, OK),
        (Comparison.LESS_OR_EQUAL, ALARM, ALARM, OK),
    ],
)
def test_comparison_operators(comparison: Comparison, below: AlarmState, at: AlarmState, above: AlarmState) -> None:
    watch = alarm(comparison=comparison)
    states = [evaluate(watch, [value], AlarmMemory(), 0)[0].state for value in (99.9, 100.0, 100.1)]
    assert states == [below, at, above]


def test_only_the_newest_periods_count_when_none_is_missing() -> None:
    assert verdict(alarm(3, 3), "X X 0 X X X").state is ALARM
    assert verdict(alarm(3, 3), "X X X X X 0").state is OK
    assert verdict(alarm(2, 3), "X X X 0 X 0").state is OK


def test_datapoints_to_alarm_default_to_all_periods() -> None:
    assert verdict(alarm(None, 3), "X X X").state is ALARM
    assert verdict(alarm(None, 3), "X 0 X").state is OK


@pytest.mark.parametrize(
    ("m", "pattern", "state"),
    [
        (3, "- - - X X", INSUFFICIENT_DATA),  # the oldest breach is 2 periods old: the third point may be merely late
        (3, "- - X X -", ALARM),  # it is 3 periods old: waiting ends
        (3, "- 0 X - -", OK),  # a real point that does not breach stands against it
        (2, "X - - - X", ALARM),  # enough of the real points breach anyway
        (1, "- - - - X", ALARM),
    ],
)
def test_premature_alarms_are_held_back_while_data_may_be_late(m: int, pattern: str, state: AlarmState) -> None:
    assert verdict(alarm(m, 3), pattern).state is state


@pytest.mark.parametrize(("period", "seconds"), [(10, 10), (20, 10), (30, 10), (60, 60), (300, 60), (86400, 60)])
def test_cadence_follows_the_period(period: int, seconds: int) -> None:
    assert cadence_seconds(alarm(period=period)) == seconds


@pytest.mark.parametrize(
    ("period", "n", "datapoints"), [(60, 3, 5), (300, 3, 5), (60, 1, 3), (10, 1, 7), (20, 3, 6), (30, 2, 4)]
)
def test_more_datapoints_are_looked_at_than_are_needed(period: int, n: int, datapoints: int) -> None:
    assert evaluation_range(alarm(period=period, n=n)) == datapoints


@pytest.mark.parametrize(
    ("period", "now", "expected"),
    [
        (10, 1019.9, (940, 1010)),
        (10, 1020.0, (950, 1020)),
        (30, 1019.9, (900, 990)),
        (60, 1019.9, (780, 960)),
        (60, 1020.0, (840, 1020)),
        (300, 1020.0, (120, 1020)),  # slides by the minute: 1020 is not a multiple of 300
    ],
)
def test_a_window_ends_at_the_last_whole_minute_or_period(
    period: int, now: float, expected: tuple[float, float]
) -> None:
    assert window(alarm(period=period), now) == expected


class Watch:
    """An alarm that is evaluated along a timeline."""

    def __init__(self, watched: Alarm) -> None:
        self.alarm = watched
        self.memory = AlarmMemory()

    def at(self, now: float, pattern: str) -> str:
        """The state after the evaluation at ``now``; with ``!`` when it changed and ``*`` when actions are invoked."""
        proposal, self.memory = evaluate(self.alarm, datapoints(pattern), self.memory, now)
        return f"{proposal.state}{'!' if proposal.changed else ''}{'*' if proposal.act else ''}"


def test_actions_are_invoked_on_the_transition_and_then_once_a_minute() -> None:
    watch = Watch(alarm(period=10))
    assert watch.at(1000, "0") == "OK!*"
    assert [watch.at(now, "0") for now in (1010, 1020)] == ["OK", "OK"]
    assert watch.at(1030, "X") == "ALARM!*"
    assert [watch.at(now, "X") for now in range(1040, 1090, 10)] == ["ALARM"] * 5
    assert watch.at(1090, "X") == "ALARM*"
    assert [watch.at(now, "X") for now in range(1100, 1150, 10)] == ["ALARM"] * 5
    assert watch.at(1150, "X") == "ALARM*"
    assert watch.at(1160, "0") == "OK!*"


def test_a_standard_alarm_repeats_its_actions_at_every_evaluation() -> None:
    watch = Watch(alarm(period=300))
    assert [watch.at(now, "X") for now in (600, 660, 720)] == ["ALARM!*", "ALARM*", "ALARM*"]


def test_a_loop_that_is_late_by_fractions_skips_no_repeat() -> None:
    watch = Watch(alarm(period=10))
    assert watch.at(1000.9, "X") == "ALARM!*"
    assert watch.at(1059.9, "X") == "ALARM"
    assert watch.at(1060.1, "X") == "ALARM*"


def test_an_alarm_read_back_after_a_restart_goes_on_repeating() -> None:
    """Its transition was recorded 2.3 s after the evaluation, by the clock of whoever recorded it."""
    watch = Watch(alarm(period=10))
    watch.memory = AlarmMemory(ALARM, acted_at=1002.3)
    assert [watch.at(now, "X") for now in (1050, 1060)] == ["ALARM", "ALARM*"]


def test_a_new_alarm_without_data_invokes_nothing() -> None:
    watch = Watch(alarm(period=10))
    assert [watch.at(now, "-") for now in range(0, 200, 10)] == ["INSUFFICIENT_DATA"] * 20


def test_after_a_metric_stops_its_last_points_are_evaluated_again_for_a_while() -> None:
    watch = Watch(alarm(m=1, n=1, period=10, missing_data=MissingData.NOT_BREACHING))
    assert watch.at(0, "0 0 0 0 0 0 X") == "ALARM!*"
    assert watch.at(10, "0 0 0 0 0 X -") == "ALARM"
    assert watch.at(60, "X - - - - - -") == "ALARM*"
    assert watch.at(70, "- - - - - - -") == "OK!*"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation() -> None:
    watch = Watch(alarm())
    watch.memory = AlarmMemory(ALARM, acted_at=0)
    assert watch.at(60, "0") == "OK!*"


def test_a_proposal_carries_the_real_datapoints_that_counted() -> None:
    watch = alarm(n=2)
    assert list(evaluate(watch, [1.0, 2.0, None, 3.0], AlarmMemory(), 0)[0].evaluated) == [2.0, 3.0]
    assert list(evaluate(watch, [None, None, 7.0, None], AlarmMemory(), 0)[0].evaluated) == [7.0]


points = st.lists(st.sampled_from([50.0, 150.0, None]), min_size=5, max_size=5)
alarms = st.builds(
    lambda n, m, fill: alarm(min(m, n), n, missing_data=fill),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(list(MissingData)),
)
states = st.sampled_from(list(AlarmState))
SEVERITY = [OK, INSUFFICIENT_DATA, ALARM]


@given(alarms, points, states, st.floats(0, 1e9))
def test_the_same_input_gives_the_same_output(
    watch: Alarm, values: list[float | None], present: AlarmState, now: float
) -> None:
    memory = AlarmMemory(present, acted_at=0)
    assert evaluate(watch, values, memory, now) == evaluate(watch, list(values), memory, now)


@given(alarms, points, states, st.integers(0, 4))
def test_a_breach_in_place_of_another_value_never_calms_an_alarm(
    watch: Alarm, values: list[float | None], present: AlarmState, index: int
) -> None:
    if values[index] is None:
        return  # a real point for a missing one may displace an older breach
    worse = [*values[:index], 150.0, *values[index + 1 :]]
    before = evaluate(watch, values, AlarmMemory(present), 0)[0].state
    after = evaluate(watch, worse, AlarmMemory(present), 0)[0].state
    if watch.missing_data is not MissingData.IGNORE:
        assert (after is ALARM) or (before is not ALARM)


@given(alarms, points, states)
def test_with_enough_real_points_the_missing_data_setting_is_ignored(
    watch: Alarm, values: list[float | None], present: AlarmState
) -> None:
    if sum(value is not None for value in values) < watch.evaluation_periods:
        return
    found = {
        evaluate(watch.model_copy(update={"missing_data": fill}), values, AlarmMemory(present), 0)[0].state
        for fill in MissingData
    }
    assert len(found) == 1
    assert found <= {OK, ALARM}

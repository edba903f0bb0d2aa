"""Points become one number a period, as CloudWatch computes it; a period without data is a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.errors import ExpressionError
from fastscale.series import Datum, Point, StatisticSet, bucket, floor_time, period_start, period_value

MIDNIGHT = 1_795_305_600.0  # 2026-11-22T00:00:00Z


def one(timestamp: float, value: float) -> Datum:
    return Datum(timestamp, (value,))


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", 2.5), ("Sum", 10), ("Minimum", 1), ("Maximum", 4), ("SampleCount", 4)],
)
def test_simple_statistics_of_single_values(statistic: str, expected: float) -> None:
    points = [one(0, 4), one(1, 1), one(2, 3), one(3, 2)]
    assert period_value(points, statistic) == expected


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", 4.0), ("Sum", 20), ("Minimum", 2), ("Maximum", 12), ("SampleCount", 5), ("p50", 2), ("p90", 12)],
)
def test_values_count_as_often_as_their_counts_say(statistic: str, expected: float) -> None:
    assert period_value([Datum(0, (12, 2), (1, 4))], statistic) == expected


def test_values_without_counts_count_once_beside_those_with_counts() -> None:
    assert period_value([Datum(0, (1, 2)), Datum(1, (9,), (3,))], "tc100") == 5


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", 3.0), ("Sum", 18), ("Minimum", 1), ("Maximum", 9), ("SampleCount", 6)],
)
def test_statistic_sets_and_values_add_up(statistic: str, expected: float) -> None:
    points: list[Point] = [StatisticSet(0, sum=15, minimum=1, maximum=9, sample_count=5), one(1, 3)]
    assert period_value(points, statistic) == expected


@pytest.mark.parametrize("statistic", ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p99", "tc90", "PR(:5)"])
def test_no_points_are_a_gap_for_every_statistic(statistic: str) -> None:
    assert period_value([], statistic) is None


def test_a_statistic_set_of_nothing_has_no_average() -> None:
    assert period_value([StatisticSet(0, sum=0, minimum=0, maximum=0, sample_count=0)], "Average") is None


def test_percentiles_of_a_statistic_set_need_all_its_values_to_be_the_same() -> None:
    same = StatisticSet(0, sum=21, minimum=7, maximum=7, sample_count=3)
    single = StatisticSet(0, sum=5, minimum=5, maximum=5, sample_count=1)
    spread = StatisticSet(0, sum=9, minimum=1, maximum=5, sample_count=3)
    assert period_value([same, single], "p50") == 7
    assert period_value([same, single], "p25") == 5
    assert period_value([same, spread], "p50") is None
    assert period_value([spread], "Maximum") == 5


def test_percentiles_are_not_available_with_a_negative_value() -> None:
    assert period_value([one(0, 0), one(1, 5)], "p100") == 5
    assert period_value([one(0, -1), one(1, 5)], "p100") is None


def test_values_without_a_count_each_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values but 1 counts"):
        Datum(0, (1, 2), (3,))


def test_an_unknown_statistic_is_named() -> None:
    with pytest.raises(ExpressionError, match="statistic 'Median' is not one of Average, Sum"):
        period_value([one(0, 1)], "Median")


def test_a_minute_of_five_second_points_becomes_six_periods_with_a_gap() -> None:
    points = [one(MIDNIGHT + second, second) for second in range(0, 60, 5) if not 20 <= second < 30]
    averages = bucket(points, start=MIDNIGHT, end=MIDNIGHT + 60, period=10)
    assert averages == [2.5, 12.5, None, 32.5, 42.5, 52.5]


def test_a_point_on_a_boundary_belongs_to_the_period_that_begins_there() -> None:
    sums = bucket([one(60, 1), one(119.999, 2), one(120, 4)], start=60, end=180, period=60, statistic="Sum")
    assert sums == [3, 4]


def test_points_outside_the_query_do_not_count() -> None:
    points = [one(59.9, 100), one(60, 1), one(180, 100), one(-1000, 100)]
    assert bucket(points, start=60, end=180, period=60, statistic="Sum") == [1, None]


def test_the_order_of_the_points_does_not_matter() -> None:
    points = [one(70, 7), one(0, 1), one(61, 3), one(10, 5)]
    assert bucket(points, start=0, end=120, period=60) == [3, 5]
    assert bucket(points[::-1], start=0, end=120, period=60) == [3, 5]


def test_a_five_minute_query_may_begin_at_any_minute() -> None:
    """As CloudWatch rounds StartTime to the minute, not to the period."""
    points = [one(MIDNIGHT + 60 * minute, minute) for minute in range(15)]
    firsts = bucket(points, start=MIDNIGHT + 130, end=MIDNIGHT + 720, period=300, statistic="Minimum")
    assert firsts == [2, 7]


def test_the_last_period_is_whole_even_beyond_the_end() -> None:
    assert bucket([one(0, 1), one(119, 3)], start=0, end=61, period=60) == [1, 3]


def test_without_a_statistic_a_query_asks_for_the_average() -> None:
    assert bucket([one(0, 1), one(1, 2)], start=0, end=60, period=60) == [1.5]


@pytest.mark.parametrize(("start", "end"), [(60, 60), (120, 60)])
def test_an_empty_stretch_has_no_periods(start: float, end: float) -> None:
    assert bucket([one(60, 1)], start=start, end=end, period=60) == []


@pytest.mark.parametrize(
    ("timestamp", "period", "start"),
    [(59.9, 10, 50), (59.9, 20, 40), (59.9, 30, 30), (119, 60, 60), (599, 300, 540), (60, 3600, 60)],
)
def test_a_query_begins_at_a_whole_minute_or_an_even_division_of_one(
    timestamp: float, period: int, start: float
) -> None:
    assert period_start(timestamp, period) == start


def test_time_is_floored_to_the_step_before_it() -> None:
    assert [floor_time(moment, 10) for moment in (0, 9.99, 10, 19.99, -0.01)] == [0, 0, 10, 10, -10]


@given(
    st.lists(st.tuples(st.floats(0, 600), st.integers(0, 1000))),
    st.sampled_from([10, 20, 30, 60, 120]),
)
def test_no_point_is_lost_or_counted_twice(timed: list[tuple[float, int]], period: int) -> None:
    points = [one(timestamp, value) for timestamp, value in timed]
    sums = bucket(points, start=0, end=660, period=period, statistic="Sum")
    counts = bucket(points, start=0, end=660, period=period, statistic="SampleCount")
    assert sum(total or 0 for total in sums) == sum(value for _, value in timed)
    assert sum(count or 0 for count in counts) == len(timed)
    assert [total is None for total in sums] == [count is None for count in counts]

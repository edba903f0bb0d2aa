"""Percentiles, trimmed and winsorized statistics agree with AWS's descriptions and with an exact oracle."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.errors import ExpressionError
from fastscale.statistic import parse


@pytest.fixture(autouse=True)
def read_anew() -> None:
    """Every test reads its statistics anew, so that none passes by what another one has read."""
    parse.cache_clear()


TEN = [(float(value), 1.0) for value in range(10, 101, 10)]  # 10, 20 .. 100


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("p0", 10),
        ("p10", 10),
        ("p10.1", 20),
        ("p50", 50),
        ("p95", 100),
        ("p100", 100),
        ("tm90", 50),  # without 100: the mean of 10..90
        ("tm50", 30),
        ("tc90", 9),
        ("ts90", 450),
        ("wm90", 54),  # 100 counts as 90
        ("TM(10%:90%)", 55),
        ("tm(10%:90%)", 55),
        ("TM(:90%)", 50),
        ("TM(10%:)", 60),
        ("TC(20%:80%)", 6),
        ("TS(20%:80%)", 330),
        ("IQM", 55),
        ("iqm", 55),
        ("WM(10%:90%)", 54),  # 100 counts as 90, and 10 is at the lower bound itself
        ("WM(20%:80%)", 53),
        ("TM(20:50)", 40),  # 20 itself is left out, 50 is kept
        ("TM(:50)", 30),
        ("TM(50:)", 80),
        ("TC(20:50)", 3),
        ("TS(20:50)", 120),
        ("WM(20:50)", 41),
        ("WM(:50)", 40),
        ("WM(55.5:)", 67.75),
        ("PR(:50)", 50),
        ("PR(20:50)", 30),
        ("PR(50:)", 50),
        ("PR(100:200)", 0),
    ],
)
def test_statistics_of_ten_values(statistic: str, expected: float) -> None:
    assert parse(statistic)(TEN) == pytest.approx(expected)


def test_a_rank_is_exact_where_floats_are_not() -> None:
    assert 250 * 64.4 / 100 > 161
    assert parse("p64.4")([(float(value), 1.0) for value in range(1, 251)]) == 161


def test_a_winsorized_mean_without_a_lower_bound_leaves_the_lowest_values_alone() -> None:
    assert parse("wm100")([(float(value), 1.0) for value in range(1, 201)]) == 100.5


def test_a_trimmed_mean_without_any_value_left_is_a_gap() -> None:
    assert parse("TM(1000:2000)")(TEN) is None
    assert parse("tm0")(TEN) is None
    assert parse("TC(1000:2000)")(TEN) == 0


def test_the_middle_half_of_equal_values_is_that_value() -> None:
    assert parse("IQM")([(5.0, 4.0)]) == 5


@pytest.mark.parametrize(
    "name",
    [
        "",
        "p",
        "p101",
        "tm100.5",
        "p-5",
        "p50%",
        "xp50",
        "p50x",
        "q50",
        "TM()",
        "TM(:)",
        "TM(10%:90)",
        "TM(10:90%)",
        "TM(90%:10%)",
        "TM(50:50)",
        "TM(0%:101%)",
        "PR(10%:90%)",
        "P(10:90)",
        "average",
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ExpressionError, match="is not one of"):
        parse(name)


pairs = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=20)
counted: st.SearchStrategy[list[tuple[int, int]]] = pairs.map(sorted)
tenths = st.integers(0, 1000)


def spread(values: list[tuple[int, int]]) -> list[int]:
    """Each value as often as its count says."""
    return [value for value, count in values for _ in range(count)]


@given(counted, tenths)
def test_a_percentile_is_the_nearest_rank(values: list[tuple[int, int]], tenth: int) -> None:
    every = spread(values)
    rank = -(-len(every) * tenth // 1000)  # rounded up, exactly
    assert parse(f"p{tenth / 10}")(values) == every[max(rank, 1) - 1]


@given(counted, tenths, tenths)
def test_trimmed_statistics_count_what_lies_between_the_shares(
    values: list[tuple[int, int]], one: int, other: int
) -> None:
    low, high = min(one, other), max(one, other)
    if low == high:
        return
    every = spread(values)
    lowest, highest = Fraction(len(every) * low, 1000), Fraction(len(every) * high, 1000)
    slots = [(Fraction(index), Fraction(index + 1)) for index in range(len(every))]
    inside = [max(Fraction(0), min(end, highest) - max(start, lowest)) for start, end in slots]
    total = sum(value * part for value, part in zip(every, inside, strict=True))
    bounds = f"({low / 10}%:{high / 10}%)"
    assert parse(f"TC{bounds}")(values) == pytest.approx(float(sum(inside)))
    assert parse(f"TS{bounds}")(values) == pytest.approx(float(total))
    assert parse(f"TM{bounds}")(values) == pytest.approx(float(total / sum(inside)))


@given(counted, tenths)
def test_a_winsorized_mean_lies_between_minimum_and_mean(values: list[tuple[int, int]], tenth: int) -> None:
    every = spread(values)
    winsorized = parse(f"wm{tenth / 10}")(values)
    assert winsorized is not None
    assert every[0] - 1e-9 <= winsorized <= sum(every) / len(every) + 1e-9

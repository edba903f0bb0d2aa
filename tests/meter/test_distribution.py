import math
from collections import Counter

import pytest
from ddsketch import DDSketch
from hypothesis import given
from hypothesis import strategies as st

from fastscale.meter.distribution import RELATIVE_ACCURACY, Distribution

durations = st.floats(min_value=1e-6, max_value=3600)


def rank_value(values: list[float], rank: float) -> float:
    return sorted(values)[math.floor(rank * (len(values) - 1))]


@given(st.lists(durations, min_size=1), st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_within_one_percent_of_a_measured_value(values: list[float], rank: float) -> None:
    (found,) = Distribution(values).quantiles(rank) or []
    assert found == pytest.approx(rank_value(values, rank), rel=RELATIVE_ACCURACY * 1.0001)


@given(st.lists(durations), st.lists(durations))
def test_merging_is_counting_together(one: list[float], other: list[float]) -> None:
    merged = Distribution(one)
    merged.merge(Distribution(other))
    together = Distribution(one + other)
    assert merged.bins == together.bins
    assert merged.count == together.count
    assert merged.total_seconds == pytest.approx(together.total_seconds)


@given(st.lists(durations, min_size=1))
def test_the_bins_are_those_of_the_library(values: list[float]) -> None:
    sketch = DDSketch(RELATIVE_ACCURACY)
    for value in values:
        sketch.add(value)
    ours = Distribution(values).quantiles(0, 0.5, 0.99, 1) or []
    theirs = [sketch.get_quantile_value(rank) for rank in (0, 0.5, 0.99, 1)]
    # A value on the very edge of a bin may be rounded into its neighbour by the two logarithms.
    assert ours == pytest.approx(theirs, rel=2.1 * RELATIVE_ACCURACY)


def test_nothing_counted_is_none_and_not_zero() -> None:
    assert Distribution().average is None
    assert Distribution().quantiles(0.5) is None


def test_a_duration_below_the_clocks_resolution_is_counted() -> None:
    found = Distribution([0.0])
    assert found.count == 1
    assert found.average == 0.0


def test_a_value_can_stand_for_many() -> None:
    found = Distribution()
    found.add_repeated(0.25, 4)
    assert (found.count, found.total_seconds) == (4, 1.0)
    assert found.bins == Distribution([0.25] * 4).bins


def test_it_travels_as_json() -> None:
    made = Distribution([0.001, 0.5, 0.5, 30])
    again = Distribution.from_json(made.to_json())
    assert (again.bins, again.count, again.total_seconds) == (Counter(made.bins), 4, made.total_seconds)

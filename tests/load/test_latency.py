from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.load.latency import Histogram

latencies = st.lists(st.floats(0.02, 60_000), min_size=1, max_size=200)


def exact(values: list[float], share: float) -> float:
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


@given(latencies, st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_one_percent_of_the_exact_one(values: list[float], share: float) -> None:
    assert Histogram.of(values).quantile_ms(share) == pytest.approx(exact(values, share), rel=0.0102, abs=0.006)


@given(latencies, latencies)
def test_merging_is_the_same_as_measuring_together(left: list[float], right: list[float]) -> None:
    assert Histogram.merged([Histogram.of(left), Histogram.of(right)]) == Histogram.of(left + right)


def test_the_maximum_is_exact_and_no_quantile_is_above_it() -> None:
    summary = Histogram.of([10.0] * 99 + [5003.21]).summary()

    assert summary.max == 5003.21
    assert summary.p50 == pytest.approx(10, rel=0.01)
    assert Histogram.of([5003.21]).quantile_ms(0.99) == pytest.approx(5003.21, rel=0.01)
    assert summary.count == 100


def test_no_request_has_no_latency() -> None:
    assert Histogram.of([]).summary().model_dump() == {
        "count": 0,
        "p50": None,
        "p95": None,
        "p99": None,
        "max": None,
    }
    assert Histogram.merged([]).max_ms is None


def test_a_histogram_survives_json() -> None:
    histogram = Histogram.of([0.001, 3, 3, 900])

    assert Histogram.model_validate_json(histogram.model_dump_json()) == histogram

"""The metric store: what it keeps, for how long, and what a query costs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.localcloud.server.cloudwatch.store import FINE_SECONDS, MetricKey, MetricStore
from fastscale.series import Datum, period_value

LOAD = MetricKey("Test", "Load")
NOW = 1_700_000_040.0


def put(store: MetricStore, *timestamps: float, now: float = NOW, unit: str = "None") -> None:
    store.put([(LOAD, Datum(timestamp, (timestamp,)), unit) for timestamp in timestamps], now=now)


def seen(store: MetricStore, *, now: float, start: float = 0, end: float = 2e9, unit: str | None = None) -> list[float]:
    return [stored.timestamp for stored in store.points(LOAD, start=start, end=end, unit=unit, now=now)]


def test_a_point_becomes_visible_after_its_time() -> None:
    store = MetricStore(visibility_seconds=2)
    put(store, NOW - 30)
    assert seen(store, now=NOW + 1.9) == []
    assert seen(store, now=NOW + 2) == [NOW - 30]


def test_the_start_belongs_to_a_range_and_the_end_does_not() -> None:
    store = MetricStore(visibility_seconds=0)
    put(store, NOW, NOW + 10, NOW + 20)
    assert seen(store, now=NOW, start=NOW, end=NOW + 20) == [NOW, NOW + 10]


@given(st.lists(st.floats(0, 1000), max_size=40))
def test_points_come_out_sorted_however_they_arrive(timestamps: list[float]) -> None:
    store = MetricStore(visibility_seconds=0)
    for timestamp in timestamps:
        put(store, timestamp, now=1000)
    assert seen(store, now=1000) == sorted(timestamps)


def test_fine_data_becomes_minutes_when_its_time_is_over() -> None:
    store = MetricStore(visibility_seconds=0)
    put(store, *(NOW + second for second in range(0, 180, 5)))
    later = NOW + FINE_SECONDS + 3600
    put(store, later, now=later)
    assert seen(store, now=later) == [NOW, NOW + 60, NOW + 120, later]
    first, *_ = (stored.point for stored in store.points(LOAD, start=NOW, end=NOW + 60, unit=None, now=later))
    assert [period_value([first], name) for name in ("SampleCount", "Minimum", "Maximum")] == [12, NOW, NOW + 55]
    assert period_value([first], "Average") == pytest.approx(NOW + 27.5)


def test_what_is_old_enough_is_dropped() -> None:
    store = MetricStore(visibility_seconds=0)
    put(store, NOW)
    day = 86400
    for later in (NOW + day, NOW + 16 * day, NOW + 32 * day):
        put(store, later, now=later)
    assert seen(store, now=NOW + 32 * day) == [NOW + 32 * day]


def test_a_late_point_among_the_minutes_is_kept() -> None:
    store = MetricStore(visibility_seconds=0)
    put(store, NOW, NOW + 1)
    later = NOW + FINE_SECONDS + 3600
    put(store, later, now=later)
    put(store, NOW + 30, now=later)
    latest = later + FINE_SECONDS + 3600
    put(store, latest, now=latest)
    found = store.points(LOAD, start=NOW, end=NOW + 60, unit=None, now=latest)
    assert period_value([stored.point for stored in found], "SampleCount") == 3
    assert seen(store, now=latest)[-2:] == [later, latest]


def test_half_an_hour_of_points_does_not_slow_a_query() -> None:
    """20 tasks publish every 5 s; an alarm looks at the last minute. 30 minutes must cost it what 1 minute does."""
    short, long = (_filled(minutes=minutes) for minutes in (1, 30))
    cost_short, cost_long = (min(_cost(store) for _ in range(20)) for store in (short, long))
    assert cost_long < 2 * cost_short


def _filled(minutes: int) -> MetricStore:
    store = MetricStore(visibility_seconds=2)
    for second in range(-60 * minutes, 0, 5):
        put(store, *[NOW + second] * 20, now=NOW + second)
    return store


def _cost(store: MetricStore) -> float:
    started = time.perf_counter()
    for _ in range(20):
        assert len(store.points(LOAD, start=NOW - 60, end=NOW, unit=None, now=NOW + 5)) == 240
    return time.perf_counter() - started

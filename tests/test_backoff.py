"""Waits that grow, within a bound, however long an outage lasts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fastscale.backoff import Backoff

SECONDS = st.floats(0.001, 1_000)


def test_the_bound_doubles_from_the_first_wait_to_the_longest() -> None:
    backoff = Backoff(first_seconds=0.25, longest_seconds=3, jitter=lambda: 1.0)
    assert [backoff.wait(failures) for failures in range(1, 7)] == [0.25, 0.5, 1, 2, 3, 3]


def test_an_outage_of_ten_thousand_failures_waits_no_longer_than_one_of_ten() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=20, shortest_seconds=0.1)
    assert backoff.bound(10_000) == backoff.bound(10) == 20
    assert all(0.1 <= backoff.wait(10_000) <= 20 for _ in range(100))


def test_waits_are_spread_over_the_whole_range() -> None:
    waits = [Backoff(first_seconds=8, longest_seconds=8).wait(1) for _ in range(200)]
    assert min(waits) < 2
    assert max(waits) > 6


@given(
    first=SECONDS, longest=SECONDS, shortest=st.floats(0, 10), failures=st.integers(1, 10**6), jitter=st.floats(0, 1)
)
def test_a_wait_is_within_its_bounds_and_no_failure_shortens_the_next(
    first: float, longest: float, shortest: float, failures: int, jitter: float
) -> None:
    backoff = Backoff(first_seconds=first, longest_seconds=longest, shortest_seconds=shortest, jitter=lambda: jitter)
    wait = backoff.wait(failures)
    assert 0 <= wait <= longest * (1 + 1e-12)
    assert wait >= min(shortest, first, longest) * (1 - 1e-12)
    assert backoff.bound(failures) <= backoff.bound(failures + 1) <= longest

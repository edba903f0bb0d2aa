import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.meter.schedule import next_end


@pytest.mark.parametrize(
    ("now", "interval", "end"),
    [
        (1000.0, 5, 1004.5),
        (1003.0, 5, 1004.5),
        (1004.0, 5, 1009.5),
        (1004.5, 5, 1009.5),
        (1000.0, 1, 1000.9),
        (7, 60, 59.5),
    ],
)
def test_intervals_end_shortly_before_the_round_second(now: float, interval: float, end: float) -> None:
    assert next_end(now, interval) == pytest.approx(end)


@given(st.floats(1.7e9, 1.8e9), st.integers(1, 60))
def test_an_interval_is_never_much_shorter_or_longer_than_asked_for(now: float, interval: int) -> None:
    assert 0.25 * interval - 1e-5 <= next_end(now, interval) - now <= 1.25 * interval + 1e-5


@given(st.floats(1.7e9, 1.8e9), st.sampled_from([1, 2, 5, 10]))
def test_from_one_end_to_the_next_is_exactly_one_interval(now: float, interval: int) -> None:
    first = next_end(now, interval)
    assert next_end(first, interval) - first == pytest.approx(interval, abs=1e-5)

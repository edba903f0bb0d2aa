from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.errors import TraceError
from fastscale.load.shape import Point, Shape, Spacing, arrivals, from_csv, surge

flat = Shape((Point(0, 100), Point(10, 100)))


def count_between(moments: list[float], start: float, end: float) -> int:
    return sum(start <= moment < end for moment in moments)


def test_a_surge_is_calm_then_rises_within_its_rise_and_stays() -> None:
    shape = surge(calm_rate=60, surge_rate=600, calm_seconds=20, surge_seconds=100, rise_seconds=1)

    assert [shape.rate(at) for at in (0, 19.9, 20.5, 21, 119)] == [60, 60, 330, 600, 600]
    assert shape.duration_seconds == 120
    assert shape.rate(121) == 0


def test_two_points_at_one_moment_are_a_jump() -> None:
    shape = Shape((Point(0, 10), Point(5, 10), Point(5, 90), Point(6, 90)))

    assert (shape.rate(4.999), shape.rate(5)) == (10, 90)


def test_evenly_spaced_arrivals_have_one_in_each_slot() -> None:
    moments = list(arrivals(flat, seed=7, spacing=Spacing.EVEN))

    assert len(moments) == 1000
    assert [int(moment * 100) for moment in moments] == list(range(1000))


def test_poisson_arrivals_follow_the_rate_with_a_spread() -> None:
    """With 10,000 expected, 4 standard deviations are 400; the counts of seconds vary, unlike evenly spaced ones."""
    shape = Shape((Point(0, 100), Point(100, 100)))
    moments = list(arrivals(shape, seed=7))
    per_second = [count_between(moments, second, second + 1) for second in range(100)]

    assert len(moments) == pytest.approx(10_000, abs=400)
    variance = sum((count - 100) ** 2 for count in per_second) / 100
    assert 60 < variance < 150


def test_arrivals_rise_with_a_slope() -> None:
    """0 to 100 requests/s over 10 s is 500 requests, a quarter of them in the first half."""
    moments = list(arrivals(Shape((Point(0, 0), Point(10, 100))), seed=1, spacing=Spacing.EVEN))

    assert len(moments) == 500
    assert count_between(moments, 0, 5) == pytest.approx(125, abs=1)


def test_the_same_seed_gives_the_same_arrivals_and_another_seed_others() -> None:
    assert list(arrivals(flat, seed=3)) == list(arrivals(flat, seed=3))
    assert list(arrivals(flat, seed=3)) != list(arrivals(flat, seed=4))


rates = st.floats(0, 500, allow_subnormal=False)
shapes = st.lists(st.tuples(st.floats(0.01, 5), rates), min_size=1, max_size=6).map(
    lambda legs: Shape(
        tuple(
            [Point(0, legs[0][1])] + [Point(sum(leg[0] for leg in legs[: i + 1]), legs[i][1]) for i in range(len(legs))]
        )
    )
)


@given(shapes, st.integers(0, 99), st.sampled_from(Spacing))
def test_any_shape_gives_arrivals_in_order_within_its_duration(shape: Shape, seed: int, spacing: Spacing) -> None:
    moments = list(arrivals(shape, seed=seed, spacing=spacing))

    assert all(left <= right for left, right in pairwise(moments))
    assert all(0 <= moment <= shape.duration_seconds + 1e-9 for moment in moments)


@given(shapes, st.integers(0, 99))
def test_evenly_spaced_arrivals_number_the_area_under_the_rate(shape: Shape, seed: int) -> None:
    area = sum(
        (right.at_seconds - left.at_seconds) * (left.rate + right.rate) / 2 for left, right in pairwise(shape.points)
    )

    assert len(list(arrivals(shape, seed=seed, spacing=Spacing.EVEN))) == pytest.approx(area, abs=1)


def test_a_csv_file_is_a_shape() -> None:
    assert from_csv("# seconds,rate\n0,10\n\n2.5,40\n") == Shape((Point(0, 10), Point(2.5, 40)))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0,10\n5,many\n", "line 2: '5,many' is not 'seconds,rate'"),
        ("0,10\n5\n", "line 2: '5' is not"),
        ("0,10\n", "at least two points"),
        ("", "at least two points"),
        ("1,10\n2,10\n", "starts at 0 seconds, not 1"),
        ("0,10\n5,-1\n", "rate -1 at 5 s"),
        ("0,10\n5,nan\n", "rate nan at 5 s"),
        ("0,1\n5,1\n4,1\n", "time goes back from 5 s to 4 s"),
        ("0,1\n0,2\n", "longer than 0 seconds"),
    ],
)
def test_what_is_not_traffic_is_refused_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(TraceError, match=complaint):
        from_csv(text)


def test_a_surge_shorter_than_its_rise_is_refused() -> None:
    with pytest.raises(TraceError, match="a surge of 1 s is not longer than its rise of 2 s"):
        surge(surge_seconds=1, rise_seconds=2)

"""Built-in traffic, and what can be done with any traffic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.errors import TraceError
from fastscale.simulate.traffic.shapes import SHAPES, ShapeOptions, parse_options, shape
from fastscale.simulate.traffic.source import load
from fastscale.simulate.traffic.trace import Gap, Trace


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_stays_between_nothing_and_its_peak(name):
    options = ShapeOptions(base=50, peak=500, seconds=1200, at=200)
    rates = shape(name, options).rates
    assert rates.size == 1200
    assert rates.min() >= 0
    assert rates.max() <= 500 * 1.25  # slow noise of 5 % rides on the diurnal wave


def test_a_step_rises_at_its_moment_within_its_rise():
    rates = shape("step", ShapeOptions(base=60, peak=600, seconds=60, at=20, rise=2)).rates
    assert rates[19] == 60
    assert rates[20:22].tolist() == [195, 465]  # means of 60..330 and 330..600
    assert rates[22] == 600


def test_a_thundering_retry_is_silent_and_then_comes_in_waves():
    rates = shape("thundering-retry", ShapeOptions(base=100, peak=500, seconds=200, at=50)).rates
    assert not rates[50:80].any()
    assert rates[[80, 81, 83, 87]].tolist() == [500, 300, 200, 150]


def test_options_from_text():
    assert parse_options("base=10,peak=20,seconds=30,at=5") == ShapeOptions(base=10, peak=20, seconds=30, at=5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pek=1", "'pek' does not exist: choose from base, peak"),
        ("peak=high", "peak='high' is not a number"),
        ("seconds=1.5", "seconds='1.5' is not a number"),
        ("base=700", "base 700 is not between 0 and peak 600"),
        ("at=900", "at 900 s is not within the 900 s"),
        ("rise=0", "rise 0 s is not longer than 0 s"),
    ],
)
def test_wrong_options_are_named(text, says):
    with pytest.raises(TraceError, match=says):
        parse_options(text)


def test_shapes_become_whole_requests_by_seed():
    first, again, other = (load("step:peak=100,base=100", seed=seed).rates for seed in (3, 3, 4))
    assert first.tolist() == again.tolist() != other.tolist()
    assert first.mean() == pytest.approx(100, rel=0.02)
    assert np.all(first == np.rint(first))


def test_the_seconds_of_a_shape_vary_more_with_burstiness_around_the_same_mean():
    calm, bursty = (load("step:peak=100,base=100,seconds=20000", burstiness=burstiness).rates for burstiness in (1, 5))
    assert calm.var() / calm.mean() == pytest.approx(1, rel=0.05)
    assert bursty.var() / bursty.mean() == pytest.approx(5, rel=0.05)
    assert bursty.mean() == pytest.approx(100, rel=0.02)
    assert load("step:base=0", burstiness=5).rates[:300].sum() == 0


@pytest.mark.parametrize("burstiness", [0.5, float("nan"), float("inf")])
def test_a_burstiness_that_cannot_be_is_refused(burstiness):
    with pytest.raises(TraceError, match=f"burstiness {burstiness:g}: give a number from 1"):
        load("step", burstiness=burstiness)


def test_a_surge_on_a_calm_day():
    day = Trace("day", np.full(10, 5.0))
    surge = Trace("surge", np.full(4, 100.0))
    assert day.spliced(surge, 8).rates.tolist() == [5] * 8 + [105, 105]
    with pytest.raises(TraceError, match="has no second 10"):
        day.spliced(surge, 10)


def test_a_slice_keeps_its_time_and_its_gaps():
    trace = Trace("day", np.arange(10.0), start=1000, gaps=(Gap(2, 4), Gap(8, 1)))
    part = trace.sliced(4, 3)
    assert (part.rates.tolist(), part.start, part.gaps) == ([4, 5, 6], 1004, (Gap(0, 2),))
    with pytest.raises(TraceError, match="begins at 10 s"):
        trace.sliced(10)


def test_scaling_to_a_peak_looks_at_minutes():
    rates = np.concatenate([np.full(60, 10.0), np.full(60, 40.0)])
    assert Trace("day", rates).scaled_to_peak(100).rates[-1] == pytest.approx(100)
    with pytest.raises(TraceError, match="no requests"):
        Trace("silence", np.zeros(5)).scaled_to_peak(10)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=300), st.integers(1, 100))
def test_resampling_keeps_the_requests_of_every_period(rates, period):
    coarse = Trace("any", np.array(rates)).resampled(period)
    for begin in range(0, len(rates), period):
        part = coarse.rates[begin : begin + period]
        assert np.all(part == part[0])
        assert part.sum() == pytest.approx(sum(rates[begin : begin + period]), abs=1e-6)


def test_a_trace_cannot_be_changed_or_hold_what_is_no_traffic():
    trace = Trace("day", np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        trace.rates[0] = 5
    with pytest.raises(TraceError, match="second 1: nan is not a number of requests"):
        Trace("bad", np.array([1, np.nan]))

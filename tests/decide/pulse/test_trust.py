"""Growth is met as far as growth has come before."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from fastscale.decide.pulse.demand import Demand
from fastscale.decide.pulse.trust import Trust
from fastscale.plan import PulsePolicy
from tests.decide.pulse.timeline import Timeline


def test_growth_that_came_is_trusted_and_growth_that_did_not_is_not() -> None:
    trust = Trust().follow(Demand(100, 200), 100, 0, 20)
    assert trust.follow(Demand(150, 300), 150, 19, 20) == trust, "one at a time"
    assert trust.follow(Demand(200, 300), 200, 20, 20).share == 1
    assert trust.follow(Demand(50, 50), 150, 20, 20).share == 0.9
    assert Trust(share=0.5).temper(Demand(100, 300), 200) == Demand(100, 250)


def test_what_the_last_window_has_shown_is_in_no_question() -> None:
    assert Trust().follow(Demand(100, 200), 200, 0, 20) == Trust()
    assert Trust(share=0.0).temper(Demand(100, 200), 200) == Demand(100, 200)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 3), st.floats(0, 1e6)), max_size=50))
def test_what_is_expected_lies_between_the_load_and_its_growth(seen: list[tuple[float, float, float]]) -> None:
    trust = Trust()
    for second, (level, times, highest) in enumerate(seen):
        ahead = Demand(level, level * times)
        trust = trust.follow(ahead, highest, float(second), 3.0)
        tempered = trust.temper(ahead, highest)
        assert 0 <= trust.share <= 1
        assert level <= tempered.expected <= ahead.expected


def test_a_load_that_swings_is_not_answered_each_time_that_it_grows() -> None:
    service = Timeline(12, PulsePolicy())
    for second in range(3600):
        service.run(1, 1000 + 300 * math.sin(2 * math.pi * second / 120))
    assert len([one for one in service.decisions[1200:] if one.desired is not None]) < 20
    assert service.desired < 20

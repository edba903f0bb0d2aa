"""Each rival against its published rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.errors import InputError
from fastscale.simulate.peers.catalogue import PEERS, choose
from fastscale.simulate.peers.clairvoyant import most_within
from fastscale.simulate.peers.fast_autoscaler import wanted_tasks
from fastscale.simulate.peers.hpa import HpaRules, Recommendations, recommend, stabilise
from fastscale.simulate.peers.knative import KnativeMemory, KnativeRules, decide
from tests.simulate.worlds import jump, run

KPA = KnativeRules(target=10)


class Kpa:
    """Knative's tests are timelines: set load, step time, state the expectation."""

    def __init__(self, memory=None):
        self.memory = memory or KnativeMemory()

    def expect(self, *, at, stable, panic, ready, pods):
        seen, self.memory = decide(KPA, ready=ready, stable=stable, panic=panic, memory=self.memory, now=at)
        assert seen == pods


def test_knative_follows_the_stable_window_while_calm():
    kpa = Kpa()
    kpa.expect(at=0, stable=50, panic=50, ready=5, pods=5)
    kpa.expect(at=2, stable=61, panic=55, ready=5, pods=7)
    kpa.expect(at=4, stable=30, panic=30, ready=7, pods=3)


def test_knative_panics_when_twice_the_ready_pods_are_needed_and_does_not_shrink():
    kpa = Kpa()
    kpa.expect(at=0, stable=100, panic=100, ready=10, pods=10)
    kpa.expect(at=2, stable=120, panic=199, ready=10, pods=20)  # ceil(19.9) / 10 = 2: panic
    assert kpa.memory.panicked_at == 2
    kpa.expect(at=4, stable=120, panic=50, ready=20, pods=20)  # no shrinking in panic
    kpa.expect(at=62, stable=120, panic=50, ready=20, pods=20)  # exactly a stable window later: still in panic
    kpa.expect(at=64, stable=120, panic=50, ready=20, pods=12)  # over
    assert kpa.memory == KnativeMemory()


def test_knative_extends_its_panic_while_it_is_due():
    kpa = Kpa()
    kpa.expect(at=0, stable=10, panic=40, ready=2, pods=4)
    kpa.expect(at=50, stable=10, panic=40, ready=2, pods=4)
    kpa.expect(at=100, stable=10, panic=10, ready=4, pods=4)
    kpa.expect(at=111, stable=10, panic=10, ready=4, pods=2)


def test_knative_takes_the_larger_window_in_panic():
    Kpa(KnativeMemory(0, 5)).expect(at=10, stable=90, panic=60, ready=5, pods=9)


def test_knative_shrinks_by_half_at_most():
    Kpa().expect(at=0, stable=1, panic=1, ready=9, pods=4)


def test_knative_may_reach_zero_only_from_one():
    Kpa().expect(at=0, stable=0, panic=0, ready=1, pods=0)
    Kpa().expect(at=0, stable=0, panic=0, ready=2, pods=1)


@pytest.mark.parametrize(
    ("pods", "value", "wanted"),
    [(2, 200, 4), (2, 50, 1), (10, 109, 10), (10, 110, 10), (10, 111, 12), (10, 91, 10), (10, 89, 9), (3, 120, 4)],
)
def test_hpa_is_proportional_outside_its_tolerance(pods, value, wanted):
    assert recommend(HpaRules(), pods=pods, value=value, target=100) == wanted


@pytest.mark.parametrize(("pods", "recommended", "allowed"), [(2, 50, 6), (3, 50, 7), (5, 50, 10), (5, 6, 6)])
def test_hpa_doubles_or_adds_four_whichever_is_more(pods, recommended, allowed):
    assert stabilise(HpaRules(), pods=pods, recommended=recommended, recent=[]) == allowed


def test_hpa_goes_down_to_the_highest_recommendation_of_five_minutes():
    recent = Recommendations(300)
    history = [(0, 9), (15, 4), (300, 4), (301, 4)]
    allowed = [stabilise(HpaRules(), pods=10, recommended=want, recent=recent.add(want, at)) for at, want in history]
    assert allowed == [9, 9, 9, 4]


@pytest.mark.parametrize(("connections", "tasks"), [(49, None), (50, 2), (99, 2), (100, 10), (300, 15), (500, 20)])
def test_fast_autoscaler_climbs_its_ladder(connections, tasks):
    assert wanted_tasks(connections) == tasks


def test_fast_autoscaler_never_scales_in():
    outcome = run(jump(600, 10, seconds=600), "fast-autoscaler")
    assert outcome.series.desired[-1] == outcome.series.desired[0] == 6


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(0, 30))
def test_the_clairvoyant_looks_ahead_correctly(values, seconds):
    expected = [max(values[i : i + seconds + 1]) for i in range(len(values))]
    assert most_within(np.array(values, dtype=float), seconds).tolist() == expected


def test_the_clairvoyant_loses_nothing_and_no_scaler_is_better_for_less():
    surge = jump(60, 600)
    outcomes = {name: run(surge, name) for name in PEERS}
    bound = outcomes["clairvoyant"]
    assert bound.requests.missed_share == 0
    for outcome in outcomes.values():
        assert outcome.requests.missed_share > 0 or outcome.task_hours >= bound.task_hours


def test_target_tracking_on_requests_follows_at_last():
    outcome = run(jump(60, 600), "target-requests-60s")
    assert outcome.series.desired[-1] == 9  # 600 / 70
    assert 240 <= outcome.trigger_seconds <= 420


def test_keda_sees_only_what_was_scraped():
    outcome = run(jump(60, 600, at=301), "keda")
    assert outcome.trigger_seconds == 29  # the scrape at 330, one second of which was calm


def test_an_unknown_strategy_names_the_known_ones():
    with pytest.raises(InputError, match="unknown strategy 'magic': choose from pulse, default, reference"):
        choose(["magic"])

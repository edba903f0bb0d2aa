import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fastscale.ports import Target
from fastscale.pulse.scrape.panel import Panel, fair_shares


def fleet(count: int, first: int = 0) -> list[Target]:
    return [Target(f"10.0.{number // 256}.{number % 256}", 8080) for number in range(first, first + count)]


def test_few_tasks_are_all_asked() -> None:
    panel = Panel(random.Random(1))
    assert panel.choose(fleet(3), 3) == fleet(3)
    assert panel.choose([], 3) == []


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 1000))
def test_a_sample_has_its_size_and_nobody_twice(count: int, size: int, seed: int) -> None:
    targets = fleet(count)
    panel = Panel(random.Random(seed))
    for _ in range(5):
        chosen = panel.choose(targets, size)
        assert len(chosen) == len(set(chosen)) == min(count, size)
        assert set(chosen) <= set(targets)


def test_most_of_a_sample_stays_so_that_it_knows_rates_and_in_time_everybody_is_asked() -> None:
    targets, panel = fleet(1000), Panel(random.Random(1))
    before = set(panel.choose(targets, 160))
    asked = set(before)
    for _ in range(100):
        now = set(panel.choose(targets, 160))
        assert len(now & before) == 150
        asked |= now
        before = now
    assert asked == set(targets)


def test_whatever_comes_and_goes_everybody_is_as_likely_to_be_asked() -> None:
    """2,000 fleets of 20 tasks grow by 20 and shrink by 10: each of the 30 left is asked by a third, but for chance."""
    asked: Counter[Target] = Counter()
    for seed in range(2000):
        panel = Panel(random.Random(seed))
        for _ in range(3):
            panel.choose(fleet(20), 10)
        panel.choose(fleet(40), 10)
        asked.update(panel.choose(fleet(30, first=10), 10))
    assert len(asked) == 30
    assert all(abs(times / 2000 - 1 / 3) < 5 * (2 / 9 / 2000) ** 0.5 for times in asked.values())


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 50), max_size=20), st.integers(0, 300))
def test_shares_are_fair(wanted: dict[str, int], most: int) -> None:
    shares = fair_shares(wanted, most)
    assert shares.keys() == wanted.keys()
    assert sum(shares.values()) == min(most, sum(wanted.values()))
    short = [share for service, share in shares.items() if share < wanted[service]]
    assert all(share <= wanted[service] for service, share in shares.items())
    assert not short or max(shares.values()) - min(short) <= 1

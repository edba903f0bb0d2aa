"""Up to which share of silent tasks the others still tell the load."""

import pytest

from fastscale.pulse.scrape.failure import Failure
from tests.pulse.scrape.fleet import Fleet


def test_ten_tasks_that_take_the_traffic_of_a_hundred_are_not_taken_for_a_hundred_of_their_kind() -> None:
    fleet = Fleet(100, traffic=10_000)
    fleet.second()
    calm = fleet.second().load
    assert calm is not None
    assert calm.rate == pytest.approx(10_000)

    fleet.fail(90)
    for _ in range(10):
        seen = fleet.second()
        assert (seen.load, seen.answered, dict(seen.failures)) == (None, 10, {"timeout": 90})
        assert sum(task.arrivals for task in seen.tasks) == pytest.approx(10_000)  # what they did is known all the same

    fleet.fail(0)
    fleet.second()
    again = fleet.second().load
    assert again is not None
    assert again.rate == pytest.approx(10_000)


def test_in_a_surge_up_to_half_may_be_late_and_more_load_is_seen() -> None:
    fleet = Fleet(20, traffic=2_000)
    fleet.second()
    fleet.second()

    fleet.traffic = 20_000
    fleet.fail(10)
    surge = fleet.second().load
    assert surge is not None
    assert surge.rate >= 20_000
    assert surge.relative_error > 0

    fleet.fail(11)
    assert fleet.second().load is None


@pytest.mark.parametrize(
    ("tasks", "silent", "known"), [(1, 1, False), (2, 1, True), (2, 2, False), (3, 1, True), (3, 2, False)]
)
def test_of_a_few_tasks_one_of_two_is_not_most(tasks: int, silent: int, known: bool) -> None:
    fleet = Fleet(tasks, traffic=300)
    fleet.second()
    fleet.second()
    fleet.fail(silent, Failure.REFUSED)
    assert (fleet.second().load is not None) is known
    fleet.fail(0)
    assert fleet.second().load is not None


def test_tasks_that_just_started_have_no_rate_yet_and_are_not_silent() -> None:
    fleet = Fleet(2, traffic=200)
    fleet.second()
    fleet.second()

    fleet.add(18)
    seen = fleet.second()
    assert (seen.answered, len(seen.tasks)) == (20, 2)
    assert seen.load is not None
    assert fleet.second().load is not None


def test_of_a_sample_the_share_of_those_who_were_asked_counts() -> None:
    fleet = Fleet(400, traffic=40_000)
    for _ in range(5):
        fleet.second(most_tasks=40)
    fleet.fail(120)
    assert fleet.second(most_tasks=40).load is not None
    fleet.fail(320)
    assert fleet.second(most_tasks=40).load is None

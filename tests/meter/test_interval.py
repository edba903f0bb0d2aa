import json

from fastscale.meter import Interval
from fastscale.meter.distribution import Distribution


def made(**numbers: float) -> Interval:
    return Interval(**numbers, responses=Distribution([0.1, 0.3]), queue=Distribution([0.01]))


def test_a_rate_is_over_the_length_that_really_elapsed() -> None:
    assert Interval(arrived=100, seconds=5.5).requests_per_second == 100 / 5.5
    assert Interval(arrived=100, seconds=0.0).requests_per_second == 0


def test_followed_by_adds_lengths_and_keeps_the_later_state() -> None:
    joined = made(end=10, seconds=5, arrived=50, active=3, peak=9, client_errors=1).followed_by(
        made(end=15, seconds=5, arrived=70, active=1, peak=4, disconnects=2)
    )
    assert (joined.end, joined.seconds, joined.arrived, joined.active, joined.peak) == (15, 10, 120, 1, 9)
    assert (joined.client_errors, joined.disconnects) == (1, 2)
    assert (joined.responses.count, joined.queue.count) == (4, 2)


def test_beside_adds_the_load_of_a_process_over_the_same_time() -> None:
    joined = made(end=10, seconds=5, arrived=50, active=3, peak=9).beside(
        made(end=10.02, seconds=4.9, arrived=70, active=1, peak=4)
    )
    assert (joined.end, joined.seconds, joined.arrived, joined.active, joined.peak) == (10, 5, 120, 4, 13)
    assert joined.requests_per_second == 24


def test_it_travels_as_json() -> None:
    interval = made(
        end=10.5, seconds=5.01, arrived=50, active=3, peak=9, client_errors=1, server_errors=2, disconnects=3
    )
    assert Interval.from_json(json.loads(json.dumps(interval.to_json()))).to_json() == interval.to_json()

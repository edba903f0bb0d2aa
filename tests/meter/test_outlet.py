"""Processes of one task as outlets on one directory; each test is a timeline in seconds."""

from pathlib import Path

import pytest

from fastscale.meter import Interval
from fastscale.meter.outlet import Outlet
from tests.meter.sinks import ListSink, OutageError

START = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "task"


def joined(path: Path, sink: ListSink) -> Outlet:
    outlet = Outlet(sink, path, join=True, interval_seconds=5)
    outlet.join()
    return outlet


def closed(second: float, *, arrived: int, seconds: float = 5, active: int = 0) -> Interval:
    return Interval(end=START + second, seconds=seconds, arrived=arrived, active=active, peak=active)


def rates(sink: ListSink) -> list[float]:
    return [round(interval.requests_per_second) for interval in sink.intervals]


def test_two_processes_are_one_task_to_the_alarm(path: Path) -> None:
    sink = ListSink()
    leader, follower = joined(path, sink), joined(path, sink)
    leader.deliver(closed(5, arrived=0))
    follower.deliver(closed(10, arrived=500, active=2))
    leader.deliver(closed(10, arrived=500, active=3))
    sink.wait_for(lambda seen: len(seen.intervals) == 2)

    assert rates(sink) == [0, 200]
    assert (sink.intervals[1].active, sink.intervals[1].peak) == (5, 5)
    assert follower.totals()[0].arrived == leader.totals()[0].arrived == 1000
    assert follower.stop(closed(12, arrived=0), 1) == leader.stop(closed(12, arrived=0), 1) == 0


def test_a_file_that_came_late_counts_in_the_next_interval(path: Path) -> None:
    sink = ListSink()
    leader, follower = joined(path, sink), joined(path, sink)
    leader.deliver(closed(5, arrived=500))
    follower.deliver(closed(5, arrived=500))
    follower.deliver(closed(10, arrived=500))
    leader.deliver(closed(10, arrived=500))
    sink.wait_for(lambda seen: len(seen.intervals) == 2)
    assert rates(sink) == [100, 300]
    follower.stop(closed(10, arrived=0), 1)
    leader.stop(closed(10, arrived=0), 1)


def test_what_a_process_leaves_at_its_end_does_not_look_like_a_surge(path: Path) -> None:
    sink = ListSink()
    leader, last = joined(path, sink), joined(path, sink)
    leader.deliver(closed(5, arrived=0))
    last.deliver(closed(10, arrived=500))  # 100 requests/s, and the leader ends before it takes them
    assert leader.stop(closed(10.1, arrived=0, seconds=0.1), 1) == 0
    assert last.stop(closed(10.3, arrived=30, seconds=0.3), 1) == 0

    assert sink.total.arrived == 530
    assert max(rates(sink)) <= 106


def test_a_leader_that_ends_during_an_outage_hands_over_its_backlog_with_its_timestamps(path: Path) -> None:
    away, sink = ListSink(fails=OutageError()), ListSink()
    leader, follower = joined(path, away), joined(path, sink)
    for number in range(1, 13):
        leader.deliver(closed(5 * number, arrived=number))
    away.wait_for(lambda seen: seen.attempts >= 1)
    assert leader.stop(closed(61, arrived=0, seconds=1), 1) == 0

    follower.deliver(closed(65, arrived=100))
    sink.wait_for(lambda seen: seen.total.arrived == sum(range(1, 13)) + 100)
    assert [interval.end - START for interval in sink.intervals] == [*range(5, 55, 5), 65]
    assert follower.stop(closed(66, arrived=0, seconds=1), 1) == 0


def test_a_process_alone_is_joined_by_the_children_that_it_forks(path: Path) -> None:
    sink = ListSink()
    parent = Outlet(sink, path, join=False, interval_seconds=5)
    parent.deliver(closed(5, arrived=500))
    assert not path.exists()

    child = joined(path, sink)
    parent.deliver(closed(10, arrived=500))
    child.deliver(closed(15, arrived=500))
    parent.deliver(closed(15, arrived=500))
    sink.wait_for(lambda seen: len(seen.intervals) == 3)
    assert rates(sink) == [100, 100, 200]
    assert child.stop(closed(15, arrived=0), 1) == parent.stop(closed(15, arrived=0), 1) == 0
    assert not path.exists()


def test_without_a_directory_a_process_publishes_for_itself(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_text("a file is in the way")
    sink = ListSink()
    outlet = joined(path, sink)
    for second in (5, 10):
        outlet.deliver(closed(second, arrived=10))
    assert outlet.stop(closed(12, arrived=1), 1) == 0
    assert sink.total.arrived == 21
    assert caplog.text.count("cannot share metrics with other processes") == 1


def test_a_directory_that_is_cleaned_up_costs_nothing(path: Path) -> None:
    import shutil

    sink = ListSink()
    outlet = joined(path, sink)
    outlet.deliver(closed(5, arrived=10))
    shutil.rmtree(path)
    outlet.deliver(closed(10, arrived=20))
    outlet.deliver(closed(15, arrived=30))
    assert outlet.stop(closed(16, arrived=1), 1) == 0
    assert sink.total.arrived == 61


def test_what_cannot_be_sent_in_time_is_counted_as_lost(path: Path) -> None:
    outlet = joined(path, ListSink(fails=OutageError()))
    outlet.deliver(closed(5, arrived=10))
    assert outlet.stop(closed(7, arrived=5), 0.3) == 15

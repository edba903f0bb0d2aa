"""Processes of one task that show each other what they have counted so far."""

import time
from pathlib import Path

from fastscale.meter.live import Counts, LiveCounts
from fastscale.meter.outlet import Outlet
from fastscale.meter.publisher import Publisher
from fastscale.meter.recorder import ARRIVED, Recorder


def test_each_process_sees_what_the_others_show(tmp_path: Path) -> None:
    one, other, third = (LiveCounts(tmp_path, name) for name in ("one", "other", "third"))
    one.show(Counts(10, 1))
    other.show(Counts(20, 2))
    other.show(Counts(25, 3))
    assert third.others() == (35, 4)
    assert one.others() == (25, 3)


def test_what_a_process_counted_stays_when_it_ends(tmp_path: Path) -> None:
    one, other = LiveCounts(tmp_path, "one"), LiveCounts(tmp_path, "other")
    one.show(Counts(10, 0))
    one.retire()
    assert other.others() == (10, 0)
    again = LiveCounts(tmp_path, "again")
    again.show(Counts(5, 1))
    assert other.others() == (15, 1)


def test_a_process_that_was_killed_has_no_requests_in_progress_any_more(tmp_path: Path) -> None:
    killed, other = LiveCounts(tmp_path, "killed"), LiveCounts(tmp_path, "other")
    killed.show(Counts(10, 4))
    killed.abandon()  # as the kernel does
    assert other.others() == (10, 0)

    other.bury()
    assert other.others() == (10, 0)
    assert [path.name for path in tmp_path.glob("*.live")] == ["other.live"]


def test_burying_leaves_the_living_alone(tmp_path: Path) -> None:
    one, other = LiveCounts(tmp_path, "one"), LiveCounts(tmp_path, "other")
    one.show(Counts(10, 4))
    other.bury()
    assert other.others() == (10, 4)


def test_a_process_that_leaves_because_of_a_failure_is_not_counted_twice_when_it_is_back(tmp_path: Path) -> None:
    one, other = LiveCounts(tmp_path, "one"), LiveCounts(tmp_path, "other")
    one.show(Counts(10, 4))
    one.withdraw()
    back = LiveCounts(tmp_path, "back")
    back.show(Counts(12, 4))
    assert other.others() == (12, 4)


def test_whichever_process_is_asked_tells_the_tasks_counts_of_now(tmp_path: Path) -> None:
    recorders = Recorder(), Recorder()
    publishers = []
    for recorder in recorders:
        outlet = Outlet(None, tmp_path / "task", join=True, interval_seconds=60)
        publishers.append(Publisher(recorder, outlet, 60))
    for step in (1, 2):  # long before the interval ends
        recorders[0].events += [ARRIVED] * 10
        recorders[1].events += [ARRIVED] * 30
        time.sleep(0.4)
        for publisher in publishers:
            seen = publisher.snapshot()
            assert (seen.total.arrived, seen.total.active) == (step * 40, step * 40)
    publishers[0].stop(1)
    assert publishers[1].snapshot().total.arrived == 80
    publishers[1].stop(1)

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastscale.meter import Interval
from fastscale.meter.group import Group, GroupError, directory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "task"


def arrived(collected: list[list[Interval]]) -> list[list[int]]:
    return sorted([interval.arrived for interval in intervals] for intervals in collected)


def test_one_leads_and_the_others_leave_their_intervals_to_it(path: Path) -> None:
    leader, second, third = Group(path), Group(path), Group(path)
    assert leader.leads
    assert not second.leads
    assert leader.leads

    second.spool(Interval(arrived=1))
    second.spool(Interval(arrived=2))
    third.spool(Interval(arrived=3))
    assert arrived(leader.collect()) == [[1, 2], [3]]
    assert leader.collect() == []


def test_when_the_leader_leaves_the_next_leads(path: Path) -> None:
    leader, second = Group(path), Group(path)
    assert leader.leads
    assert not leader.leave()
    assert second.leads


def test_only_the_last_one_out_is_last(path: Path) -> None:
    members = [Group(path) for _ in range(3)]
    for member in members:
        member.spool(Interval(arrived=1))
    assert [member.leave() for member in members] == [False, False, True]
    assert arrived(members[2].collect()) == [[1], [1], [1]]
    members[2].dissolve()
    assert not path.exists()


def test_a_new_task_can_begin_where_one_was_dissolved(path: Path) -> None:
    first = Group(path)
    assert first.leave()
    first.dissolve()
    assert Group(path).leads


def test_totals_are_told_to_all(path: Path) -> None:
    leader, second = Group(path), Group(path)
    assert second.read_totals() is None
    leader.write_totals(Interval(arrived=100), Interval(arrived=5))
    total, last = second.read_totals() or (None, None)
    assert total and last
    assert (total.arrived, last.arrived) == (100, 5)


def test_a_file_that_cannot_be_read_is_logged_and_holds_up_nobody(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    group = Group(path)
    (path / "1-a.000000001.interval.json").write_text("{")
    group.spool(Interval(arrived=2))
    assert arrived(group.collect()) == [[2]]
    assert "cannot be read and are lost" in caplog.text
    assert group.collect() == []


def test_a_directory_that_others_can_write_is_refused(path: Path) -> None:
    path.mkdir()
    path.chmod(0o777)
    with pytest.raises(GroupError, match="only this user can write"):
        Group(path)


def test_a_link_to_somewhere_else_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GroupError):
        Group(path)


def test_a_leader_whose_directory_was_cleaned_up_leads_again(path: Path) -> None:
    leader = Group(path)
    assert leader.leads
    (path / "leader.lock").unlink()
    other = Group(path)
    assert leader.leads
    assert not other.leads


@pytest.fixture
def stranger(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which leads."""
    code = f"""
import time; from pathlib import Path; from fastscale.meter.group import Group
group = Group(Path({str(path)!r})); print(group.leads, flush=True); time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_leader_that_is_killed_is_followed_at_once(path: Path, stranger: subprocess.Popen[str]) -> None:
    group = Group(path)
    assert not group.leads
    stranger.kill()
    stranger.wait()
    assert group.leads
    assert group.leave()


def test_a_member_that_is_killed_does_not_keep_the_last_one_from_being_last(
    path: Path, stranger: subprocess.Popen[str]
) -> None:
    group = Group(path)
    stranger.kill()
    stranger.wait()
    assert group.leave()


def test_forked_children_do_not_keep_the_parents_locks(path: Path) -> None:
    group, other = Group(path), Group(path)
    assert group.leads
    child = os.fork()
    if child == 0:
        group.abandon()
        other.abandon()
        time.sleep(30)
        os._exit(0)
    time.sleep(0.2)
    try:
        assert not group.leave()
        assert other.leads
        assert other.leave()
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_the_directory_follows_from_the_environment(tmp_path: Path) -> None:
    assert directory({"FASTSCALE_METER_DIR": "/run/meter"}) == (Path("/run/meter"), True)

    container = {"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/abc-1234", "TMPDIR": str(tmp_path)}
    assert directory(container) == directory(dict(container))
    assert directory(container)[0].parent == tmp_path
    assert directory(container)[1]
    assert directory(container) != directory(
        {**container, "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/5"}
    )

    own, known_to_others = directory({})
    assert own != directory({})[0]
    assert not known_to_others


def test_with_a_read_only_file_system_shared_memory_is_used(tmp_path: Path) -> None:
    container = {"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/abc", "TMPDIR": str(tmp_path / "missing")}
    assert directory(container)[0].parent == Path("/dev/shm")  # noqa: S108 - only the name is looked at
    assert directory(container)[1]

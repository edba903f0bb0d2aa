"""Children end with their supervisor, whatever happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fastscale.errors import LocalCloudError, MissingPartError
from fastscale.localcloud.process_output import MAX_LINE_BYTES
from fastscale.localcloud.processes import Processes

ENV = {"PATH": os.environ["PATH"]}
PYTHON = sys.executable
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as processes:
        yield processes


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def runs(pid: int) -> bool:
    """True while the process exists and is not a zombie that waits to be reaped."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_output_arrives_line_by_line_and_the_exit_code_follows(processes: Processes) -> None:
    lines: list[str] = []
    code = "import sys; print('one'); print('two', file=sys.stderr, flush=True); print('three', end=''); sys.exit(3)"
    child = processes.spawn([PYTHON, "-u", "-c", code], name="talker", env=ENV, on_line=lines.append)
    assert child.wait(10) == 3
    assert eventually(lambda: lines == ["one", "two", "three"]), lines


def test_a_nice_child_has_a_lower_priority_in_our_session_and_a_group_of_its_own(processes: Processes) -> None:
    lines: list[str] = []
    code = "import os; print(os.nice(0), os.getsid(0), os.getpgid(0) == os.getpid(), flush=True)"
    nice = processes.spawn([PYTHON, "-c", code], name="nice", env=ENV, on_line=lines.append, niceness=7)
    usual = processes.spawn([PYTHON, "-c", code], name="usual", env=ENV, on_line=lines.append)
    assert (nice.wait(10), usual.wait(10)) == (0, 0)
    own = os.nice(0)
    assert eventually(
        lambda: sorted(lines) == sorted([f"{min(19, own + 7)} {os.getsid(0)} True", f"{own} {usual.pid} True"])
    ), lines


def test_a_line_without_end_is_handed_over_in_bounded_pieces(processes: Processes) -> None:
    lines: list[str] = []
    size = 5 * MAX_LINE_BYTES
    child = processes.spawn([PYTHON, "-c", f"print('x' * {size})"], name="talker", env=ENV, on_line=lines.append)
    assert child.wait(10) == 0
    assert eventually(lambda: sum(map(len, lines)) == size)
    assert max(map(len, lines)) < 2 * MAX_LINE_BYTES


def test_a_failing_callback_does_not_stop_the_output_of_other_children(processes: Processes) -> None:
    def fail(line: str) -> None:
        raise ValueError(line)

    lines: list[str] = []
    processes.spawn(["echo", "bad"], name="bad", env=ENV, on_line=fail).wait(10)
    processes.spawn(["echo", "good"], name="good", env=ENV, on_line=lines.append).wait(10)
    assert eventually(lambda: lines == ["good"])


def test_output_can_be_appended_to_a_file(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    for word in ("first", "second"):
        assert processes.spawn(["echo", word], name=word, env=ENV, log_path=log).wait(10) == 0
    assert log.read_text() == "first\nsecond\n"


def test_a_child_gets_the_environment_and_directory_it_was_given_and_nothing_else(
    processes: Processes, tmp_path: Path
) -> None:
    lines: list[str] = []
    code = "import os; print(os.getcwd()); print(sorted(k for k in os.environ if k in ('PATH', 'A', 'HOME')))"
    child = processes.spawn([PYTHON, "-c", code], name="env", env={**ENV, "A": "1"}, cwd=tmp_path, on_line=lines.append)
    assert child.wait(10) == 0
    assert eventually(lambda: lines == [str(tmp_path.resolve()), "['A', 'PATH']"]), lines


def test_terminate_lets_a_child_finish_but_not_forever(processes: Processes) -> None:
    lines: list[str] = []
    polite = processes.spawn(["sleep", "60"], name="polite", env=ENV)
    assert polite.poll() is None
    assert polite.terminate(timeout_seconds=5) == 128 + signal.SIGTERM

    stubborn = processes.spawn([PYTHON, "-c", IGNORES_SIGTERM], name="stubborn", env=ENV, on_line=lines.append)
    assert eventually(lambda: lines == ["up"])
    assert stubborn.terminate(timeout_seconds=0.2) == 128 + signal.SIGKILL


def test_a_child_does_not_share_the_process_group_of_its_supervisor(processes: Processes) -> None:
    child = processes.spawn(["sleep", "60"], name="sleeper", env=ENV)
    assert os.getpgid(child.pid) == child.pid != os.getpgrp()
    assert os.getsid(child.pid) != os.getsid(0)


def test_what_a_child_leaves_behind_ends_with_it(processes: Processes) -> None:
    lines: list[str] = []
    child = processes.spawn(["sh", "-c", "sleep 60 & echo $!"], name="parent", env=ENV, on_line=lines.append)
    assert child.wait(10) == 0
    assert eventually(lambda: bool(lines) and not runs(int(lines[0])))


def test_close_ends_all_children_and_refuses_new_ones() -> None:
    processes = Processes()
    children = [processes.spawn(["sleep", "60"], name=f"sleeper-{n}", env=ENV) for n in range(5)]
    processes.close()
    processes.close()
    assert all(child.poll() == 128 + signal.SIGTERM for child in children)
    with pytest.raises(LocalCloudError, match="shuts down"):
        processes.spawn(["sleep", "60"], name="late", env=ENV)


def test_a_missing_program_is_named(processes: Processes) -> None:
    with pytest.raises(MissingPartError, match="'no-such-program' was not found"):
        processes.spawn(["no-such-program"], name="ghost", env=ENV)


SUPERVISOR = f"""
import sys, time
from fastscale.localcloud.processes import Processes
processes = Processes()
print(processes._guardian.pid, flush=True)
for line in sys.stdin:
    kind = line.strip()
    argv = ["sleep", "61.7"] if kind == "sleep" else [sys.executable, "-c", {IGNORES_SIGTERM!r}]
    child = processes.spawn(argv, name=kind, env={ENV!r}, on_line=lambda line: None)
    print(child.pid, flush=True)
"""


class Supervisor:
    """A supervisor in a process of its own, which the test may kill."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, "-c", SUPERVISOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.guardian_pid = self._read_number()

    def spawn(self, kind: str) -> int:
        self.ask(kind)
        return self._read_number()

    def ask(self, kind: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{kind}\n")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _read_number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def test_children_end_when_the_supervisor_is_killed() -> None:
    supervisor = Supervisor()
    pids = [supervisor.spawn(kind) for kind in ("sleep", "sleep", "stubborn")]
    assert all(map(runs, pids))
    supervisor.kill()
    assert eventually(lambda: not any(map(runs, [*pids, supervisor.guardian_pid])), seconds=3)


@pytest.mark.parametrize("delay_seconds", [0.0, 0.003, 0.01, 0.02, 0.04])
def test_no_orphan_is_left_when_the_supervisor_is_killed_while_it_starts_children(
    delay_seconds: float,
) -> None:
    supervisor = Supervisor()
    for _ in range(40):
        supervisor.ask("sleep")
    time.sleep(delay_seconds)
    started = supervisor.children()
    supervisor.kill()
    assert eventually(lambda: not any(runs(process.pid) for process in started), seconds=3)
    assert eventually(lambda: not orphans(), seconds=3), orphans()


def orphans() -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if "61.7" in (process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def test_a_killed_guardian_is_replaced_before_the_next_child_starts() -> None:
    supervisor = Supervisor()
    first = supervisor.spawn("sleep")
    os.kill(supervisor.guardian_pid, signal.SIGKILL)
    time.sleep(0.1)
    second = supervisor.spawn("sleep")
    supervisor.kill()
    assert eventually(lambda: not runs(first) and not runs(second), seconds=3)

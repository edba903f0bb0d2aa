"""Child processes that never outlive their supervisor.

Every child leads a process group of its own, so that Ctrl-C in the terminal reaches the supervisor alone. A guardian
process (:mod:`fastscale.localcloud.guardian`) holds a pipe to the supervisor and ends all children when that pipe
closes.

The child tells the guardian its own process id before it turns into the program that was asked for (see
:data:`LAUNCHER`), so there is no moment at which a process exists that the guardian would not end: even between fork
and exec the child itself keeps the pipe open.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from fastscale.errors import LocalCloudError, MissingPartError
from fastscale.localcloud import guardian
from fastscale.localcloud.process_output import LineCallback, LineReader, close_quietly

logger = logging.getLogger(__name__)

#: Standard input is the guardian's pipe: announce this process, then become the program, with an empty standard input.
LAUNCHER = 'echo "+$$" >&0 && exec "$@" </dev/null'
#: What `Processes.close` allows all children together before SIGKILL.
CLOSE_SECONDS = 5.0
POLL_SECONDS = 0.02


class Child:
    """A running or ended child process, made by :meth:`Processes.spawn`. Safe to use from several threads."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], on_gone: Callable[[Child], None]) -> None:
        self.name = name
        self._process = process
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._gone = False

    def __repr__(self) -> str:
        return f"<Child {self.name} pid={self.pid} exit_code={self._process.returncode}>"

    @property
    def pid(self) -> int:
        """Process id, which is also the id of the child's process group."""
        return self._process.pid

    def poll(self) -> int | None:
        """Exit code, or None while the child runs. A child ended by a signal has 128 + the signal, as in a shell."""
        code = self._process.poll()
        if code is None:
            return None
        self._settle()
        return code if code >= 0 else 128 - code

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """Wait for the end; the exit code, or None when the child still runs after ``timeout_seconds``."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_seconds)
        return self.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group of the child; nothing happens when it has ended."""
        if self.poll() is None:
            guardian.signal_group(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, at once. Use :meth:`wait` to learn of the end."""
        self.signal(signal.SIGKILL)

    def terminate(self, timeout_seconds: float) -> int | None:
        """SIGTERM, wait up to ``timeout_seconds``, then SIGKILL.

        Returns the exit code; None only for a process that is stuck in the kernel and cannot even be killed.
        """
        self.signal(signal.SIGTERM)
        code = self.wait(timeout_seconds)
        if code is not None:
            return code
        self.kill()
        return self.wait(CLOSE_SECONDS)

    def _settle(self) -> None:
        """Once, after the end: end what the child left behind in its group, then take it off the guardian's list."""
        with self._lock:
            if self._gone:
                return
            self._gone = True
        guardian.signal_group(self.pid, signal.SIGKILL)
        self._on_gone(self)


class Processes:
    """All children of one supervisor. A context manager: leaving it ends every child that still runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._guardian = _start_guardian()
        self._output = LineReader()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def spawn(
        self,
        argv: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str],
        on_line: LineCallback | None = None,
        log_path: Path | None = None,
        cwd: Path | None = None,
        niceness: int = 0,
    ) -> Child:
        """Start ``argv`` with exactly the environment ``env``, at ``niceness`` (0 to 19) below our own priority.

        Standard output and error together go line by line to ``on_line`` (called on a thread of ours: it must return at
        once), or are appended to ``log_path``, or are dropped. Raises MissingPartError when the program does not exist
        and LocalCloudError when it cannot be started.
        """
        program = shutil.which(argv[0], path=env.get("PATH", os.defpath))
        if program is None:
            raise MissingPartError(f"{name}: program {argv[0]!r} was not found; install it or put it on PATH")
        with self._lock:
            if self._closed:
                raise LocalCloudError(f"{name}: cannot start a process while the local cloud shuts down")
            self._renew_guardian()
            words = [*_nice(niceness), program, *argv[1:]]
            process = self._launch(words, name, env, on_line, log_path, cwd, own_session=not niceness)
            child = Child(name, process, self._forget)
            self._children[child.pid] = child
            if on_line is not None and process.stdout is not None:
                self._output.add(process.stdout, on_line)
        return child

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> None:
        """End all children: SIGTERM to all, SIGKILL to those that still run after ``timeout_seconds``. Idempotent."""
        with self._lock:
            self._closed = True
            children = list(self._children.values())
        for child in children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + timeout_seconds
        while any(child.poll() is None for child in children) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for child in children:
            child.kill()
        for child in children:
            child.wait(CLOSE_SECONDS)
        close_quietly(self._guardian.stdin)
        self._guardian.wait()
        self._output.close()

    def _launch(
        self,
        argv: Sequence[str],
        name: str,
        env: Mapping[str, str],
        on_line: LineCallback | None,
        log_path: Path | None,
        cwd: Path | None,
        *,
        own_session: bool,
    ) -> subprocess.Popen[bytes]:
        """Linux gives every session the same share of a busy machine (autogroup, see sched(7)), however nice it is.

        Children that are to be nice therefore stay in our session, where their niceness counts; the others lead one.
        """
        log_file = log_path.open("ab") if log_path is not None else None
        output = subprocess.PIPE if on_line is not None else log_file or subprocess.DEVNULL
        try:
            return subprocess.Popen(
                ["/bin/sh", "-c", LAUNCHER, name, *argv],
                stdin=self._guardian.stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=own_session,
                process_group=None if own_session else 0,
            )
        except OSError as error:
            raise LocalCloudError(f"{name}: cannot start {argv[0]}: {error}") from error
        finally:
            close_quietly(log_file)

    def _renew_guardian(self) -> None:
        """Replace a guardian that somebody killed, so that the children keep one. Called under the lock."""
        if self._guardian.poll() is None:
            return
        logger.warning("the guardian process ended; started another one")
        self._guardian = _start_guardian()
        for pid in self._children:
            _tell(self._guardian, f"+{pid}\n")

    def _forget(self, child: Child) -> None:
        with self._lock:
            self._children.pop(child.pid, None)
            _tell(self._guardian, f"-{child.pid}\n")


def _nice(niceness: int) -> list[str]:
    """What goes before a command so that it runs at a lower priority; the program takes the place of nice(1)."""
    return ["nice", "-n", str(niceness)] if niceness else []


def _start_guardian() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(guardian.__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        start_new_session=True,
    )


def _tell(process: subprocess.Popen[bytes], line: str) -> None:
    if process.stdin is None:
        return
    with suppress(OSError, ValueError):  # it is gone or the pipe is closed: the next spawn starts another guardian
        process.stdin.write(line.encode())

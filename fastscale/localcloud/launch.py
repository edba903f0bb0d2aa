"""Start a local cloud as a process of its own, find it again, and end it.

The supervisor (``python -m fastscale.localcloud``) holds a lock on its state directory for as long as it lives, so that
a stale file is never taken for a running cloud. A supervisor on a *leash* ends as soon as the process that started it
is gone, unless it was told to stay.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from fastscale.errors import InputError, LocalCloudError, PortInUseError
from fastscale.localcloud.api_server import api_ready
from fastscale.localcloud.settings import HOST, CloudSettings

#: moto needs 3 to 6 seconds to import on a slow machine; the rest is room for a busy one.
READY_SECONDS = 60.0
STOP_SECONDS = 60.0
#: What a leashed supervisor reads on its standard input when it shall outlive the process that started it.
STAY = b"stay\n"


class RunningCloud:
    """A supervisor that we started on a leash."""

    def __init__(self, settings: CloudSettings, supervisor: subprocess.Popen[bytes]) -> None:
        self.settings = settings
        self._supervisor = supervisor

    def failed(self) -> bool:
        """Whether the supervisor has ended although nobody asked it to."""
        return self._supervisor.poll() is not None

    def unleash(self) -> None:
        """Let the cloud outlive this process; ``fastscale local down`` ends it."""
        leash = self._supervisor.stdin
        if leash is not None:
            leash.write(STAY)
            leash.close()

    def stop(self) -> None:
        """End the cloud and wait until all of its processes are gone."""
        self._supervisor.terminate()
        try:
            self._supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()  # its guardian ends the rest
            self._supervisor.wait()


def start(settings: CloudSettings) -> RunningCloud:
    """Start the supervisor in a fresh state directory and wait until the AWS API answers.

    Raises InputError when a cloud already runs there, PortInUseError when a port is taken, LocalCloudError when it does
    not come up.
    """
    require_startable(settings)
    shutil.rmtree(settings.api_state_dir, ignore_errors=True)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    settings.events_path.unlink(missing_ok=True)
    cloud = RunningCloud(settings, _spawn_supervisor(settings))
    try:
        _wait_until_ready(cloud)
    except BaseException:
        cloud.stop()
        raise
    return cloud


def require_startable(settings: CloudSettings) -> None:
    """Raise InputError when a cloud already runs in the state directory, PortInUseError when a port is taken."""
    pid = running_pid(settings.state_dir)
    if pid is not None:
        raise InputError(f"a local cloud already runs (process {pid}): `fastscale local down` ends it")
    require_free_port(settings.port, option="--port")
    require_free_port(settings.alb_port, option="--alb-port")


def stop(state_dir: Path) -> bool:
    """End the cloud of ``state_dir`` and wait for it; False when none was running."""
    pid = running_pid(state_dir)
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running_pid(state_dir) is not None:
        if time.monotonic() > deadline:
            raise LocalCloudError(f"the local cloud (process {pid}) did not end within {STOP_SECONDS:.0f} s")
        time.sleep(0.1)
    return True


def running_settings(state_dir: Path) -> CloudSettings | None:
    """The settings of the cloud that runs in ``state_dir``, or None."""
    if running_pid(state_dir) is None:
        return None
    return CloudSettings.read(state_dir / "settings.json")


def running_pid(state_dir: Path) -> int | None:
    """The process id of the supervisor that holds the lock of ``state_dir``, or None."""
    path = lock_path(state_dir)
    if not path.exists():
        return None
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None


def lock_path(state_dir: Path) -> Path:
    """The file that the supervisor keeps locked; its text is the supervisor's process id."""
    return state_dir / "supervisor.lock"


def require_free_port(port: int, *, option: str) -> None:
    """Raise PortInUseError when something already listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise PortInUseError(f"port {port} needs root: choose one above 1023 with {option}") from error
        except OSError as error:
            raise PortInUseError(f"port {port} is in use: end what uses it, or choose another with {option}") from error


def _spawn_supervisor(settings: CloudSettings) -> subprocess.Popen[bytes]:
    """A session of its own keeps the terminal's Ctrl-C from reaching it before us: we end it in our own order."""
    log = (settings.state_dir / "supervisor.log").open("wb")
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "fastscale.localcloud", str(settings.write())],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        log.close()


def _wait_until_ready(cloud: RunningCloud) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not api_ready(cloud.settings):
        if cloud.failed():
            raise LocalCloudError(f"the local cloud ended at once: {_last_line(cloud.settings.state_dir)}")
        if time.monotonic() > deadline:
            raise LocalCloudError(
                f"the local cloud did not answer on port {cloud.settings.port} in {READY_SECONDS:.0f} s"
            )
        time.sleep(0.1)


def _last_line(state_dir: Path) -> str:
    path = state_dir / "supervisor.log"
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see {path}"

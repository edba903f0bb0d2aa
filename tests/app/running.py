"""Starts the application as ECS would: `python -m app` with an environment, on a free port."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.free_ports import free_port
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


class App:
    def __init__(self, log: Path, **environment: str) -> None:
        self.port = free_port()
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "METER_ROUTE": "emf",
                    "METER_INTERVAL_SECONDS": "1",
                    **environment,
                    "PORT": str(self.port),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        eventually(lambda: self.answers() or self.process.poll() is not None)
        assert self.answers(), f"the application did not start:\n{log.read_text()}"

    def answers(self) -> bool:
        try:
            return self.get("/health").status == 200
        except OSError:
            return False

    def get(self, path: str, **headers: str) -> "Answer":
        connection = self.connect()
        try:
            connection.request("GET", path, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def active(self) -> int:
        """Requests that are being served or wait."""
        return int(self.get("/metrics").json["active_connections"])

    @property
    def memory_mb(self) -> float:
        return float(self.get("/metrics").json["memory_mb"])

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log: every line of it is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def published(self, metric: str) -> list[float]:
        return [line[metric] for line in self.lines if metric in line]


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {key.lower(): value for key, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

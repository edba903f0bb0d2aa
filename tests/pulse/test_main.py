"""`python -m fastscale.pulse` as a container runs it: real tasks over HTTP, the real API, and SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fastscale import names
from tests.aws.shop import Shop
from tests.localcloud.server.process import REGION, eventually

HOSTS = ("127.0.2.1", "127.0.2.2")


class Tasks:
    """Two tasks whose counters grow by ``rate`` requests/s together; ``promises`` are the headers they were sent."""

    def __init__(self) -> None:
        self.rate = 40.0
        self.promises: list[str | None] = []
        self._counted, self._at = 0.0, time.monotonic()
        self._lock = threading.Lock()
        tasks = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                tasks.promises.append(self.headers.get(names.PUBLISHED_FOR_HEADER))
                body = f"fastscale_requests_total {tasks.count() / len(HOSTS):.0f}\n".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        first = ThreadingHTTPServer((HOSTS[0], 0), Handler)
        self.port = int(first.server_address[1])
        self._servers = [first, ThreadingHTTPServer((HOSTS[1], self.port), Handler)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def count(self) -> float:
        with self._lock:
            now = time.monotonic()
            self._counted += self.rate * (now - self._at)
            self._at = now
            return self._counted

    def surge(self, rate: float) -> None:
        self.count()
        self.rate = rate

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    started = Tasks()
    yield started
    started.close()


def environment(shop: Shop, **changes: Any) -> dict[str, str]:
    plan = {
        "requests_per_task": 100,
        "metering": {"namespace": shop.name, "interval_seconds": 1},
        "pulse": {"interval_seconds": 0.5, "scrape": {"timeout_seconds": 0.3}, "learn": False},
    }
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": shop.server.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "HOST": "127.0.2.99",
        "PULSE_CLUSTER": shop.name,
        "PULSE_SERVICE": shop.name,
        "PULSE_PLAN": json.dumps(plan),
        **changes,
    }


def start(log: Path, told: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        command = [sys.executable, "-u", "-m", *(words or ("fastscale.pulse",))]
        return subprocess.Popen(command, stdout=output, stderr=output, env=told)


@pytest.fixture
def busy(shop: Shop, tasks: Tasks) -> Shop:
    """The shop with the two tasks behind it."""
    hosts = [(host, tasks.port) for host in HOSTS]
    shop.tasks(["RUNNING"] * 2, hosts=hosts)
    shop.targets(["healthy"] * 2, hosts=hosts)
    return shop


def test_a_surge_is_seen_answered_and_logged_and_sigterm_ends_it_at_once(
    busy: Shop, tasks: Tasks, tmp_path: Path
) -> None:
    log = tmp_path / "pulse.log"
    process = start(log, environment(busy))
    try:
        assert eventually(lambda: "15" in tasks.promises, seconds=20), log.read_text()
        tasks.surge(1_500)
        assert eventually(lambda: busy.desired() >= 15, seconds=5), log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = process.wait(10)
    assert code == 0
    assert time.monotonic() - began < 2.5
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    change = next(line for line in lines if line.get("event") == "change")
    assert (change["service"], change["move"], change["desired"]) == (busy.id, "surge", 2)
    assert not [line for line in lines if "traceback" in line]


def test_what_is_missing_is_one_line_and_exit_code_2(shop: Shop, tmp_path: Path) -> None:
    log = tmp_path / "pulse.log"
    assert start(log, environment(shop, PULSE_CLUSTER="")).wait(20) == 2
    assert log.read_text().startswith("error: PULSE_CLUSTER is not set")
    assert log.read_text().count("\n") == 1


def test_a_dry_run_tells_what_it_would_do_until_it_is_ended(busy: Shop, tasks: Tasks, tmp_path: Path) -> None:
    log = tmp_path / "dry.log"
    process = start(log, environment(busy), "fastscale", "pulse", "dry-run")
    try:
        assert eventually(lambda: "hold: " in log.read_text(), seconds=20), log.read_text()
        tasks.surge(1_500)
        assert eventually(lambda: "would set 2 -> " in log.read_text(), seconds=5), log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    lines = log.read_text().splitlines()
    assert lines[0] == f"watching {busy.id}: nothing is changed"
    assert lines[-1].startswith("Pulse would have set the count ")
    assert busy.desired() == 2
    assert set(tasks.promises) == {None}

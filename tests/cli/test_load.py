"""`fastscale load` as a user types it, against a small server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fastscale import plan_file
from tests.doctor.deployed import Deployed
from tests.localcloud.server.process import REGION, Server

CHECKOUT = Path(__file__).resolve().parents[2]


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "state").start()
    yield started
    started.end()


def load(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastscale", "load", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


@contextmanager
def events_that_come(patient: Deployed) -> Iterator[None]:
    """The service writes one of its events every half second."""
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.5):
            patient.event("(service patient) was looked at.")

    writer = threading.Thread(target=write)
    writer.start()
    yield
    over.set()
    writer.join()


def test_a_surge_that_nothing_answers_is_reported_from_the_api(tmp_path: Path, api: Server, web: str) -> None:
    patient = Deployed(api, "patient").deploy()
    (tmp_path / "fastscale.toml").write_text(plan_file.dump(patient.plan))
    traffic = ["--calm-rate", "5", "--surge-rate", "20", "--calm", "1", "--duration", "3", "--min-tasks", "1"]
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": REGION}
    with events_that_come(patient):
        ended = load(tmp_path, web, "--plan", "fastscale.toml", *traffic, "--json", AWS_ENDPOINT_URL=api.url, **keys)
    assert ended.returncode == 1, ended.stderr
    report = json.loads(ended.stdout)
    assert {event["message"] for event in report["service_events"]} == {"(service patient) was looked at."}
    assert report["verdict"]["text"] == "No scale-out was triggered."
    assert report["scale_out_alarms"] == [patient.alarms[0]]
    assert report["samples"][-1]["desired"] == 2
    assert (report["generator"]["ok"], report["generator"]["failed"]) == (report["generator"]["offered"], {})
    assert (tmp_path / "out/load/report.html").is_file()


class Refusal(BaseHTTPRequestHandler):
    """AWS as it answers keys that it does not know (its JSON protocols)."""

    def do_POST(self) -> None:
        body = json.dumps(
            {"__type": "UnrecognizedClientException", "message": "The security token included is invalid."}
        ).encode()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_keys_that_aws_does_not_know_are_told_before_any_load_is_sent(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as aws:
        threading.Thread(target=aws.serve_forever, daemon=True).start()
        keys = {"AWS_ACCESS_KEY_ID": "wrong", "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_REGION": REGION}
        ended = load(tmp_path, "http://127.0.0.1:9", AWS_ENDPOINT_URL=f"http://127.0.0.1:{aws.server_port}", **keys)
        aws.shutdown()
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "UnrecognizedClientException" in ended.stderr
    assert "check credentials, Region and permissions" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://example.com", "error: example.com is not this machine: load on a host of others is an attack"),
        ("http://127.0.0.1.example.com", "error: 127.0.0.1.example.com is not this machine"),
        ("http://0.0.0.0:8000", "error: 0.0.0.0 is not this machine"),
        ("localhost:8000", "error: 'localhost:8000' is not a URL: give http://HOST:PORT"),
        ("http://[::1", "error: 'http://[::1' is not a URL"),
    ],
)
def test_other_machines_are_refused_in_one_line(tmp_path: Path, url: str, told: str) -> None:
    ended = load(tmp_path, url)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith(told)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--duration", "nan"], "error: --duration nan is not a time: give seconds above 0\n"),
        (["--min-tasks", "-3"], "error: --min-tasks -3 is not a number of tasks: give 0 or more\n"),
    ],
)
def test_an_option_that_cannot_be_is_named_with_its_fix(tmp_path: Path, words: list[str], told: str) -> None:
    ended = load(tmp_path, "http://127.0.0.1:9", *words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", told)

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def service() -> Iterator[str]:
    """A service whose counter grows by 10 with every look at it."""

    class Handler(BaseHTTPRequestHandler):
        looks = 0

        def do_GET(self) -> None:
            Handler.looks += 1
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"# TYPE hits_total counter\nhits_total {10 * self.looks}\n".encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()


def sidecar(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fastscale", "sidecar", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_publishes_until_told_to_end_and_then_once_more(service: str, ending: signal.Signals) -> None:
    process = sidecar(service, "--kind", "prometheus", "--requests", "hits_total", "--route", "emf", "--interval", "1")
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(2)]
    time.sleep(0.2)
    process.send_signal(ending)
    rest, errors = process.communicate(timeout=10)
    documents = [json.loads(line) for line in (*lines, *rest.splitlines())]
    assert [document["TotalRequests"] for document in documents] == [10, 10, 10]
    told = "Interrupted: ending `fastscale sidecar` and everything that it started\n"
    assert (process.returncode, errors) == (0, told if ending is signal.SIGINT else "")


def test_it_publishes_into_the_namespace_that_its_task_is_told(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_NAMESPACE", "FastScaling/Shop")
    process = sidecar(service, "--kind", "prometheus", "--requests", "hits_total", "--route", "emf", "--interval", "1")
    assert process.stdout
    document = json.loads(process.stdout.readline())
    process.terminate()
    process.communicate(timeout=10)
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "FastScaling/Shop"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ("http://example.com/metrics", "--kind", "envoy"),
            "error: 'http://example.com/metrics' is not on this machine",
        ),
        (("http://127.0.0.1/", "--kind", "prometheus", "--match", "handler"), "error: 'handler' is not a label"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...], error: str) -> None:
    process = sidecar(*arguments)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert errors.startswith(error)
    assert len(errors.splitlines()) == 1

"""How much CPU time does a middleware add to a request?

Each subject has a process of its own, in which rounds of the bare application and of the subject alternate, so that
both meet the same machine; the figure is the difference of the medians. It counts the CPU time of all threads: what a
middleware does later is not free either.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from benchmarks.meter_parts.subjects import BARE, SUBJECTS, Caller


@dataclass(frozen=True)
class AddedTime:
    """Microseconds of CPU a request: of the bare application, and what the subject adds."""

    subject: str
    bare: float
    added: float


def measure(rounds: int, requests: int) -> list[AddedTime]:
    """All subjects but the bare application, each in a process of its own."""
    with _collector() as url:
        return [_measure(name, url, rounds, requests) for name in SUBJECTS if name != BARE]


def _measure(subject: str, url: str, rounds: int, requests: int) -> AddedTime:
    command = [sys.executable, "-m", __name__, subject, str(rounds), str(requests)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={"JUDOSCALE_URL": url, "PATH": ""})
    if ended.returncode:
        raise RuntimeError(f"{subject}: {ended.stderr.strip().splitlines()[-1]}")
    bare, with_subject = map(float, ended.stdout.split())
    return AddedTime(subject, bare, with_subject - bare)


@contextmanager
def _collector() -> Iterator[str]:
    """A server that takes every report, for the subject that sends some."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def main(subject: str, rounds: int, requests: int) -> None:
    """Print the microseconds a request of the bare application and of ``subject``."""
    callers = Caller(SUBJECTS[BARE]()), Caller(SUBJECTS[subject]())
    for caller in callers:
        caller.call(1000)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for caller, times in zip(callers, taken, strict=True):
            times.append(caller.call(requests) / requests * 1e6)
    print(*map(median, taken))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

"""How long from the start of the process to its first healthy answer, and how much CPU that takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import psutil

HOST = "127.0.0.1"
#: A start that takes longer than this failed, in seconds.
PATIENCE_SECONDS = 30.0
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

#: The least that can answer a health check with the same server and framework.
BARE = """
import os, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def health(request):
    return JSONResponse({"status": "healthy"})

app = Starlette(routes=[Route("/health", health)])
uvicorn.run(app, host=os.environ["HOST"], port=int(os.environ["PORT"]), log_config=None)
"""


@dataclass(frozen=True)
class Start:
    """One start: wall clock and CPU seconds until the first healthy answer."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Compared:
    """The medians of both, started in turn."""

    app: Start
    bare: Start


def measure(starts: int) -> Compared:
    """Start the sample application and the bare one ``starts`` times each, in turn."""
    ours, bare = [], []
    for _ in range(starts):
        ours.append(_start([sys.executable, "-m", "app"]))
        bare.append(_start([sys.executable, "-c", BARE]))
    return Compared(_median(ours), _median(bare))


def _median(starts: list[Start]) -> Start:
    def middle(pick: Callable[[Start], float]) -> float:
        return median(pick(start) for start in starts)

    return Start(middle(lambda start: start.seconds), middle(lambda start: start.cpu_seconds))


def _start(command: list[str]) -> Start:
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "HOST": HOST, "PORT": str(port)}, stdout=subprocess.DEVNULL)
    try:
        while not _healthy(port):
            if time.perf_counter() - began > PATIENCE_SECONDS or process.poll() is not None:
                raise SystemExit(f"{command} does not answer: its output above says why")
            time.sleep(0.002)
        taken = time.perf_counter() - began
        used = psutil.Process(process.pid).cpu_times()
        return Start(taken, used.user + used.system)
    finally:
        process.kill()
        process.wait()


def _healthy(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(REQUEST)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port

"""What a uvicorn server loses by being metered, under wrk."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from urllib.request import urlopen

from benchmarks.meter_parts.subjects import BARE, FASTSCALE

_CONNECTIONS = 32


@dataclass(frozen=True)
class Throughput:
    """Requests per second without and with the meter."""

    bare: float
    metered: float

    @property
    def kept_percent(self) -> float:
        """Share of the bare server's throughput that is left."""
        return 100 * self.metered / self.bare


def measure(rounds: int, seconds: int) -> Throughput | None:
    """Both servers run at the same time and are loaded in turn; medians. None when wrk is not installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return None
    rates: dict[str, list[float]] = {BARE: [], FASTSCALE: []}
    servers = {name: _Server(name) for name in rates}
    try:
        for server in servers.values():
            _load(wrk, server.url, 1)
        for _ in range(rounds):
            for name, server in servers.items():
                rates[name].append(_load(wrk, server.url, seconds))
    finally:
        for server in servers.values():
            server.stop()
    return Throughput(median(rates[BARE]), median(rates[FASTSCALE]))


def _load(wrk: str, url: str, seconds: int) -> float:
    command = [wrk, "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", url]
    output = subprocess.check_output(command, text=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not found:
        raise RuntimeError(f"wrk said: {output}")
    return float(found[1])


class _Server:
    def __init__(self, subject: str) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/items"
        self._process = subprocess.Popen([sys.executable, "-m", __name__, subject, str(port)])
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"the server of {subject!r} did not start")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urlopen(self.url, timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def main(subject: str, port: int) -> None:
    """Serve ``subject`` on ``port``."""
    import uvicorn

    from benchmarks.meter_parts.subjects import SUBJECTS

    uvicorn.run(SUBJECTS[subject](), port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""Does memory stay flat over millions of requests? A fresh process serves them without a framework or a socket."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from statistics import median

import psutil

from benchmarks.meter_parts.subjects import Caller, raw_fastscale

MILLION = 1_000_000
_ROUND = 10_000


@dataclass(frozen=True)
class Memory:
    """Resident megabytes during the second million requests and during the last (medians)."""

    first: float
    last: float

    @property
    def growth(self) -> float:
        """What the millions between added; the first one filled caches and is left out."""
        return self.last - self.first


def measure(millions: int) -> Memory:
    """Serve ``millions`` of requests in a process of its own."""
    command = [sys.executable, "-m", __name__, str(millions)]
    first, last = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    return Memory(first, last)


def main(millions: int) -> None:
    """Print the resident megabytes (medians) during the second and during the last million of requests."""
    caller = Caller(raw_fastscale())
    process = psutil.Process()
    medians = []
    for _ in range(millions):
        sizes = []
        for _ in range(MILLION // _ROUND):
            caller.call(_ROUND)
            sizes.append(process.memory_info().rss / 2**20)
        medians.append(median(sizes))
    print(medians[1], medians[-1])


if __name__ == "__main__":
    main(int(sys.argv[1]))

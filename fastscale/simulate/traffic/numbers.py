"""The simplest file: requests in a second, one number a line. An empty line or a comment (``#``) does not count."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from fastscale.simulate.traffic.lines import read_lines
from fastscale.simulate.traffic.trace import MAX_SECONDS, Trace


def read_numbers(path: Path) -> Trace:
    """Requests per second from ``path``. Raises TraceError naming the line that is not a number of requests."""
    values = array("d")
    for line in read_lines(path):
        try:
            value = float(line.text)
        except ValueError:
            raise line.wrong("is not a number") from None
        if not 0 <= value < float("inf"):
            raise line.wrong("is not a number of requests")
        if len(values) >= MAX_SECONDS:
            raise line.wrong(f"a trace has at most {MAX_SECONDS} seconds, split the file")
        values.append(value)
    return Trace(name=path.name, rates=np.frombuffer(values, dtype=np.float64))

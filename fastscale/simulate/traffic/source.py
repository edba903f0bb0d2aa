"""Traffic by the text a user gives: a file, a folder of logs, or a built-in shape with options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastscale.errors import TraceError
from fastscale.simulate.traffic.reader import read_trace
from fastscale.simulate.traffic.shapes import SHAPES, parse_options, shape
from fastscale.simulate.traffic.trace import Trace


def load(text: str, *, seed: int = 1, burstiness: float = 1.0) -> Trace:
    """The traffic called ``text``: a path, or ``step:base=60,peak=600``. Raises TraceError naming what is possible.

    Shapes become whole requests by ``seed``; files keep the requests that they have. ``burstiness`` is the variance of
    the seconds that are drawn over their mean (see :mod:`.spread`).
    """
    name, _, options = text.partition(":")
    if name in SHAPES:
        # named with its options: reports tell traffic apart by name, and a step to 600 is not one to 900
        return replace(shape(name, parse_options(options)), name=text).noisy(seed, burstiness)
    path = Path(text)
    if not path.exists():
        raise TraceError(f"{text}: is neither a file nor one of the shapes {', '.join(SHAPES)}")
    return read_trace(path, seed=seed, burstiness=burstiness)

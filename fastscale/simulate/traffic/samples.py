"""Timed samples of any period, condensed into requests per second; gaps are found and named."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fastscale.errors import TraceError
from fastscale.simulate.traffic.spread import spread
from fastscale.simulate.traffic.trace import MAX_SECONDS, Gap, Rates, Trace


@dataclass
class Samples:
    """Values with the time at which their period began (epoch seconds), in order; eight bytes a number."""

    moments: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, moment: float, value: float) -> None:
        """Append a sample. Raises ValueError saying what is wrong with it."""
        if not 0 <= value < float("inf"):
            raise ValueError(f"{value:g} is not a number of requests")
        if self.moments and moment <= self.moments[-1]:
            raise ValueError("time does not move on from the line before")
        if len(self.moments) >= MAX_SECONDS:
            raise ValueError(f"a trace has at most {MAX_SECONDS} samples: split the file")
        self.moments.append(moment)
        self.values.append(value)


def trace_of(samples: Samples, *, name: str, are_rates: bool, seed: int, burstiness: float = 1.0) -> Trace:
    """The traffic in ``samples``, which hold requests per period, or requests/s when ``are_rates``.

    The period is the most frequent distance of neighbours. A distance of more than one and a half periods
    is a gap. Raises TraceError when there is nothing, or the whole would be too long.
    """
    moments = np.frombuffer(samples.moments, dtype=np.float64)
    if not moments.size:
        raise TraceError(f"{name}: is empty: there is no traffic in it")
    period = _period(moments, name)
    slots = np.rint((moments - moments[0]) / period).astype(np.int64)
    length = (int(slots[-1]) + 1) * period
    if length > MAX_SECONDS:
        raise TraceError(f"{name}: spans {length} seconds, more than {MAX_SECONDS}: take a part of it")
    counts = np.frombuffer(samples.values, dtype=np.float64) * (period if are_rates else 1)
    filled, gaps = _fill(slots, counts, period)
    rates = filled / period if are_rates else spread(filled, period, seed=seed, burstiness=burstiness)
    if are_rates:
        rates = np.repeat(rates, period)
    notes = () if period == 1 or are_rates else (f"{period} s counts spread over their seconds with seed {seed}",)
    return Trace(name=name, rates=rates, start=float(np.floor(moments[0])), gaps=gaps, notes=notes)


def _period(moments: Rates, name: str) -> int:
    """The most frequent distance in whole seconds, the smallest of equals."""
    if moments.size == 1:
        raise TraceError(f"{name}: has one sample, so its period is unknown: give two or more")
    distances, times = np.unique(np.rint(np.diff(moments)).astype(np.int64), return_counts=True)
    period = int(distances[np.argmax(times)])
    if period < 1:
        raise TraceError(f"{name}: samples are less than a second apart: add them up to seconds first")
    return period


def _fill(slots: npt.NDArray[np.int64], counts: Rates, period: int) -> tuple[Rates, tuple[Gap, ...]]:
    """One count a period, gaps filled with the count before them; samples that share a slot are added up."""
    total: Rates = np.bincount(slots, weights=counts).astype(np.float64)
    known = np.zeros(total.size, dtype=bool)
    known[slots] = True
    latest_known = np.maximum.accumulate(np.where(known, np.arange(total.size), 0))
    steps = np.flatnonzero(np.diff(slots) > 1)
    gaps = tuple(Gap(int(slots[i] + 1) * period, int(slots[i + 1] - slots[i] - 1) * period) for i in steps)
    return total[latest_known], gaps

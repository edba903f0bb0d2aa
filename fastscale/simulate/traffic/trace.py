"""Requests per second over time, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fastscale.errors import TraceError

Rates = npt.NDArray[np.float64]

#: Traces longer than this (about three months) are refused: as per-second numbers they would not fit a small machine.
MAX_SECONDS = 8_000_000
#: Where a trace begins that says nothing of dates: a Monday midnight, UTC.
DEFAULT_START = 1_767_571_200.0


@dataclass(frozen=True)
class Gap:
    """Seconds without data, counted from the start of the trace. They are filled with the rate before them."""

    start_seconds: int
    length_seconds: int

    def __str__(self) -> str:
        return f"{self.length_seconds} s without data from second {self.start_seconds}"


@dataclass(frozen=True)
class Trace:
    """Requests that arrive in each second.

    ``rates[i]`` is the number of requests in the second that begins at ``start`` + i (epoch seconds). ``notes`` say in
    plain words what a reader assumed. Raises TraceError when the numbers cannot be traffic.
    """

    name: str
    rates: Rates
    start: float = DEFAULT_START
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        rates = np.ascontiguousarray(self.rates, dtype=np.float64)
        rates.flags.writeable = False
        object.__setattr__(self, "rates", rates)
        if not rates.size:
            raise TraceError(f"{self.name}: there is no traffic in it")
        if rates.size > MAX_SECONDS:
            raise TraceError(f"{self.name}: {rates.size} seconds are more than {MAX_SECONDS}: take a part of it")
        bad = np.flatnonzero(~np.isfinite(rates) | (rates < 0))
        if bad.size:
            raise TraceError(f"{self.name}: second {bad[0]}: {rates[bad[0]]:g} is not a number of requests")

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return int(self.rates.size)

    @property
    def requests(self) -> float:
        """Requests in total."""
        return float(self.rates.sum())

    def scaled(self, factor: float) -> Trace:
        """The same traffic ``factor`` times as heavy."""
        if not 0 < factor < float("inf"):
            raise TraceError(f"scale {factor:g} is not a positive number")
        return replace(self, rates=self.rates * factor)

    def scaled_to_peak(self, peak: float) -> Trace:
        """The same traffic with its busiest minute at ``peak`` requests/s (single seconds may be above it)."""
        busiest = float(minute_means(self.rates).max())
        if busiest == 0:
            raise TraceError(f"{self.name}: has no requests, so it cannot be scaled to a peak")
        return self.scaled(peak / busiest)

    def sliced(self, start_seconds: int = 0, length_seconds: int | None = None) -> Trace:
        """A part of it; raises TraceError when nothing is left."""
        if start_seconds < 0 or (length_seconds is not None and length_seconds <= 0):
            raise TraceError(f"{self.name}: a slice from {start_seconds} s for {length_seconds} s is not a part of it")
        end = self.seconds if length_seconds is None else min(self.seconds, start_seconds + length_seconds)
        if start_seconds >= end:
            raise TraceError(f"{self.name}: begins at {start_seconds} s but the trace has only {self.seconds} s")
        gaps = _shifted(self.gaps, start_seconds, end)
        return replace(self, rates=self.rates[start_seconds:end], start=self.start + start_seconds, gaps=gaps)

    def spliced(self, surge: Trace, at_seconds: int) -> Trace:
        """This traffic with ``surge`` added on top from ``at_seconds`` on: a surge on a calm day."""
        if not 0 <= at_seconds < self.seconds:
            raise TraceError(f"{self.name}: has no second {at_seconds} at which {surge.name} could begin")
        rates = self.rates.copy()
        end = min(self.seconds, at_seconds + surge.seconds)
        rates[at_seconds:end] += surge.rates[: end - at_seconds]
        return replace(self, name=f"{self.name}+{surge.name}", rates=rates)

    def resampled(self, period_seconds: int) -> Trace:
        """The same traffic as coarser data shows it: each second has the mean of its ``period_seconds``."""
        if period_seconds < 1:
            raise TraceError(f"period {period_seconds} s is not at least a second")
        edges = np.arange(0, self.seconds, period_seconds)
        lengths = np.minimum(period_seconds, self.seconds - edges)
        means = np.add.reduceat(self.rates, edges) / lengths
        return replace(self, rates=np.repeat(means, lengths))

    def noisy(self, seed: int, burstiness: float = 1.0) -> Trace:
        """Whole requests: a Poisson number in each second, with the rate as its mean. Same seed, same traffic.

        ``burstiness`` is the variance of a second's number over its mean. Above 1 the second's rate is drawn itself: a
        gamma distribution with a variance of rate x (burstiness - 1) gives the number rate x burstiness.
        """
        require_burstiness(burstiness)
        rng = np.random.default_rng(seed)
        more = burstiness - 1
        rates = rng.gamma(self.rates / more, more) if more else self.rates
        return replace(self, rates=rng.poisson(rates).astype(np.float64))


def minute_means(rates: Rates) -> Rates:
    """Mean requests/s of each minute, or of the whole when it is shorter than one."""
    whole = rates[: rates.size // 60 * 60]
    return whole.reshape(-1, 60).mean(axis=1) if whole.size else np.array([rates.mean()])


def require_burstiness(burstiness: float) -> None:
    """Raise TraceError unless it is a finite number from 1, which is independent arrivals."""
    if not 1 <= burstiness < float("inf"):
        raise TraceError(f"burstiness {burstiness:g}: give a number from 1, which is independent arrivals")


def _shifted(gaps: Iterable[Gap], start: int, end: int) -> tuple[Gap, ...]:
    """The parts of ``gaps`` within [start, end), counted from start."""
    cut = ((max(gap.start_seconds, start), min(gap.start_seconds + gap.length_seconds, end)) for gap in gaps)
    return tuple(Gap(first - start, last - first) for first, last in cut if first < last)

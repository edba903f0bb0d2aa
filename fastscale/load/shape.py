"""Offered load over time: a piecewise linear rate, and the arrivals that follow it.

Pure: no clock, and randomness comes from a seed. Times are seconds from the start of the load, rates requests/s.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from fastscale.errors import TraceError

#: The surge that is meant where nobody says otherwise: rates in requests/s.
CALM_RATE, SURGE_RATE = 60.0, 600.0
#: Its times in seconds: before it, of it, and of its rise.
CALM_SECONDS, SURGE_SECONDS, RISE_SECONDS = 20.0, 80.0, 1.0


class Spacing(StrEnum):
    """How arrivals fall around the rate."""

    #: Independent arrivals, as many users who do not know of each other make them.
    POISSON = "poisson"
    #: One arrival in every 1/rate slot, at a random moment of its slot.
    EVEN = "even"


class Point(NamedTuple):
    """The rate (requests/s) at a moment (seconds from the start); linear between points."""

    at_seconds: float
    rate: float


@dataclass(frozen=True)
class Shape:
    """A rate over time. Two points at one moment are a jump. Raises TraceError when it cannot be one."""

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        problem = _problem(self.points)
        if problem:
            raise TraceError(problem)

    @property
    def duration_seconds(self) -> float:
        """Seconds from the start to the last point."""
        return self.points[-1].at_seconds

    def rate(self, at_seconds: float) -> float:
        """Requests/s at a moment; 0 before the start and after the end; at a jump, the rate after it."""
        for left, right in pairwise(self.points):
            if left.at_seconds <= at_seconds < right.at_seconds:
                share = (at_seconds - left.at_seconds) / (right.at_seconds - left.at_seconds)
                return left.rate + share * (right.rate - left.rate)
        return self.points[-1].rate if at_seconds == self.duration_seconds else 0.0


def surge(
    *,
    calm_rate: float = CALM_RATE,
    surge_rate: float = SURGE_RATE,
    calm_seconds: float = CALM_SECONDS,
    surge_seconds: float = SURGE_SECONDS,
    rise_seconds: float = RISE_SECONDS,
) -> Shape:
    """Calm traffic, then within ``rise_seconds`` a surge that stays; ``surge_seconds`` counts from its start."""
    if min(calm_seconds, rise_seconds) < 0 or surge_seconds <= rise_seconds:
        raise TraceError(f"a surge of {surge_seconds:g} s is not longer than its rise of {rise_seconds:g} s")
    rows = (
        (0, calm_rate),
        (calm_seconds, calm_rate),
        (calm_seconds + rise_seconds, surge_rate),
        (calm_seconds + surge_seconds, surge_rate),
    )
    return Shape(tuple(Point(at, rate) for at, rate in rows))


def from_csv(text: str) -> Shape:
    """The shape in lines ``seconds,rate``; blank lines and lines that begin with ``#`` are skipped.

    Raises TraceError naming the line that is not two numbers.
    """
    points = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row or row[0].lstrip().startswith("#"):
            continue
        try:
            at_seconds, rate = (float(cell) for cell in row)
        except ValueError:
            raise TraceError(f"line {number}: {','.join(row)!r} is not 'seconds,rate'") from None
        points.append(Point(at_seconds, rate))
    return Shape(tuple(points))


def arrivals(shape: Shape, *, seed: int, spacing: Spacing = Spacing.POISSON) -> Iterator[float]:
    """Moments (seconds from the start, in order) at which requests are due. The same seed gives the same moments.

    Arrivals are first drawn on an axis where the rate is 1 and then mapped through the inverse of the integrated
    rate, which is exact for any rate (time rescaling of a Poisson process).
    """
    draw = _SEQUENCES[spacing](random.Random(seed))  # noqa: S311 - repeatable traffic, not a secret
    target, before = next(draw), 0.0
    for left, right in pairwise(shape.points):
        length = right.at_seconds - left.at_seconds
        area = length * (left.rate + right.rate) / 2
        while target - before < area:
            yield left.at_seconds + _time_to_reach(target - before, left.rate, right.rate, length)
            target = next(draw)
        before += area


def _time_to_reach(area: float, first_rate: float, last_rate: float, length: float) -> float:
    """Seconds until a rate that changes linearly over ``length`` has integrated to ``area``.

    The root of slope/2 t^2 + first_rate t = area, in the form that stays exact as the slope goes to 0.
    """
    slope = (last_rate - first_rate) / length
    root = math.sqrt(max(0.0, first_rate**2 + 2 * slope * area))
    return min(length, 2 * area / (first_rate + root)) if first_rate + root > 0 else 0.0


def _poisson(rng: random.Random) -> Iterator[float]:
    at = 0.0
    while True:
        at += rng.expovariate(1.0)
        yield at


def _even(rng: random.Random) -> Iterator[float]:
    slot = 0
    while True:
        yield slot + rng.random()
        slot += 1


_SEQUENCES: dict[Spacing, Callable[[random.Random], Iterator[float]]] = {
    Spacing.POISSON: _poisson,
    Spacing.EVEN: _even,
}


def _problem(points: tuple[Point, ...]) -> str | None:
    if len(points) < 2:
        return "a traffic shape needs at least two points (seconds,rate)"
    if points[0].at_seconds != 0:
        return f"a traffic shape starts at 0 seconds, not {points[0].at_seconds:g}"
    for point in points:
        if not (math.isfinite(point.at_seconds) and math.isfinite(point.rate)) or point.rate < 0:
            return f"rate {point.rate:g} at {point.at_seconds:g} s is not a number of requests/s"
    for left, right in pairwise(points):
        if right.at_seconds < left.at_seconds:
            return f"time goes back from {left.at_seconds:g} s to {right.at_seconds:g} s"
    if points[-1].at_seconds == 0:
        return "a traffic shape lasts longer than 0 seconds"
    return None

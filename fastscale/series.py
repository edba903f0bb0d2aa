"""Metric points and what a period makes of them; a gap is None, never 0.

CloudWatch keeps what PutMetricData sends as points: single values, arrays of values with counts, or statistic sets.
A query turns the points of each period into one number. This module does the same for both worlds that need it: the
store behind the local cloud's metric API, and the simulator.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastscale.statistic import Weighted, parse

#: A datapoint per period, oldest first; None is a period without data.
Series = Sequence[float | None]

#: Periods below this are high-resolution ones, in seconds.
STANDARD_RESOLUTION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Datum:
    """Values as PutMetricData's Value or Values/Counts carry them.

    ``timestamp`` is in epoch seconds. ``counts`` says how often each value occurred; empty means once each.
    """

    timestamp: float
    values: tuple[float, ...]
    counts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.counts and len(self.counts) != len(self.values):
            raise ValueError(f"{len(self.values)} values but {len(self.counts)} counts")


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """A summary that a client computed itself (StatisticValues of PutMetricData)."""

    timestamp: float
    sum: float
    minimum: float
    maximum: float
    sample_count: float


Point = Datum | StatisticSet


def floor_time(timestamp: float, step: float) -> float:
    """The newest multiple of ``step`` seconds that is not after ``timestamp``."""
    return math.floor(timestamp / step) * step


def period_start(timestamp: float, period: int) -> float:
    """Where the periods of a query begin that asks for data from ``timestamp``.

    CloudWatch rounds the start down to a whole minute, and for periods below a minute to an even division of the
    minute; periods then follow from there, so a 300 s query may begin at any minute (GetMetricStatistics, "StartTime":
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html).
    """
    return floor_time(timestamp, min(period, STANDARD_RESOLUTION_SECONDS))


def bucket(
    points: Iterable[Point], *, start: float, end: float, period: int, statistic: str = "Average"
) -> list[float | None]:
    """One value of ``statistic`` for each ``period`` seconds from ``start`` to before ``end``; None where no data is.

    Value ``i`` covers ``[first + i * period, first + (i + 1) * period)`` with ``first = period_start(start, period)``.
    The last period is whole even where it reaches beyond ``end``. Points may come in any order.
    """
    first = period_start(start, period)
    periods = max(0, math.ceil((end - first) / period))
    sorted_out: list[list[Point]] = [[] for _ in range(periods)]
    for point in points:
        index = math.floor((point.timestamp - first) / period)
        if 0 <= index < periods:
            sorted_out[index].append(point)
    return [period_value(inside, statistic) for inside in sorted_out]


def period_value(points: Sequence[Point], statistic: str) -> float | None:
    """The value of ``statistic`` over all ``points`` of one period.

    None when there is no data, or when the statistic is not available for it: percentiles and trimmed statistics need
    single values of zero or more. A statistic set hides its values unless they are all the same. Sources: CloudWatch
    user guide, "Statistics definitions" and "Percentiles". Raises ExpressionError when ``statistic`` is not one of
    CloudWatch's.
    """
    simple = _SIMPLE.get(statistic)
    if simple is None:
        compute = parse(statistic)
        weighted = _weighted(points)
        return compute(weighted) if weighted else None
    return simple(points) if points else None


def _sum(points: Sequence[Point]) -> float:
    return math.fsum(_point_sum(point) for point in points)


def _sample_count(points: Sequence[Point]) -> float:
    return math.fsum(_point_count(point) for point in points)


def _average(points: Sequence[Point]) -> float | None:
    count = _sample_count(points)
    return _sum(points) / count if count else None


def _minimum(points: Sequence[Point]) -> float:
    return min(point.minimum if isinstance(point, StatisticSet) else min(point.values) for point in points)


def _maximum(points: Sequence[Point]) -> float:
    return max(point.maximum if isinstance(point, StatisticSet) else max(point.values) for point in points)


def _point_sum(point: Point) -> float:
    if isinstance(point, StatisticSet):
        return point.sum
    if point.counts:
        return math.fsum(value * count for value, count in zip(point.values, point.counts, strict=True))
    return math.fsum(point.values)


def _point_count(point: Point) -> float:
    if isinstance(point, StatisticSet):
        return point.sample_count
    return math.fsum(point.counts) if point.counts else len(point.values)


_SIMPLE = {
    "Average": _average,
    "Sum": _sum,
    "Minimum": _minimum,
    "Maximum": _maximum,
    "SampleCount": _sample_count,
}


def _weighted(points: Sequence[Point]) -> Weighted | None:
    """All values of the period in ascending order with their counts, or None when they are not known or negative."""
    values: list[tuple[float, float]] = []
    for point in points:
        if isinstance(point, Datum):
            values.extend(zip(point.values, point.counts or (1.0,) * len(point.values), strict=True))
        elif point.minimum == point.maximum:
            values.append((point.minimum, point.sample_count))
        else:
            return None
    values.sort()
    return None if not values or values[0][0] < 0 else values

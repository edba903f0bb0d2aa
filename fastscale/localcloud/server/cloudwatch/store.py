"""Metric data, indexed by metric and sorted by time, so that a query costs what it returns and not what is stored.

Time is an argument, in epoch seconds. Resolution and retention:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from fastscale.series import Point, StatisticSet, floor_time, period_value

#: Data below a minute is kept this long, then summarised by the minute.
FINE_SECONDS = 3 * 3600.0
#: Data by the minute is kept this long.
COARSE_SECONDS = 15 * 86400.0
#: Ageing runs when the oldest fine data is this much over its time, so that it costs little per point.
_AGEING_SLACK_SECONDS = 600.0
_MINUTE = 60


@dataclass(frozen=True, slots=True, order=True)
class MetricKey:
    """A metric: namespace, name and dimensions, the latter as sorted (name, value) pairs."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A point with the time of its arrival and its unit."""

    point: Point
    arrived: float
    unit: str

    @property
    def timestamp(self) -> float:
        """The time that the point belongs to."""
        return self.point.timestamp


def _timestamp(stored: Stored) -> float:
    return stored.point.timestamp


@dataclass(slots=True)
class _History:
    """The points of one metric, oldest first; those before ``coarse`` are summaries by the minute."""

    points: list[Stored] = field(default_factory=list)
    coarse: int = 0

    def add(self, stored: Stored) -> None:
        if not self.points or stored.timestamp >= self.points[-1].timestamp:
            self.points.append(stored)
            return
        index = bisect_right(self.points, stored.timestamp, key=_timestamp)
        self.points.insert(index, stored)
        if index < self.coarse:
            self.coarse += 1

    def between(self, start: float, end: float) -> list[Stored]:
        first = bisect_left(self.points, start, key=_timestamp)
        return self.points[first : bisect_left(self.points, end, lo=first, key=_timestamp)]

    def age(self, now: float) -> None:
        """Summarise fine data whose time is over, and drop what is older still."""
        if (
            len(self.points) == self.coarse
            or self.points[self.coarse].timestamp > now - FINE_SECONDS - _AGEING_SLACK_SECONDS
        ):
            return
        cut = bisect_left(self.points, floor_time(now - FINE_SECONDS, _MINUTE), key=_timestamp)
        kept = bisect_left(self.points, now - COARSE_SECONDS, key=_timestamp)
        summaries = list(_by_minute(self.points[max(self.coarse, kept) : cut]))
        self.points[:cut] = [*self.points[kept : self.coarse], *summaries]
        self.coarse = max(self.coarse - kept, 0) + len(summaries)


class MetricStore:
    """All metrics of a region. A point becomes visible to queries ``visibility_seconds`` after it arrived."""

    def __init__(self, visibility_seconds: float) -> None:
        self._visibility_seconds = visibility_seconds
        self._lock = threading.Lock()
        self._histories: dict[MetricKey, _History] = {}

    def put(self, points: Iterable[tuple[MetricKey, Point, str]], *, now: float) -> None:
        """Add points with their metric and unit."""
        with self._lock:
            for key, point, unit in points:
                history = self._histories.setdefault(key, _History())
                history.add(Stored(point, now, unit))
                history.age(now)

    def points(self, key: MetricKey, *, start: float, end: float, unit: str | None, now: float) -> list[Stored]:
        """The visible points of a metric from ``start`` to before ``end``, oldest first; of every unit when None."""
        seen_by = now - self._visibility_seconds
        with self._lock:
            history = self._histories.get(key)
            found = history.between(start, end) if history is not None else []
        return [stored for stored in found if stored.arrived <= seen_by and unit in (None, stored.unit)]

    def keys(self) -> list[MetricKey]:
        """All metrics that have data, in order."""
        with self._lock:
            return sorted(self._histories)


def _by_minute(points: Iterable[Stored]) -> Iterator[Stored]:
    """One statistic set for each minute and unit that has data. Percentiles are lost with the single values."""
    by_minute = groupby(points, key=lambda stored: floor_time(stored.timestamp, _MINUTE))
    for minute, inside in by_minute:
        by_unit: dict[str, list[Stored]] = {}
        for stored in inside:
            by_unit.setdefault(stored.unit, []).append(stored)
        for unit, same in by_unit.items():
            values = [stored.point for stored in same]
            statistics = {
                name: period_value(values, name) or 0.0 for name in ("Sum", "Minimum", "Maximum", "SampleCount")
            }
            summary = StatisticSet(
                minute, statistics["Sum"], statistics["Minimum"], statistics["Maximum"], statistics["SampleCount"]
            )
            yield Stored(summary, same[-1].arrived, unit)

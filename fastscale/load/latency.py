"""Latencies condensed so that they can be added up: a histogram with buckets 2 % wide.

Percentiles of seconds cannot be averaged into the percentile of a minute; histograms can be merged. A quantile read
from one is within 1 % of the exact value (the idea of DDSketch, Masson et al., VLDB 2019), the maximum is exact.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

#: Bucket i holds the latencies in (GROWTH**(i-1), GROWTH**i] milliseconds.
GROWTH = 1.02
#: Anything faster than this counts as this: a logarithm needs a floor.
FLOOR_MS = 0.01


class LatencySummary(BaseModel):
    """Latencies in milliseconds; None where there was no request to measure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


class Histogram(BaseModel):
    """Counts of latencies per bucket, and the largest one in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    buckets: dict[int, int] = {}
    max_ms: float | None = None

    @classmethod
    def of(cls, latencies_ms: Iterable[float]) -> Self:
        """The histogram of some latencies in milliseconds."""
        values = list(latencies_ms)
        return cls(buckets=Counter(_bucket(value) for value in values), max_ms=max(values, default=None))

    @classmethod
    def merged(cls, parts: Iterable[Histogram]) -> Self:
        """The histogram of everything in ``parts`` together."""
        total: Counter[int] = Counter()
        highest: list[float] = []
        for part in parts:
            total.update(part.buckets)
            highest += [] if part.max_ms is None else [part.max_ms]
        return cls(buckets=total, max_ms=max(highest, default=None))

    @property
    def count(self) -> int:
        """Number of latencies."""
        return sum(self.buckets.values())

    def quantile_ms(self, share: float) -> float | None:
        """The latency (ms) that ``share`` (0..1) of the requests did not exceed, nearest rank; None when empty."""
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= rank:
                return round(min(_middle(index), self.max_ms or math.inf), 2)
        return None

    def summary(self) -> LatencySummary:
        """Count, p50, p95, p99 and maximum."""
        return LatencySummary(
            count=self.count,
            p50=self.quantile_ms(0.50),
            p95=self.quantile_ms(0.95),
            p99=self.quantile_ms(0.99),
            max=None if self.max_ms is None else round(self.max_ms, 2),
        )


def _bucket(latency_ms: float) -> int:
    return math.ceil(math.log(max(latency_ms, FLOOR_MS), GROWTH))


def _middle(index: int) -> float:
    """The value whose relative distance to both ends of the bucket is the same."""
    return 2 * GROWTH**index / (1 + GROWTH)

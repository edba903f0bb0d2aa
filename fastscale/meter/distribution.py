"""Durations in DDSketch's bins: average exact, quantiles within 1 % of the true value, additive across processes.

A `DDSketch <https://github.com/DataDog/sketches-py>`_ counts values in bins of equal relative width. We keep its
bins in a plain dictionary, because that travels between processes as JSON and because filling it in bulk costs 0.1
µs a value, while ``DDSketch.add`` costs 0.4. The library still defines the bins and answers the quantiles; adding
two dictionaries bin by bin is what its ``merge`` does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ddsketch import DDSketch
    from ddsketch.mapping import LogarithmicMapping

#: Half the relative width of a bin: a quantile is within 1 % of a value that was really measured.
RELATIVE_ACCURACY = 0.01

_BINS_PER_E = 1 / math.log1p(2 * RELATIVE_ACCURACY / (1 - RELATIVE_ACCURACY))
#: Durations are clamped to this many seconds from below: the clock's own resolution, and the logarithm needs more
#: than 0.
_SHORTEST_SECONDS = 1e-9


class Distribution:
    """How long things took, in seconds: their number, exact total, and a count per DDSketch bin."""

    __slots__ = ("bins", "count", "total_seconds")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.bins: Counter[int] = Counter()
        self.count = 0
        self.total_seconds = 0.0
        self.add(list(values))

    def add(self, values: list[float]) -> None:
        """Count each of ``values`` (seconds, not negative)."""
        if not values:
            return
        log, ceil = math.log, math.ceil
        self.bins.update([ceil(log(value or _SHORTEST_SECONDS) * _BINS_PER_E) for value in values])
        self.count += len(values)
        self.total_seconds += math.fsum(values)

    def add_repeated(self, value: float, times: int) -> None:
        """Count ``value`` (seconds) ``times`` times, as when a histogram's bucket stands for many requests."""
        if times <= 0:
            return
        self.bins[math.ceil(math.log(max(value, _SHORTEST_SECONDS)) * _BINS_PER_E)] += times
        self.count += times
        self.total_seconds += value * times

    def merge(self, other: Distribution) -> None:
        """Add what ``other`` counted."""
        self.bins.update(other.bins)
        self.count += other.count
        self.total_seconds += other.total_seconds

    @property
    def average(self) -> float | None:
        """The exact mean in seconds; None when nothing was counted."""
        return self.total_seconds / self.count if self.count else None

    def quantiles(self, *ranks: float) -> list[float] | None:
        """The values (seconds) at ``ranks`` (0..1), each within 1 %; None when no value is known."""
        if not self.bins:
            return None
        from ddsketch import DDSketch

        mapping = _mapping()
        sketch = DDSketch(RELATIVE_ACCURACY)
        for key, count in self.bins.items():
            sketch.add(mapping.value(key), count)
        return [_rank_value(sketch, rank) for rank in ranks]

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {"bins": list(self.bins.items()), "count": self.count, "total_seconds": self.total_seconds}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Distribution:
        """What :meth:`to_json` wrote. Raises KeyError, TypeError or ValueError when it is something else."""
        made = cls()
        made.bins = Counter({int(key): int(count) for key, count in data["bins"]})
        made.count = int(data["count"])
        made.total_seconds = float(data["total_seconds"])
        return made


def _rank_value(sketch: DDSketch, rank: float) -> float:
    value = sketch.get_quantile_value(rank)
    if value is None:
        raise ValueError(f"rank {rank} is not between 0 and 1")
    return value


@cache
def _mapping() -> LogarithmicMapping:
    from ddsketch.mapping import LogarithmicMapping

    return LogarithmicMapping(RELATIVE_ACCURACY)

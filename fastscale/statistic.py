"""CloudWatch's extended statistics: percentiles, trimmed and winsorized means, and their relatives.

Names and meanings: CloudWatch user guide, "CloudWatch statistics definitions"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html):

- ``p99`` percentile; ``tm90`` trimmed mean, ``wm90`` winsorized mean, ``tc90`` trimmed count and ``ts90`` trimmed sum
  of the lowest 90 % of the values; ``IQM`` the mean of the middle half, ``TM(25%:75%)``;
- ``TM(2%:98%)`` leaves out the lowest 2 % and the highest 2 %; ``TM(150:1000)`` leaves out what is 150 or lower or
  higher than 1000; the same for WM, TC and TS; either bound may be missing;
- ``PR(100:2000)`` percentile rank: the percentage of values above 100 up to 2000.

AWS does not publish how it interpolates. Model: a percentile is the smallest value that at least that share of the
values does not exceed, and a trimmed statistic counts a value that lies across its bound by the part inside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from fastscale.errors import ExpressionError

#: (value, count) pairs in ascending order of value.
Weighted = Sequence[tuple[float, float]]

#: What an extended statistic makes of the values of a period; None when nothing lies within its bounds.
Compute = Callable[[Weighted], float | None]

#: The part of the values to look at: each with the count that lies inside the bounds.
_Keep = Callable[[Weighted], Weighted]

_NUMBER = r"\d+(?:\.\d+)?"
_SHORT = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})", re.IGNORECASE)
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\((?:({_NUMBER})(%?))?:(?:({_NUMBER})(%?))?\)", re.IGNORECASE)


@lru_cache(maxsize=256)
def parse(statistic: str) -> Compute:
    """The function that computes an extended statistic. Raises ExpressionError when the name is not CloudWatch's."""
    if statistic.upper() == "IQM":
        return partial(_mean_within, _by_share(25, 75))
    if (short := _SHORT.fullmatch(statistic)) and float(short[2]) <= 100:
        return _short(short[1].lower(), float(short[2]))
    if (match := _RANGE.fullmatch(statistic)) and (made := _range(match)):
        return made
    raise ExpressionError(
        f"statistic {statistic!r} is not one of Average, Sum, Minimum, Maximum, SampleCount, pNN, tmNN, wmNN, tcNN, "
        "tsNN, IQM, or TM, WM, TC, TS, PR with bounds such as TM(10%:90%) or PR(:300)"
    )


def _short(name: str, percent: float) -> Compute:
    if name == "p":
        return partial(_percentile, percent=percent)
    if name == "wm":
        return partial(_winsorized_by_share, low=0, high=percent)
    return partial(_TRIMMED[name], _by_share(0, percent))


def _range(match: re.Match[str]) -> Compute | None:
    """The statistic with explicit bounds, or None when the bounds make no sense."""
    name = match[1].lower()
    low = float(match[2]) if match[2] else None
    high = float(match[4]) if match[4] else None
    shares = {unit == "%" for number, unit in ((match[2], match[3]), (match[4], match[5])) if number}
    if len(shares) != 1 or (low is not None and high is not None and low >= high):
        return None
    if shares == {False}:
        keep = _by_value(-math.inf if low is None else low, math.inf if high is None else high)
        if name == "pr":
            return partial(_rank_within, keep)
        if name == "wm":
            return partial(_winsorized, low=low, high=high)
        return partial(_TRIMMED[name], keep)
    low, high = low or 0.0, 100.0 if high is None else high
    if name == "pr" or high > 100:
        return None
    return partial(_winsorized_by_share, low=low, high=high) if name == "wm" else _trimmed_by_share(name, low, high)


def _trimmed_by_share(name: str, low: float, high: float) -> Compute:
    return partial(_TRIMMED[name], _by_share(low, high))


def _by_share(low: float, high: float) -> _Keep:
    """Keep the values between two percentages of the total count; a value across a bound counts in part."""

    def keep(values: Weighted) -> Weighted:
        total = _count(values)
        lowest, highest = total * low / 100, total * high / 100
        kept, seen = [], 0.0
        for value, count in values:
            inside = min(seen + count, highest) - max(seen, lowest)
            if inside > 0:
                kept.append((value, inside))
            seen += count
        return kept

    return keep


def _by_value(low: float, high: float) -> _Keep:
    """Keep the values above ``low`` up to ``high``."""
    return lambda values: [pair for pair in values if low < pair[0] <= high]


def _count(values: Weighted) -> float:
    return math.fsum(count for _, count in values)


def _total(values: Weighted) -> float:
    return math.fsum(value * count for value, count in values)


def _mean(values: Weighted) -> float | None:
    count = _count(values)
    return _total(values) / count if count else None


def _percentile(values: Weighted, percent: float) -> float:
    needed = round(_count(values) * percent / 100, 9)  # 64.4 % of 250 are 161, not 161.00000000000003
    seen = 0.0
    for value, count in values[:-1]:
        seen += count
        if seen >= needed:
            return value
    return values[-1][0]


def _mean_within(keep: _Keep, values: Weighted) -> float | None:
    return _mean(keep(values))


def _count_within(keep: _Keep, values: Weighted) -> float:
    return _count(keep(values))


def _sum_within(keep: _Keep, values: Weighted) -> float:
    return _total(keep(values))


def _rank_within(keep: _Keep, values: Weighted) -> float:
    return 100 * _count(keep(values)) / _count(values)


def _winsorized(values: Weighted, low: float | None, high: float | None) -> float | None:
    """The mean with every value outside the bounds moved to the bound."""
    lowest, highest = -math.inf if low is None else low, math.inf if high is None else high
    return _mean([(min(max(value, lowest), highest), count) for value, count in values])


def _winsorized_by_share(values: Weighted, low: float, high: float) -> float | None:
    return _winsorized(values, _percentile(values, low), _percentile(values, high))


_TRIMMED = {"tm": _mean_within, "tc": _count_within, "ts": _sum_within}

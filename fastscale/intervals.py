"""The rules that the intervals of a step scaling policy must keep.

Source: Application Auto Scaling user guide, "Step adjustments": no overlap, no gap, at most one open lower and one open
upper bound, not both in one of several steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

#: (lower, upper) as offsets from the alarm's threshold; None is an open end.
Interval = tuple[float | None, float | None]


def interval_problem(intervals: Sequence[Interval]) -> str | None:
    """What is wrong with the intervals, in one line, or None when nothing is."""
    return _bound_problem(intervals) or _neighbour_problem(intervals)


def _bound_problem(intervals: Sequence[Interval]) -> str | None:
    if len(intervals) > 1 and (None, None) in intervals:
        return "a step without lower and upper bound must be the only step"
    for lower, upper in intervals:
        if lower is not None and upper is not None and lower >= upper:
            return f"step lower bound {lower:g} is not below its upper bound {upper:g}"
    if sum(lower is None for lower, _ in intervals) > 1:
        return "more than one step has an open lower bound"
    if sum(upper is None for _, upper in intervals) > 1:
        return "more than one step has an open upper bound"
    return None


def _neighbour_problem(intervals: Sequence[Interval]) -> str | None:
    ordered = sorted(intervals, key=lambda interval: -math.inf if interval[0] is None else interval[0])
    for before, after in pairwise(ordered):
        before_upper, after_lower = before[1], after[0]
        if before_upper is None or after_lower is None or before_upper > after_lower:
            return f"steps overlap: {_text(before)} and {_text(after)}"
        if before_upper < after_lower:
            return f"steps leave a gap between {before_upper:g} and {after_lower:g}"
    return None


def _text(interval: Interval) -> str:
    lower, upper = interval
    return f"[{'-inf' if lower is None else f'{lower:g}'}, {'+inf' if upper is None else f'{upper:g}'})"

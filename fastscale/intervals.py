"""The rules that the intervals of a step scaling policy must keep, in AWS's own words.

Sources: Application Auto Scaling user guide, "Step adjustments", and API reference, StepAdjustment. AWS does not list
the messages; they are those that PutScalingPolicy has answered to people who asked about them in public.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

#: (lower, upper) as offsets from the alarm's threshold; None is an open end.
Interval = tuple[float | None, float | None]


def interval_problem(intervals: Sequence[Interval]) -> str | None:
    """Why AWS would refuse the intervals, in one line that names them, or None when it takes them."""
    return _bound_problem(intervals) or _open_end_problem(intervals) or _neighbour_problem(intervals)


def _bound_problem(intervals: Sequence[Interval]) -> str | None:
    if (None, None) in intervals:
        return "Both lower and upper bounds of a step adjustment cannot be left unspecified"
    for lower, upper in intervals:
        if lower is not None and upper is not None and lower >= upper:
            return f"Lower bound must be less than upper bound for a step adjustment: {lower:g} and {upper:g}"
    for side, name in ((0, "lower"), (1, "upper")):
        if sum(interval[side] is None for interval in intervals) > 1:
            return f"At most one step adjustment may have an unspecified {name} bound"
    return None


def _open_end_problem(intervals: Sequence[Interval]) -> str | None:
    """Steps that begin to act on one side of the threshold must reach to the end of that side."""
    must_be_open = "There must be a step adjustment with an unspecified {side} bound when one has a {sign} {side} bound"
    lowers = [lower for lower, _ in intervals]
    uppers = [upper for _, upper in intervals]
    if None not in lowers and any(lower < 0 for lower in lowers if lower is not None):
        return must_be_open.format(side="lower", sign="negative")
    if None not in uppers and any(upper > 0 for upper in uppers if upper is not None):
        return must_be_open.format(side="upper", sign="positive")
    return None


def _neighbour_problem(intervals: Sequence[Interval]) -> str | None:
    ordered = sorted(intervals, key=lambda interval: -math.inf if interval[0] is None else interval[0])
    for before, after in pairwise(ordered):
        before_upper, after_lower = before[1], after[0]
        if before_upper is None or after_lower is None or before_upper > after_lower:
            return f"Step adjustment intervals cannot overlap: {_text(before)} and {_text(after)}"
        if before_upper < after_lower:
            return f"Step adjustment intervals cannot have gaps between them: {before_upper:g} to {after_lower:g}"
    return None


def _text(interval: Interval) -> str:
    lower, upper = interval
    return f"[{'-inf' if lower is None else f'{lower:g}'}, {'+inf' if upper is None else f'{upper:g}'})"

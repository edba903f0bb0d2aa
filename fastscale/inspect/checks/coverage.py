"""Does a step of the policy act wherever its alarm fires?"""

from __future__ import annotations

from collections.abc import Iterator

from fastscale.inspect.facts import Watched, largest
from fastscale.inspect.finding import Finding
from fastscale.inspect.words import number
from fastscale.plan import Alarm, Comparison, StepPolicy


def check(watched: Watched) -> Iterator[Finding]:
    """FS004."""
    if watched.plan is None:
        return
    for name in watched.alarm.policies:
        hole = _hole(watched.alarm, watched.plan.step_policy(name))
        if hole:
            yield _uncovered(watched.alarm, name, hole)


def _hole(alarm: Alarm, policy: StepPolicy) -> str | None:
    """Where the alarm is in ALARM and no step matches, in words; None when there is no such value."""
    lowers = [step.lower for step in policy.steps]
    uppers = [step.upper for step in policy.steps]
    lowest = None if None in lowers else min(lower for lower in lowers if lower is not None)
    highest = None if None in uppers else max(upper for upper in uppers if upper is not None)
    if alarm.comparison in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL):
        return _hole_above(alarm, lowest, highest)
    return _hole_below(alarm, lowest, highest)


def _hole_above(alarm: Alarm, lowest: float | None, highest: float | None) -> str | None:
    threshold = alarm.threshold
    if highest is not None and highest <= 0:
        return f"anywhere above {number(threshold)}"
    if lowest is not None and lowest > 0:
        return f"between {number(threshold)} and {number(threshold + lowest)}"
    limit = largest(alarm.metric) if alarm.metric else None
    if highest is not None and (limit is None or threshold + highest <= limit):
        return f"at {number(threshold + highest)} and above"
    return None


def _hole_below(alarm: Alarm, lowest: float | None, highest: float | None) -> str | None:
    threshold = alarm.threshold
    if lowest is not None and lowest >= 0:
        return f"anywhere below {number(threshold)}"
    if highest is not None and highest < 0:
        return f"between {number(threshold + highest)} and {number(threshold)}"
    # Below the threshold a lower bound is exclusive, so a step that ends where the metric does leaves out 0 itself.
    if lowest is not None and threshold + lowest >= 0:
        return f"at {number(threshold + lowest)} and below"
    return None


def _uncovered(alarm: Alarm, policy: str, hole: str) -> Finding:
    return Finding(
        code="FS004",
        subject=alarm.name,
        what=f"it fires {hole}, where no step of {policy} acts",
        why=f"the bounds of steps are offsets from its threshold of {number(alarm.threshold)}; outside of them "
        "Application Auto Scaling does nothing",
        fix="let the first step begin at 0 and leave the far end of the last one open",
    )

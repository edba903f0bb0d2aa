"""Does a step of the policy act wherever its alarm fires?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fastscale.inspect.bands import is_high
from fastscale.inspect.finding import Finding
from fastscale.inspect.words import number
from fastscale.plan import Alarm, Plan, StepPolicy


def check(plan: Plan) -> Iterator[Finding]:
    """FS004."""
    for alarm in plan.alarms:
        for name in alarm.policies:
            hole = _hole(alarm, plan.step_policy(name))
            if hole:
                yield _uncovered(alarm, name, hole)


def _hole(alarm: Alarm, policy: StepPolicy) -> str | None:
    """Where the alarm is in ALARM and no step matches, in words; None when there is no such value.

    The far end is no matter: AWS refuses steps that reach beyond the threshold and do not leave it open.
    """
    threshold = number(alarm.threshold)
    lowers, uppers = zip(*((step.lower, step.upper) for step in policy.steps), strict=True)
    if is_high(alarm):
        if None not in uppers:
            return f"anywhere above {threshold}"
        nearest = -math.inf if None in lowers else min(lowers)
        return f"between {threshold} and {number(alarm.threshold + nearest)}" if nearest > 0 else None
    if None not in lowers:
        return f"anywhere below {threshold}"
    nearest = math.inf if None in uppers else max(uppers)
    return f"between {number(alarm.threshold + nearest)} and {threshold}" if nearest < 0 else None


def _uncovered(alarm: Alarm, policy: str, hole: str) -> Finding:
    return Finding(
        code="FS004",
        subject=alarm.name,
        what=f"it fires {hole}, where no step of {policy} acts",
        why=f"the bounds of steps are offsets from its threshold of {number(alarm.threshold)}; outside of them "
        "Application Auto Scaling does nothing",
        fix="let the steps begin at an offset of 0 on the side where the alarm fires",
    )

"""Do alarms and policies set each other in motion?"""

from __future__ import annotations

from collections.abc import Iterator

from fastscale.decide.alarm import ACTION_REPEAT_SECONDS
from fastscale.inspect.facts import Watched
from fastscale.inspect.finding import Finding
from fastscale.plan import Plan, StepPolicy


def check_alarm(watched: Watched) -> Iterator[Finding]:
    """FS008."""
    alarm = watched.alarm
    if alarm.policies or alarm.notify:
        return
    yield Finding(
        code="FS008",
        subject=alarm.name,
        what="it does nothing when it fires",
        why="it invokes 0 policies and notifies nobody",
        fix="give it a scaling policy or a notification topic, or remove it",
    )


def check_policies(plan: Plan) -> Iterator[Finding]:
    """FS002 and FS009."""
    for policy in plan.scaling.step_policies:
        alarms = [alarm.name for alarm in plan.alarms if policy.name in alarm.policies]
        if not alarms:
            yield _never_invoked(policy)
        # Two alarms may fire at different times, so a short cooldown between them has a meaning.
        if len(alarms) == 1 and policy.cooldown_seconds < ACTION_REPEAT_SECONDS:
            yield _short_cooldown(policy, alarms[0])


def _never_invoked(policy: StepPolicy) -> Finding:
    return Finding(
        code="FS009",
        subject=policy.name,
        what="no alarm invokes this step policy, so it never acts",
        why="a step policy acts only when an alarm names it in its actions; 0 alarms do",
        fix="name the policy in an alarm's actions, or remove it",
    )


def _short_cooldown(policy: StepPolicy, alarm: str) -> Finding:
    seconds = policy.cooldown_seconds
    return Finding(
        code="FS002",
        subject=policy.name,
        what=f"a cooldown of {seconds} s does not let it act every {seconds} s",
        why=f"{alarm} alone invokes it, and while in ALARM it repeats its action every {ACTION_REPEAT_SECONDS} s only",
        fix=f"size the first step for the whole surge, or add alarms at higher thresholds; a cooldown below "
        f"{ACTION_REPEAT_SECONDS} s changes nothing",
    )

"""How moments, alarms and numbers are written for a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

#: Milestones, in the order in which they come while Pulse watches.
MILESTONES = {
    "pulse_decision": "Pulse decides",
    "trigger": "the desired count is raised",
    "breaching_metric": "the metric is above its threshold",
    "alarm": "the alarm trips",
    "alarm_trigger": "the alarm path acts, or would have",
    "running": "the first new task runs",
    "healthy": "the first new target is healthy",
    "capacity": "capacity meets demand",
}
PHASES = {
    "before": "before the surge",
    "during": "until served again",
    "after": "after that",
}

_SHARED_PREFIX = "FastScaling-"
_TASKS = re.compile(r"\(task ([0-9a-f]+)\)(?: \(task [0-9a-f]+\))+")
_ARN = re.compile(r"arn:aws[\w-]*:[^\s()]*?[:/]([\w-]+)(?:/[0-9a-f]+)?(?=[\s().,]|$)")
_TRACKING = re.compile(r"^TargetTracking-.*-(Alarm(?:High|Low))-[0-9a-f-]+$")


def clock(at: float) -> str:
    """An epoch second as the local time of day."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def offset(moment: float) -> str:
    """Seconds from the surge, with a sign."""
    return f"{moment:+.1f} s"


def seconds(value: float | None) -> str:
    """A milestone; a dash where it was not reached."""
    return "-" if value is None else f"{value:.1f}"


def milliseconds(value: float | None) -> str:
    """A latency; a dash where there was none to measure."""
    return "-" if value is None else f"{value:,.0f}"


def short_alarm(name: str) -> str:
    """An alarm's name without what all of them share; those of target tracking carry a long id."""
    tracking = _TRACKING.match(name)
    return f"TargetTracking-{tracking[1]}" if tracking else name.removeprefix(_SHARED_PREFIX)


def short_event(message: str) -> str:
    """A service event without what nobody reads: a list of tasks is its first and their number, an ARN is its name."""
    return _ARN.sub(
        r"\1", _TASKS.sub(lambda found: f"(task {found[1]} and {found[0].count('(task ') - 1} more)", message)
    )


def ordered_alarms(names: Iterable[str]) -> list[str]:
    """Alarms by their short names, so that they keep their places from look to look."""
    return sorted(names, key=short_alarm)

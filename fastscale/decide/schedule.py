"""Scheduled actions: when they are due, and what they do to the service.

Sources: Application Auto Scaling user guide, "Scheduled scaling"; API reference, PutScheduledAction (at, rate and cron
expressions, time zone, start and end time) and ScalableTargetAction (the present capacity follows the new limits).
Cooldowns do not apply.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastscale.decide import cron
from fastscale.decide.observation import ServiceState
from fastscale.errors import ExpressionError
from fastscale.plan import Schedule

_FORM = re.compile(r"(at|rate|cron)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"(\d+)\s+(minute|hour|day)s?")
_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class ScheduleSeen:
    """What a scheduled action sees: the service, and when the action was created (epoch seconds), where rates start."""

    service: ServiceState
    created_at: float


@dataclass(frozen=True, slots=True)
class ScheduleMemory:
    """Until when (epoch seconds) a scheduled action has been dealt with; for a new one, its creation."""

    done_until: float


@dataclass(frozen=True, slots=True)
class ScheduleProposal:
    """A scheduled action that is due: the limits to set, and the desired count that follows them (None: unchanged).

    ``problem`` says why AWS would refuse the limits; nothing is to be set then. The texts are worded as AWS words the
    scaling activities: one for the limits, and a second one when the desired count moves.
    """

    schedule: Schedule
    minimum: int
    maximum: int
    capacity: int | None
    problem: str | None = None

    @property
    def description(self) -> str:
        """Description of the activity that sets the limits."""
        return f"Setting {self._limits()}"

    @property
    def status_message(self) -> str:
        """StatusMessage of the activity that sets the limits."""
        return f"Successfully set {self._limits()}" if self.problem is None else f"Failed to set: {self.problem}"

    @property
    def cause(self) -> str:
        """Cause of the activity that sets the limits."""
        return f"scheduled action name {self.schedule.name} was triggered"

    @property
    def capacity_description(self) -> str:
        """Description of the activity that moves the desired count."""
        return f"Setting desired count to {self.capacity}."

    @property
    def capacity_cause(self) -> str:
        """Cause of the activity that moves the desired count."""
        side = "minimum" if self.capacity == self.minimum else "maximum"
        return f"{side} capacity was set to {self.capacity}"

    def _limits(self) -> str:
        given = (("min", self.schedule.min_capacity), ("max", self.schedule.max_capacity))
        return " and ".join(f"{side} capacity to {limit}" for side, limit in given if limit is not None)


def decide(
    schedule: Schedule, seen: ScheduleSeen, memory: ScheduleMemory, now: float
) -> tuple[ScheduleProposal | None, ScheduleMemory]:
    """What ``schedule`` does at ``now``; None when it is not due. Times that passed unseen act once, together."""
    due = next_action(schedule, memory.done_until, seen.created_at)
    if due is None or due > now:
        return None, memory
    return _act(schedule, seen.service), ScheduleMemory(now)


def next_action(schedule: Schedule, after: float, created_at: float) -> float | None:
    """The first time after ``after`` that ``schedule`` acts, within its start and end time; None when never again."""
    anchor = created_at
    if schedule.start_time is not None:
        anchor = schedule.start_time
        after = max(after, math.nextafter(schedule.start_time, -math.inf))
    due = next_fire(schedule.expression, after, schedule.time_zone, anchor)
    over = due is None or (schedule.end_time is not None and due > schedule.end_time)
    return None if over else due


def next_fire(expression: str, after: float, time_zone: str = "UTC", anchor: float = 0.0) -> float | None:
    """The first time strictly after ``after`` that ``expression`` names, in epoch seconds; None when there is none.

    ``at(2026-11-22T08:30:00)`` and ``cron(30 8 ? * MON-FRI *)`` are in ``time_zone``; ``rate(5 minutes)`` counts from
    ``anchor``. Raises ExpressionError when the expression or the time zone cannot be understood.
    """
    form = _FORM.fullmatch(expression.strip())
    if form is None:
        raise ExpressionError(f"schedule {expression!r} is not at(...), rate(...) or cron(...)")
    zone = _zone(time_zone)
    try:
        match form[1]:
            case "at":
                fire = _at(form[2], zone)
                return fire if fire > after else None
            case "rate":
                return _next_multiple(_rate_seconds(form[2]), after, anchor)
        return cron.parse(form[2]).next_after(after, zone)
    except ExpressionError as error:
        raise ExpressionError(f"schedule {expression!r}: {error}") from None


def _act(schedule: Schedule, service: ServiceState) -> ScheduleProposal:
    minimum = service.minimum if schedule.min_capacity is None else schedule.min_capacity
    maximum = service.maximum if schedule.max_capacity is None else schedule.max_capacity
    if minimum > maximum:
        problem = f"minimum capacity {minimum} is above maximum capacity {maximum}"
        return ScheduleProposal(schedule, minimum, maximum, None, problem)
    capacity = min(max(service.desired, minimum), maximum)
    return ScheduleProposal(schedule, minimum, maximum, None if capacity == service.desired else capacity)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        raise ExpressionError(f"time zone {name!r} is not an IANA name such as Asia/Seoul") from None


def _at(text: str, zone: ZoneInfo) -> float:
    try:
        moment = datetime.strptime(text.strip(), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        raise ExpressionError("at(...) needs a time such as 2026-11-22T08:30:00") from None
    return moment.timestamp()


def _rate_seconds(text: str) -> int:
    match = _RATE.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise ExpressionError("rate(...) needs a number above 0 and minutes, hours or days, such as rate(5 minutes)")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def _next_multiple(seconds: int, after: float, anchor: float) -> float:
    if after < anchor:
        return anchor
    return anchor + (math.floor((after - anchor) / seconds) + 1) * seconds

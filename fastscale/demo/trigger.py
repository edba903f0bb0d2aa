"""Who raised the desired count first, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from fastscale import names
from fastscale.demo.records import Activity, CountChange, Evidence, Model, PulseNote, Sample
from fastscale.localcloud.service import AUTO_SCALING_CLIENT

#: Activities that set the count. An overridden one set it first, and a later one set it again before ECS was done.
EFFECTIVE = ("Pending", "InProgress", "Successful", "Overridden")
#: A reason belongs to a change that came at most so many seconds after it; clocks and loops need a moment.
REASON_SECONDS = 5.0
#: How the cause of an activity begins that an alarm set off; the others follow a schedule or new limits
#: (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html).
ALARM_CAUSE = "monitor alarm "
#: A reason may bear a time a little after the change that it explains: it is written down when the answer is there.
LATE_SECONDS = 1.0


class Actor(StrEnum):
    """Who can raise the desired count."""

    PULSE = "Pulse"
    ALARMS = "the alarm path"
    LIMITS = "a change of limits"
    OTHER = "somebody"


class Trigger(Model):
    """The first raise of the desired count after the surge: ``at`` in epoch seconds, counts in tasks."""

    at: float
    actor: Actor
    before: int
    after: int
    reason: str = ""


def first_raise(evidence: Evidence, before: Sample, after: Sequence[Sample]) -> Trigger | None:
    """The first raise above the count ``before`` the surge; None when there was none.

    ``before`` is stamped with the moment of the surge, ``after`` holds the looks since. What noted the change itself
    tells best, then the scaling activities, and last a look that showed another count.
    """
    if before.desired is None:
        return None
    found = [
        *_noted(evidence, before.at, before.desired),
        *_activities(evidence, before.at, before.desired),
    ] or list(_looks(evidence, before.desired, after))
    return min(found, key=lambda trigger: trigger.at, default=None)


def alarm_path_at(evidence: Evidence, before: Sample) -> float | None:
    """When the alarm path first raised the count, or first called a policy when something else had already done so."""
    if before.desired is not None:
        found = _activities(evidence, before.at, before.desired)
        raised = [trigger.at for trigger in found if trigger.actor is Actor.ALARMS]
        if raised:
            return min(raised)
    return min((call.at for call in evidence.policy_calls if call.at >= before.at), default=None)


def actor_of(change: CountChange, activities: Sequence[Activity]) -> Actor:
    """Who hides behind the name that a client calls itself; what made Auto Scaling act, its ``activities`` tell."""
    if change.by == AUTO_SCALING_CLIENT:
        return actor_behind(_cause(activities, change.at, change.desired) or ALARM_CAUSE)
    return Actor.PULSE if change.by == names.PULSE_CONTAINER else Actor.OTHER


def actor_behind(cause: str) -> Actor:
    """Who set off a scaling activity with this ``cause``."""
    return Actor.ALARMS if cause.startswith(ALARM_CAUSE) else Actor.LIMITS


def _noted(evidence: Evidence, surge_at: float, base: int) -> Iterator[Trigger]:
    for change in evidence.count_changes:
        if change.at >= surge_at and change.desired > max(base, change.previous):
            actor = actor_of(change, evidence.activities)
            reason = _reason(evidence, actor, change.at, change.desired)
            yield Trigger(at=change.at, actor=actor, before=change.previous, after=change.desired, reason=reason)


def _activities(evidence: Evidence, surge_at: float, base: int) -> Iterator[Trigger]:
    for item in evidence.activities:
        effective = item.at >= surge_at and item.status in EFFECTIVE
        if effective and item.desired is not None and item.desired > base:
            actor = actor_behind(item.cause)
            yield Trigger(at=item.at, actor=actor, before=base, after=item.desired, reason=item.cause)


def _looks(evidence: Evidence, base: int, after: Sequence[Sample]) -> Iterator[Trigger]:
    seen = next((sample for sample in after if (sample.desired or 0) > base), None)
    if seen is not None and seen.desired is not None:
        reason = _pulse_reason(evidence.pulse, seen.at, seen.desired)
        actor = Actor.OTHER if reason is None else Actor.PULSE
        yield Trigger(at=seen.at, actor=actor, before=base, after=seen.desired, reason=reason or "")


def _reason(evidence: Evidence, actor: Actor, at: float, desired: int) -> str:
    if actor is Actor.PULSE:
        return _pulse_reason(evidence.pulse, at, desired) or ""
    return "" if actor is Actor.OTHER else _cause(evidence.activities, at, desired)


def _pulse_reason(notes: Sequence[PulseNote], at: float, desired: int) -> str | None:
    fitting = [note for note in notes if note.desired == desired and -LATE_SECONDS <= at - note.at <= REASON_SECONDS]
    return fitting[-1].reason if fitting else None


def _cause(activities: Sequence[Activity], at: float, desired: int) -> str:
    fitting = [item for item in activities if item.desired == desired and abs(at - item.at) <= REASON_SECONDS]
    return fitting[0].cause if fitting else ""

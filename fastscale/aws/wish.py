"""What of a wished desired count may be set after a last look: somebody else may have acted meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.aws.service_shapes import Counts, Limits
from fastscale.decide.pulse.observation import ServiceReading


@dataclass(frozen=True, slots=True)
class Verdict:
    """The count to set, or None and why nothing is set."""

    desired: int | None
    note: str = ""


def settle(
    wished: int, *, seen: ServiceReading, counts: Counts, limits: Limits, age_seconds: float | None = None
) -> Verdict:
    """Judge a wish for ``wished`` tasks that was decided on ``seen``.

    ``counts`` are those of this moment, and so are ``limits`` unless ``age_seconds`` says how old they are. Whoever
    raised the count meanwhile (an alarm, a schedule, an operator) keeps what they raised, and tasks are taken away only
    from a service that is as it was seen.
    """
    desired = max(limits.minimum, min(limits.maximum, wished))
    age = "" if age_seconds is None else f", as read {age_seconds:.0f} s ago"
    note = f"the limits are {limits.minimum} to {limits.maximum} tasks{age}" if desired != wished or age else ""
    if desired > seen.desired:
        return _raise(desired, counts, limits, note)
    if desired < seen.desired:
        return _lower(desired, seen, counts, limits, note, fresh=age_seconds is None)
    return Verdict(None, note or f"the desired count is {desired} already")


def _raise(desired: int, counts: Counts, limits: Limits, note: str) -> Verdict:
    if limits.out_suspended:
        return Verdict(None, "scale-out is suspended")
    if counts.desired >= desired:
        return Verdict(None, f"the desired count is {counts.desired} already")
    return Verdict(desired, note)


def _lower(desired: int, seen: ServiceReading, counts: Counts, limits: Limits, note: str, *, fresh: bool) -> Verdict:
    if not fresh:
        return Verdict(None, "the limits cannot be read now: no task is taken away")
    if limits.in_suspended:
        return Verdict(None, "scale-in is suspended")
    if counts.deploying:
        return Verdict(None, "a deployment is under way: no task is taken away")
    if counts.desired != seen.desired:
        return Verdict(None, f"somebody set the desired count to {counts.desired} meanwhile")
    return Verdict(desired, note)

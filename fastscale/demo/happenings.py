"""What changed between two looks, in words for a log. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastscale.demo.records import Sample
from fastscale.demo.words import short_alarm, short_event
from fastscale.load.records import Second


class Tone(StrEnum):
    """How a happening is shown."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class Happening:
    """Something that a person who watches wants to be told; ``at`` is an epoch second."""

    at: float
    text: str
    tone: Tone = Tone.PLAIN


_COUNTS = {
    "desired": "desired count",
    "running": "running tasks",
    "healthy": "healthy targets",
    "pulse_tasks": "running tasks of Pulse",
}
_STATE_TONES = {"ALARM": Tone.BAD, "OK": Tone.GOOD}


def changes(before: Sample | None, now: Sample) -> Iterator[Happening]:
    """Counts, alarm states, scaling activities and service events that changed since the look before."""
    if before is None:
        return
    if before.desired is not None and now.desired is None:
        yield Happening(now.at, "the AWS API does not answer", Tone.BAD)
    if before.desired is None and now.desired is not None:
        yield Happening(now.at, "the AWS API answers", Tone.GOOD)
    for name, state in (now.alarms or {}).items():
        old = (before.alarms or {}).get(name)
        if old is not None and old != state:
            yield Happening(now.at, f"alarm {short_alarm(name)}: {old} → {state}", _STATE_TONES.get(state, Tone.PLAIN))
    yield from _written(before, now)
    for field, words in _COUNTS.items():
        old_count, new_count = getattr(before, field), getattr(now, field)
        if None not in (old_count, new_count) and old_count != new_count:
            tone = Tone.GOOD if new_count > old_count else Tone.PLAIN
            yield Happening(now.at, f"{words} {old_count} → {new_count}", tone)


def _written(before: Sample, now: Sample) -> Iterator[Happening]:
    """What Pulse, Application Auto Scaling and ECS wrote down since."""
    if now.pulse and now.pulse.desired is not None and now.pulse != before.pulse:
        yield Happening(now.pulse.at, f"Pulse: {now.pulse.reason}")
    if now.activity and (before.activity is None or now.activity.at != before.activity.at):
        yield Happening(now.at, f"scaling: {now.activity.description} {now.activity.cause}")
    if now.event and now.event != before.event:
        yield Happening(now.at, f"ECS: {short_event(now.event.message)}")


def troubles(before: Second | None, now: Second) -> Iterator[Happening]:
    """Requests that begin or cease to fail, and a generator that cannot keep up."""
    at = now.second + 1
    failed_before = before is not None and before.failures > 0
    if now.failures and not failed_before:
        kinds = ", ".join(f"{count} {kind.value.replace('_', ' ')}" for kind, count in now.failed.items())
        yield Happening(at, f"requests begin to fail: {kinds} in one second", Tone.BAD)
    if failed_before and not now.failures:
        yield Happening(at, "requests no longer fail", Tone.GOOD)
    if now.lagging and not (before and before.lagging):
        yield Happening(at, f"the load generator is {now.lag_ms:.0f} ms late: latencies include that", Tone.BAD)
    if now.limited and not (before and before.limited):
        yield Happening(at, f"{now.in_flight} requests in flight: more are not sent and count as failed", Tone.BAD)

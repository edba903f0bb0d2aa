"""What is on record of a run, in one order of time: alarms, scaling activities, service events, Pulse. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastscale.demo.records import Activity, AlarmChange, PulseNote, ServiceEvent
from fastscale.demo.words import short_alarm, short_event


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when (epoch seconds), which of AWS's records it comes from, what it says, and why if it says so."""

    at: float
    source: str
    text: str
    cause: str = ""


def chronicle(
    alarm_changes: Sequence[AlarmChange],
    activities: Sequence[Activity],
    service_events: Sequence[ServiceEvent],
    pulse: Sequence[PulseNote] = (),
) -> list[Entry]:
    """All of them, the earliest first."""
    entries = [*_alarms(alarm_changes), *_activities(activities), *_events(service_events), *_pulse(pulse)]
    return sorted(entries, key=lambda entry: entry.at)


def _alarms(changes: Sequence[AlarmChange]) -> Iterator[Entry]:
    for change in changes:
        yield Entry(change.at, "alarm", f"{short_alarm(change.alarm)} → {change.state}")


def _activities(activities: Sequence[Activity]) -> Iterator[Entry]:
    for activity in activities:
        status = "" if activity.status == "Successful" else f" ({activity.status})"
        yield Entry(activity.at, "scaling", f"{activity.description}{status}", activity.cause)


def _events(events: Sequence[ServiceEvent]) -> Iterator[Entry]:
    for event in events:
        yield Entry(event.at, "ECS", short_event(event.message))


def _pulse(notes: Sequence[PulseNote]) -> Iterator[Entry]:
    """Each decision once: Pulse writes it down when it is made, and again when the count is set."""
    for note in dict.fromkeys(notes):
        wish = "leaves the count" if note.desired is None else f"wants {note.desired} tasks"
        yield Entry(note.at, "Pulse", f"{note.move}: {wish}", note.reason)

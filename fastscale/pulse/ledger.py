"""What was decided lately and why, for the people who ask: one entry for each new reason and each change."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

from fastscale.ports import Change, Record

#: Entries kept for each service.
KEPT = 50
#: Entries shown at most: an answer of some 500 kB.
SHOWN = 1000
#: Reasons are the same when they differ in these only.
_NUMBERS = re.compile(r"[+-]?\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One decision, made alike from ``at`` until ``until`` (seconds since 1970).

    ``desired`` and ``serving`` tasks and ``rate`` requests/s are those of its last time, None where unknown.
    ``wanted`` is what was decided, ``set`` what became of it, ``note`` why that differs.
    """

    service: str
    at: float
    until: float
    move: str
    reason: str
    desired: int | None = None
    serving: int | None = None
    starting: int | None = None
    rate: float | None = None
    wanted: int | None = None
    set: int | None = None
    note: str = ""
    dry_run: bool = False
    acting: bool = True

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def kind(entry: Entry) -> tuple[str, str]:
    """What makes two decisions alike: everything but the numbers in their reason."""
    return entry.move, _NUMBERS.sub("#", entry.reason)


class Ledger:
    """Keeps the last entries of each service. Safe to use from several threads."""

    def __init__(self, services: Iterable[str]) -> None:
        self._entries: dict[str, deque[Entry]] = {service: deque(maxlen=KEPT) for service in services}
        self._last_kind: dict[str, tuple[str, str]] = {}
        self._lock = Lock()

    def add(self, record: Record) -> Entry | None:
        """Note a decision; the entry when it is of a new kind, None when it only goes on."""
        entry = _entry(record)
        entry_kind = kind(entry)
        with self._lock:
            entries = self._entries[record.service]
            if self._last_kind.get(record.service) == entry_kind:
                last = entries[-1]
                entries[-1] = replace(entry, at=last.at, set=last.set, note=last.note)
                return None
            entries.append(entry)
            self._last_kind[record.service] = entry_kind
            return entry

    def changed(self, record: Record, change: Change) -> Entry:
        """Note what became of a decision; the entry."""
        entry = replace(_entry(record), set=change.desired, note=change.note)
        with self._lock:
            entries = self._entries[record.service]
            for place in range(len(entries) - 1, -1, -1):
                if entries[place].at <= record.at and kind(entries[place]) == kind(entry):
                    entries[place] = replace(entries[place], set=change.desired, note=change.note)
                    break
        return entry

    def entries(self, service: str | None = None) -> list[Entry]:
        """The newest entries of all services, at most :data:`SHOWN`, or all of one service; oldest first."""
        with self._lock:
            chosen = [service] if service is not None else list(self._entries)
            found = [entry for name in chosen for entry in self._entries.get(name, ())]
        return sorted(found, key=lambda entry: entry.at)[-SHOWN:]


def _entry(record: Record) -> Entry:
    reading = record.view.reading if record.view is not None else None
    load = record.round.load if record.round is not None else None
    return Entry(
        service=record.service,
        at=record.at,
        until=record.at,
        move=record.decision.move.value,
        reason=record.decision.reason,
        desired=reading.desired if reading else None,
        serving=reading.serving if reading else None,
        starting=len(reading.starting) if reading else None,
        rate=load.rate if load else None,
        wanted=record.decision.desired,
        dry_run=record.dry_run,
        acting=record.acting,
    )

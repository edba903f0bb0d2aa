"""Tells everybody who wants to know what a tick found: metrics, the log, and the ledger of decisions."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import Any

from fastscale.ports import Change, Clock, Record
from fastscale.pulse.exposition import OwnMetrics
from fastscale.pulse.ledger import Entry, Ledger, kind
from fastscale.pulse.publisher import Publisher

#: The decisions of a controller, one JSON line each.
log = logging.getLogger("fastscale.pulse.decisions")

#: A reason that comes and goes is logged once in so many seconds.
LOG_AGAIN_SECONDS = 60.0


@dataclass(slots=True)
class Heart:
    """When the loop last ticked, by the monotonic clock; None before its first tick."""

    beat_at: float | None = None


class Reporter:
    """A :class:`fastscale.ports.MetricSink`; everything it does is quick, and in memory."""

    def __init__(self, ledger: Ledger, own: OwnMetrics, publisher: Publisher, heart: Heart, *, clock: Clock) -> None:
        self._ledger = ledger
        self._own = own
        self._publisher = publisher
        self._heart = heart
        self._clock = clock
        self._logged: dict[tuple[str, str, str], float] = {}

    def record(self, record: Record) -> None:
        """One service at one tick."""
        self._own.add(record)
        self._publisher.add(record)
        entry = self._ledger.add(record)
        if entry is not None and self._is_new(entry):
            log.info("%s", entry.reason, extra={"event": _fields("decision", entry)})

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision."""
        self._own.changed(record, change)
        self._publisher.changed(record, change)
        entry = self._ledger.changed(record, change)
        if change.desired is not None:
            log.info("desired count %s -> %s", entry.desired, entry.set, extra={"event": _fields("change", entry)})
        elif self._is_new(entry):
            log.info("not set: %s", change.note, extra={"event": _fields("no change", entry)})

    def ticked(self, now: float, seconds: float) -> None:
        """One tick over all services ended."""
        self._heart.beat_at = self._clock.monotonic()
        self._own.ticked(seconds)

    def published_for_seconds(self, service: str) -> int | None:
        """How long tasks may leave publishing to us."""
        return self._publisher.promise(service)

    def _is_new(self, entry: Entry) -> bool:
        now = self._clock.monotonic()
        move, reason = kind(entry)
        key = (entry.service, move, f"{reason} {entry.note}")
        if now - self._logged.get(key, float("-inf")) < LOG_AGAIN_SECONDS:
            return False
        self._logged = {old: at for old, at in self._logged.items() if now - at < LOG_AGAIN_SECONDS} | {key: now}
        return True


def _fields(event: str, entry: Entry) -> dict[str, Any]:
    """What a JSON line holds: all that is known, nothing that is not."""
    return {"event": event, **{name: value for name, value in asdict(entry).items() if value not in (None, "")}}

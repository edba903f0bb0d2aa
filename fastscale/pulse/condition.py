"""How Pulse itself is doing, for CloudWatch: decision latency, failed reads, share of tasks read, and a heartbeat."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.decide.pulse.observation import PulseMove
from fastscale.ports import Change, Record
from fastscale.pulse.window import Datum

logger = logging.getLogger(__name__)

#: Changes may fail for so long (seconds) before the heart stops: throttling is over by then, missing rights are not.
VAIN_SECONDS = 60.0


@dataclass(slots=True)
class _Statistics:
    """What CloudWatch takes instead of many values."""

    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least = min(self.least, value)
        self.most = max(self.most, value)

    def as_shape(self) -> dict[str, float]:
        return {"SampleCount": self.count, "Sum": self.total, "Minimum": self.least, "Maximum": self.most}


@dataclass(slots=True)
class _Wishes:
    """Whether what is wanted comes to pass. ``open`` is the newest wish whose outcome is not known yet.

    ``vain_since`` (seconds since 1970) is when something was wanted first of what is wanted still, and no change has
    worked since; None when nothing is wanted, or the last change worked.
    """

    open: Record | None = None
    vain_since: float | None = None

    def add(self, record: Record) -> None:
        """One more tick. While a wish is being carried out, a tick that has none says nothing."""
        if record.acting and record.decision.desired is not None:
            self.open = record
            if self.vain_since is None:
                self.vain_since = record.at
        elif self.open is None:
            self.vain_since = None

    def changed(self, record: Record, change: Change) -> None:
        """What became of a wish; a newer one may be open."""
        if record is self.open:
            self.open = None
        if change.desired is not None:
            self.vain_since = None if self.open is None else self.open.at

    def in_vain(self, now: float) -> bool:
        """Whether everything that was wanted for longer than :data:`VAIN_SECONDS` failed."""
        return self.vain_since is not None and now - self.vain_since > VAIN_SECONDS


class Condition:
    """Collects the ticks of one service until it is closed. Not thread-safe."""

    def __init__(self, service: str) -> None:
        known = ServiceId.of(service)
        self._service = service
        self._wishes = _Wishes()
        self._vain = False
        self._dimensions = [
            {"Name": names.DIMENSION_CLUSTER, "Value": known.cluster},
            {"Name": names.DIMENSION_SERVICE, "Value": known.name},
        ]
        self._begin()

    def add(self, record: Record) -> None:
        """One more tick."""
        if _is_watched(record):
            self._watched = True
        self._wishes.add(record)
        self._latency.add(1000 * record.seconds)
        if record.round is None:
            return
        self._failures.add(record.round.asked - record.round.answered)
        if record.view is not None and record.view.targets:
            self._shares.add(record.round.answered / len(record.view.targets))

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision."""
        self._wishes.changed(record, change)

    def close(self, end: float) -> list[Datum]:
        """The metrics until ``end`` (seconds since 1970), and begin anew.

        The heart beats when the service was watched at least once, and not while all that is wanted fails: its alarm
        says that nobody but the alarms scales it.
        """
        heartbeat = _Statistics()
        if self._watched and not self._is_vain(end):
            heartbeat.add(1.0)
        found = [
            (names.PULSE_HEARTBEAT, "Count", heartbeat),
            (names.PULSE_DECISION_LATENCY, "Milliseconds", self._latency),
            (names.PULSE_SCRAPE_FAILURES, "Count", self._failures),
            (names.PULSE_SAMPLED_SHARE, "None", self._shares),
        ]
        self._begin()
        return [
            {
                "MetricName": name,
                "Dimensions": self._dimensions,
                "Timestamp": datetime.fromtimestamp(end, UTC),
                "StatisticValues": statistics.as_shape(),
                "Unit": unit,
            }
            for name, unit, statistics in found
            if statistics.count
        ]

    def _is_vain(self, now: float) -> bool:
        """Whether no change works any more; it is logged when that begins."""
        before, self._vain = self._vain, self._wishes.in_vain(now)
        if self._vain and not before:
            logger.error("%s: no change has worked for %g s: its heartbeat stops", self._service, VAIN_SECONDS)
        return self._vain

    def _begin(self) -> None:
        self._watched = False
        self._latency, self._failures, self._shares = _Statistics(), _Statistics(), _Statistics()


def _is_watched(record: Record) -> bool:
    """Whether Pulse could have acted if there was need: it saw enough, and it holds the lease (a dry run needs none).

    A service that is meant to have no task has no load that could be seen.
    """
    if not (record.acting or record.dry_run):
        return False
    empty = record.view is not None and record.view.reading.desired == 0
    return record.decision.move is not PulseMove.BLIND or empty

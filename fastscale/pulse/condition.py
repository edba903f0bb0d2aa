"""How Pulse itself is doing, for CloudWatch: decision latency, failed reads, share of tasks read, and a heartbeat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.decide.pulse.observation import PulseMove
from fastscale.ports import Record
from fastscale.pulse.window import Datum


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


class Condition:
    """Collects the ticks of one service until it is closed. Not thread-safe."""

    def __init__(self, service: str) -> None:
        known = ServiceId.of(service)
        self._dimensions = [
            {"Name": names.DIMENSION_CLUSTER, "Value": known.cluster},
            {"Name": names.DIMENSION_SERVICE, "Value": known.name},
        ]
        self._begin()

    def add(self, record: Record) -> None:
        """One more tick."""
        if _is_watched(record):
            self._watched = True
        self._latency.add(1000 * record.seconds)
        if record.round is None:
            return
        self._failures.add(record.round.asked - record.round.answered)
        if record.view is not None and record.view.targets:
            self._shares.add(record.round.answered / len(record.view.targets))

    def close(self, end: float) -> list[Datum]:
        """The metrics until ``end`` (seconds since 1970), and begin anew.

        The heart beats when the service was watched at least once: its alarm says that nobody but the alarms scales it.
        """
        heartbeat = _Statistics()
        if self._watched:
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

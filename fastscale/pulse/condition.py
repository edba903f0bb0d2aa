"""How Pulse itself is doing, for CloudWatch: decision latency, failed reads, share of tasks read, and a heartbeat."""

from __future__ import annotations

from datetime import UTC, datetime

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.ports import Record
from fastscale.pulse.window import Datum


class Condition:
    """Collects the ticks of one service until it is closed. Not thread-safe."""

    def __init__(self, service: str) -> None:
        known = ServiceId.of(service)
        self._dimensions = [
            {"Name": names.DIMENSION_CLUSTER, "Value": known.cluster},
            {"Name": names.DIMENSION_SERVICE, "Value": known.name},
        ]
        self._latencies: list[float] = []
        self._failures = 0
        self._shares: list[float] = []

    def add(self, record: Record) -> None:
        """One more tick."""
        self._latencies.append(1000 * record.seconds)
        if record.round is None:
            return
        self._failures += record.round.asked - record.round.answered
        if record.view is not None and record.view.targets:
            self._shares.append(record.round.answered / len(record.view.targets))

    def close(self, end: float) -> list[Datum]:
        """The metrics until ``end`` (seconds since 1970), and begin anew. No tick, no heartbeat."""
        latencies, failures, shares = self._latencies, self._failures, self._shares
        self._latencies, self._failures, self._shares = [], 0, []
        if not latencies:
            return []
        datums = [
            self._datum(names.PULSE_HEARTBEAT, "Count", [1.0], end),
            self._datum(names.PULSE_DECISION_LATENCY, "Milliseconds", latencies, end),
            self._datum(names.PULSE_SCRAPE_FAILURES, "Count", [float(failures)], end),
        ]
        return [*datums, self._datum(names.PULSE_SAMPLED_SHARE, "None", shares, end)] if shares else datums

    def _datum(self, name: str, unit: str, values: list[float], end: float) -> Datum:
        """Many values become their statistics: one a second for many services would make large requests."""
        statistics = {
            "SampleCount": float(len(values)),
            "Sum": sum(values),
            "Minimum": min(values),
            "Maximum": max(values),
        }
        return {
            "MetricName": name,
            "Dimensions": self._dimensions,
            "Timestamp": datetime.fromtimestamp(end, UTC),
            "StatisticValues": statistics,
            "Unit": unit,
        }

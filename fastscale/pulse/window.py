"""What a service's tasks did in an interval, as the metrics that its alarms know.

The same four metrics that fastscale's meter publishes from within each task, in one call for all tasks: a metric has
one value for each task that was read, so that the Average is the load per task, as it is when tasks publish themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median_low
from typing import Any

from fastscale import names
from fastscale.ports import LoadRound, Target, TaskLoad

Datum = dict[str, Any]

#: Values that one datum may hold (CloudWatch API reference, MetricDatum, Values).
VALUES_A_DATUM = 150


@dataclass(slots=True)
class _Total:
    """One task over the interval."""

    seconds: float = 0.0
    arrivals: float = 0.0
    responses: float = 0.0
    response_seconds: float = 0.0
    in_progress: float | None = None

    def add(self, load: TaskLoad) -> None:
        self.seconds += load.seconds
        self.arrivals += load.arrivals
        self.responses += load.responses or 0.0
        self.response_seconds += load.response_seconds or 0.0
        self.in_progress = load.in_progress


class LoadWindow:
    """Collects the rounds of one service until it is closed. Not thread-safe."""

    def __init__(self, dimensions: Mapping[str, str]) -> None:
        self._dimensions = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        self._totals: dict[Target, _Total] = {}
        self._requests = 0.0
        self._speaks_for = 0
        self._on_their_way = 0

    def add(self, seen: LoadRound, on_their_way: int = 0) -> None:
        """One more round. So many tasks ``on_their_way`` count with no load: an alarm will act on them, too."""
        self._on_their_way = on_their_way
        for load in seen.tasks:
            total = self._totals.get(load.target)
            if total is None:
                total = self._totals[load.target] = _Total()
            total.add(load)
        seconds = sum(load.seconds for load in seen.tasks)
        if seconds > 0:
            self._speaks_for = _spoken_for(seen)
            rate = sum(load.arrivals for load in seen.tasks) / seconds
            self._requests += self._speaks_for * rate * median_low(load.seconds for load in seen.tasks)

    def close(self, end: float) -> list[Datum]:
        """The metrics of the interval up to ``end`` (seconds since 1970), and begin the next; none if unread."""
        totals = [total for total in self._totals.values() if total.seconds > 0]
        requests = self._requests
        self._totals, self._requests = {}, 0.0
        if not totals:
            return []
        rates = [total.arrivals / total.seconds for total in totals] + [0.0] * self._on_their_way
        times = [1000 * total.response_seconds / total.responses for total in totals if total.responses > 0]
        active = [max(0.0, total.in_progress) for total in totals if total.in_progress is not None]
        return [
            *self._datums(names.REQUESTS_PER_SECOND, "Count/Second", rates, end),
            *self._datums(names.AVERAGE_RESPONSE_TIME, "Milliseconds", times, end),
            *self._datums(names.ACTIVE_CONNECTIONS, "Count", active, end),
            self._datum(names.TOTAL_REQUESTS, "Count", [requests / self._speaks_for], end)
            | {"Counts": [float(self._speaks_for)]},
        ]

    def _datums(self, name: str, unit: str, values: list[float], end: float) -> Iterable[Datum]:
        for first in range(0, len(values), VALUES_A_DATUM):
            yield self._datum(name, unit, values[first : first + VALUES_A_DATUM], end)

    def _datum(self, name: str, unit: str, values: list[float], end: float) -> Datum:
        datum: Datum = {
            "MetricName": name,
            "Timestamp": datetime.fromtimestamp(end, UTC),
            "Values": values,
            "Unit": unit,
            "StorageResolution": 1,
        }
        return datum | {"Dimensions": self._dimensions} if self._dimensions else datum


def _spoken_for(seen: LoadRound) -> int:
    """Whose requests are published: tasks that were not read count as the average of those that were.

    A task that no promise reached publishes for itself, so it is left out. Before any promise, Pulse speaks for all.
    """
    serving = seen.load.tasks_serving if seen.load is not None else 0
    return max(serving if seen.silenced is None else seen.silenced, len(seen.tasks))

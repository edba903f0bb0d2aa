"""What Pulse would do, told beside what Application Auto Scaling did."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.calls import NO_ANSWER
from fastscale.aws.shapes import epoch
from fastscale.loops import run_every
from fastscale.ports import Change, MetricSink, Record

logger = logging.getLogger(__name__)

#: How often the scaling activities are asked for, in seconds.
ACTIVITIES_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened or would have: ``at`` is in seconds since 1970, ``who`` is ``pulse`` or ``alarms``."""

    at: float
    who: str
    service: str
    text: str


Tell = Callable[[Line], None]


class Listener:
    """Passes everything on to ``sink``, and tells each new count that Pulse would set."""

    def __init__(self, sink: MetricSink, tell: Tell) -> None:
        self._sink = sink
        self._tell = tell
        self._told: dict[str, tuple[str, int | None]] = {}

    def record(self, record: Record) -> None:
        """One service at one tick."""
        self._sink.record(record)
        decision = record.decision
        told = (decision.move.value, decision.desired)
        if told == self._told.get(record.service):
            return
        self._told[record.service] = told
        if decision.desired is None or record.view is None:
            text = f"{decision.move.value}: {decision.reason}"
        else:
            text = f"would set {record.view.reading.desired} -> {decision.desired}: {decision.reason}"
        self._tell(Line(record.at, "pulse", record.service, text))

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision."""
        self._sink.changed(record, change)

    def ticked(self, now: float, seconds: float) -> None:
        """One tick over all services ended."""
        self._sink.ticked(now, seconds)

    def published_for_seconds(self, service: str) -> int | None:
        """How long tasks may leave publishing to us."""
        return self._sink.published_for_seconds(service)


class Activities:
    """Tells the scaling activities of services that start after ``since`` (seconds since 1970), each once.

    Needs application-autoscaling:DescribeScalingActivities.
    """

    def __init__(self, client: Any, services: Sequence[str], *, since: float, tell: Tell) -> None:
        self._client = client
        self._services = services
        self._since = since
        self._tell = tell
        self._told: set[str] = set()
        self._cause = ""

    def run(self, stop: Event) -> None:
        """Look until ``stop`` is set, and once more then."""
        run_every(ACTIVITIES_SECONDS, self.look, stop, name="scaling activities")
        self.look()

    def look(self) -> None:
        """Tell what is new. What AWS refuses is logged once, and asked for again at the next look."""
        try:
            for line in [line for service in self._services for line in self._new(service)]:
                self._tell(line)
        except (ClientError, *NO_ANSWER) as error:
            if str(error) != self._cause:
                logger.warning("the scaling activities cannot be read: %s", error)
            self._cause = str(error)

    def _new(self, service: str) -> Iterator[Line]:
        answer = self._client.describe_scaling_activities(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS, ResourceId=service
        )
        for activity in sorted(answer["ScalingActivities"], key=lambda one: epoch(one["StartTime"]) or 0.0):
            at = epoch(activity["StartTime"])
            if at is not None and at >= self._since and activity["ActivityId"] not in self._told:
                self._told.add(activity["ActivityId"])
                yield Line(at, "alarms", service, f"{activity['Description']} {activity.get('Cause', '')}".strip())

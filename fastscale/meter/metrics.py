"""Which metrics an interval becomes, with CloudWatch's units. The same for every route.

The four of :data:`STANDARD` are always there; the others are extra metrics, each at the price of one, when
``detail`` is asked for. A metric without a value (no response ended in the interval) is left out rather than sent
as 0.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from fastscale import names
from fastscale.meter.interval import Interval

COUNT = "Count"
COUNT_PER_SECOND = "Count/Second"
MILLISECONDS = "Milliseconds"

RESPONSE_TIME_P50 = "ResponseTimeP50"
RESPONSE_TIME_P90 = "ResponseTimeP90"
RESPONSE_TIME_P99 = "ResponseTimeP99"
PEAK_CONNECTIONS = "PeakConnections"
CLIENT_ERRORS = "ClientErrors"
SERVER_ERRORS = "ServerErrors"
DISCONNECTS = "Disconnects"
QUEUE_TIME = "QueueTime"
QUEUE_TIME_P99 = "QueueTimeP99"

#: Name -> unit of the metrics that are always published.
STANDARD = {
    names.REQUESTS_PER_SECOND: COUNT_PER_SECOND,
    names.AVERAGE_RESPONSE_TIME: MILLISECONDS,
    names.ACTIVE_CONNECTIONS: COUNT,
    names.TOTAL_REQUESTS: COUNT,
}
#: Name -> unit of the metrics that ``detail`` adds.
DETAIL = {
    RESPONSE_TIME_P50: MILLISECONDS,
    RESPONSE_TIME_P90: MILLISECONDS,
    RESPONSE_TIME_P99: MILLISECONDS,
    PEAK_CONNECTIONS: COUNT,
    CLIENT_ERRORS: COUNT,
    SERVER_ERRORS: COUNT,
    DISCONNECTS: COUNT,
    QUEUE_TIME: MILLISECONDS,
    QUEUE_TIME_P99: MILLISECONDS,
}


def default_namespace() -> str:
    """Where metrics go unless told otherwise: into ``METER_NAMESPACE``, which fast scaling sets for the tasks that it
    adopts, because their alarms watch that namespace and their role may publish to no other.
    """
    return os.environ.get(names.METER_ENV_NAMESPACE) or names.NAMESPACE


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric's value in one interval."""

    name: str
    unit: str
    value: float


def measurements(interval: Interval, *, detail: bool = False) -> list[Measurement]:
    """The metrics of ``interval`` that have a value."""
    values = _standard(interval)
    if detail:
        values |= _detail(interval)
    units = STANDARD | DETAIL
    return [Measurement(name, units[name], value) for name, value in values.items() if value is not None]


def _standard(interval: Interval) -> dict[str, float | None]:
    return {
        names.REQUESTS_PER_SECOND: interval.requests_per_second,
        names.AVERAGE_RESPONSE_TIME: _milliseconds(interval.responses.average),
        names.ACTIVE_CONNECTIONS: max(0, interval.active),
        names.TOTAL_REQUESTS: interval.arrived,
    }


def _detail(interval: Interval) -> dict[str, float | None]:
    p50, p90, p99 = interval.responses.quantiles(0.5, 0.9, 0.99) or (None, None, None)
    (queue_p99,) = interval.queue.quantiles(0.99) or (None,)
    return {
        RESPONSE_TIME_P50: _milliseconds(p50),
        RESPONSE_TIME_P90: _milliseconds(p90),
        RESPONSE_TIME_P99: _milliseconds(p99),
        PEAK_CONNECTIONS: interval.peak,
        CLIENT_ERRORS: interval.client_errors,
        SERVER_ERRORS: interval.server_errors,
        DISCONNECTS: interval.disconnects,
        QUEUE_TIME: _milliseconds(interval.queue.average),
        QUEUE_TIME_P99: _milliseconds(queue_p99),
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000

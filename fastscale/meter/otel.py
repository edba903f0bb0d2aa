"""The OpenTelemetry route: any meter provider, and so any exporter that one has.

Instruments take values of now, so an interval that was late loses its own timestamp here; counters stay exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import fastscale
from fastscale.meter.interval import Interval

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

_QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


class OpenTelemetrySink:
    """Feeds ``provider``: counters `fastscale.requests` and `fastscale.failures` (attribute `class`), and gauges.

    The gauges are `fastscale.rate` (requests/s), `fastscale.active` and `fastscale.peak` (requests),
    `fastscale.response_time` and `fastscale.queue_time` (ms, attribute `statistic`: average, p50, p90, p99).
    """

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("fastscale.meter", fastscale.__version__)
        self._requests = meter.create_counter("fastscale.requests", "{request}", "Requests that arrived")
        self._failures = meter.create_counter("fastscale.failures", "{request}", "Requests that failed, by class")
        self._rate = meter.create_gauge("fastscale.rate", "{request}/s", "Arrivals per second")
        self._active = meter.create_gauge("fastscale.active", "{request}", "Requests in progress")
        self._peak = meter.create_gauge("fastscale.peak", "{request}", "The most requests in progress at a time")
        self._response_time = meter.create_gauge("fastscale.response_time", "ms", "Response time")
        self._queue_time = meter.create_gauge("fastscale.queue_time", "ms", "Wait before the process")

    def send(self, intervals: Sequence[Interval]) -> None:
        """Add up the counts; the gauges show the last interval."""
        for interval in intervals:
            self._requests.add(interval.arrived)
            self._failures.add(interval.client_errors, {"class": "4xx"})
            self._failures.add(interval.server_errors, {"class": "5xx"})
            self._failures.add(interval.disconnects, {"class": "disconnect"})
        last = intervals[-1]
        self._rate.set(last.requests_per_second)
        self._active.set(max(0, last.active))
        self._peak.set(last.peak)
        for gauge, times in ((self._response_time, last.responses), (self._queue_time, last.queue)):
            found = dict(zip(_QUANTILES, times.quantiles(*_QUANTILES.values()) or (), strict=False))
            if times.average is not None:
                found["average"] = times.average
            for statistic, seconds in found.items():
                gauge.set(seconds * 1000, {"statistic": statistic})

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from fastscale.meter import Interval, OpenTelemetrySink
from fastscale.meter.distribution import Distribution


def test_any_meter_provider_gets_counters_and_gauges() -> None:
    reader = InMemoryMetricReader()
    sink = OpenTelemetrySink(MeterProvider(metric_readers=[reader]))
    early = Interval(end=5, seconds=5, arrived=100, server_errors=1)
    late = Interval(end=10, seconds=5, arrived=50, active=3, peak=9, responses=Distribution([0.2] * 50))
    sink.send([early])
    sink.send([late])

    data = reader.get_metrics_data()
    assert data
    found = {
        (metric.name, "".join(str(value) for value in (point.attributes or {}).values())): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    assert found["fastscale.requests", ""] == 150
    assert found["fastscale.failures", "5xx"] == 1
    assert found["fastscale.rate", ""] == 10
    assert (found["fastscale.active", ""], found["fastscale.peak", ""]) == (3, 9)
    assert found["fastscale.response_time", "average"] == pytest.approx(200)
    assert found["fastscale.response_time", "p99"] == pytest.approx(200, rel=0.01)
    assert ("fastscale.queue_time", "average") not in found

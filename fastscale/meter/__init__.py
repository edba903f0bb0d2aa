"""A request meter that any web service can carry.

::

    from fastscale.meter import CloudWatchSink, Meter, MeterMiddleware

    app.add_middleware(MeterMiddleware, meter=Meter(CloudWatchSink()), prometheus_path="/metrics")

Importing this package loads neither boto3 nor pydantic, and starts nothing.
"""

from fastscale.meter.asgi import MeterMiddleware
from fastscale.meter.cloudwatch import CloudWatchSink
from fastscale.meter.ecs import task_dimensions
from fastscale.meter.emf import EmfSink
from fastscale.meter.interval import Interval
from fastscale.meter.meter import HEALTH_PATHS, Meter
from fastscale.meter.otel import OpenTelemetrySink
from fastscale.meter.publisher import Snapshot
from fastscale.meter.sink import RejectedError, SendError, Sink
from fastscale.meter.wsgi import MeterWsgi

__all__ = [
    "HEALTH_PATHS",
    "CloudWatchSink",
    "EmfSink",
    "Interval",
    "Meter",
    "MeterMiddleware",
    "MeterWsgi",
    "OpenTelemetrySink",
    "RejectedError",
    "SendError",
    "Sink",
    "Snapshot",
    "task_dimensions",
]

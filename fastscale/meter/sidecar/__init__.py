"""The meter for services in other languages: reads their own counters and publishes the same metrics."""

from fastscale.meter.sidecar.reading import Reading, SourceError
from fastscale.meter.sidecar.sidecar import Sidecar
from fastscale.meter.sidecar.sources import ENVOY, PrometheusNames, envoy, nginx, prometheus

__all__ = ["ENVOY", "PrometheusNames", "Reading", "Sidecar", "SourceError", "envoy", "nginx", "prometheus"]

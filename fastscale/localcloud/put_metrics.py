"""PutMetricData for the parts of the local cloud that publish what AWS publishes by itself."""

from __future__ import annotations

from typing import Any, Protocol

from fastscale.localcloud.backstage import api_errors


class MetricApi(Protocol):
    """CloudWatch's PutMetricData."""

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        """Send metric data."""
        ...


class BotoMetrics:
    """MetricApi on a boto3 client of ``cloudwatch``."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        """PutMetricData. Raises ApiUnavailableError."""
        with api_errors():
            self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

"""The embedded metric format: metrics as log lines, which CloudWatch Logs turns into metrics.

It needs no API call and no permission beyond the container's log driver, and costs about a thirtieth of PutMetricData.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from fastscale.meter.dimensions import Dimensions, DimensionSource
from fastscale.meter.interval import Interval
from fastscale.meter.metrics import default_namespace, measurements
from fastscale.meter.sink import SendError


class EmfSink:
    """Writes each interval as one line to ``stream``, standard output unless given.

    ``namespace``, ``dimensions`` and ``detail`` are those of :class:`fastscale.meter.cloudwatch.CloudWatchSink`.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        namespace: str | None = None,
        dimensions: DimensionSource = None,
        detail: bool = False,
    ) -> None:
        self._stream = stream
        self._namespace = namespace or default_namespace()
        self._dimensions = Dimensions(dimensions)
        self._detail = detail

    @property
    def has_dimensions(self) -> bool:
        """Whether its metrics have dimensions."""
        return self._dimensions.given

    def send(self, intervals: Sequence[Interval]) -> None:
        """One write for all lines, so that they do not mix with those of other threads."""
        dimensions = self._dimensions.find()
        lines = [emf_line(interval, self._namespace, dimensions, detail=self._detail) for interval in intervals]
        stream = self._stream or sys.stdout
        try:
            stream.write("".join(f"{line}\n" for line in lines))
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise SendError("stdout", f"cannot write metrics to the log: {error}") from error


def emf_line(interval: Interval, namespace: str, dimensions: Mapping[str, str], *, detail: bool = False) -> str:
    """``interval`` as one JSON document without a line break."""
    found = measurements(interval, detail=detail)
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": item.name, "Unit": item.unit, "StorageResolution": 1} for item in found],
    }
    document = {
        "_aws": {"Timestamp": round(interval.end * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        **{item.name: item.value for item in found},
    }
    return json.dumps(document, separators=(",", ":"))

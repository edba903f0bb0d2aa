"""The CloudWatch route: one PutMetricData call per interval, at one-second resolution.

boto3 is imported when the first interval is sent, in the background, so that it delays neither the import of the
application nor its first request.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from fastscale.meter.dimensions import Dimensions, DimensionSource
from fastscale.meter.interval import Interval
from fastscale.meter.metrics import default_namespace, measurements
from fastscale.meter.sink import RejectedError, SendError

if TYPE_CHECKING:
    from boto3 import Session

#: PutMetricData: these say that the request itself is wrong, so that sending it again cannot help
#: (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html#API_PutMetricData_Errors).
_HOPELESS = frozenset(
    {"InvalidParameterCombination", "InvalidParameterValue", "InvalidFormat", "MissingRequiredParameter",
     "MissingParameter", "ValidationError", "ValidationException"}
)  # fmt: skip
#: A call that hangs is given up after these (seconds): the interval then waits in the backlog, with its own timestamp.
_CONNECT_TIMEOUT_SECONDS = 1.0
_READ_TIMEOUT_SECONDS = 3.0


class CloudWatchClient(Protocol):
    """The part of boto3's CloudWatch client that is used here."""

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> object:  # noqa: N803 - boto3's names
        """Store ``MetricData``."""


class CloudWatchSink:
    """Sends intervals with PutMetricData.

    ``make_client`` makes a boto3 CloudWatch client when the first interval is sent, and once more in a forked
    child; the default takes region, credentials and ``AWS_ENDPOINT_URL`` from where boto3 finds them. ``namespace``
    is that of :func:`fastscale.meter.metrics.default_namespace` unless given. ``dimensions`` are names and values, or a
    function that finds them, such as :func:`fastscale.meter.ecs.task_dimensions` makes.
    ``detail`` adds the metrics of :data:`fastscale.meter.metrics.DETAIL`. The permission needed is
    ``cloudwatch:PutMetricData``, which can be limited to the namespace.
    """

    def __init__(
        self,
        *,
        make_client: Callable[[], CloudWatchClient] | None = None,
        namespace: str | None = None,
        dimensions: DimensionSource = None,
        detail: bool = False,
    ) -> None:
        self._make_client = make_client or boto3_client
        self._client: CloudWatchClient | None = None
        self._client_pid = 0
        self._namespace = namespace or default_namespace()
        self._dimensions = Dimensions(dimensions)
        self._detail = detail

    @property
    def has_dimensions(self) -> bool:
        """Whether its metrics have dimensions."""
        return self._dimensions.given

    def send(self, intervals: Sequence[Interval]) -> None:
        """One PutMetricData call for all of ``intervals``, each at the second it belongs to."""
        dimensions = [{"Name": key, "Value": value} for key, value in self._dimensions.find().items()]
        data = [
            {
                "MetricName": measurement.name,
                "Timestamp": datetime.fromtimestamp(interval.end, UTC),
                "Value": measurement.value,
                "Unit": measurement.unit,
                "StorageResolution": 1,
                **({"Dimensions": dimensions} if dimensions else {}),
            }
            for interval in intervals
            for measurement in measurements(interval, detail=self._detail)
        ]
        self._put(data)

    def _put(self, data: list[dict[str, Any]]) -> None:
        import botocore.exceptions
        import botocore.parsers

        try:
            self._ready_client().put_metric_data(Namespace=self._namespace, MetricData=data)
        except botocore.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            raise (RejectedError if code in _HOPELESS else SendError)(code, f"PutMetricData: {error}") from error
        except botocore.exceptions.ParamValidationError as error:
            raise RejectedError("ParamValidation", f"PutMetricData: {error}") from error
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError) as error:
            raise SendError(type(error).__name__, f"PutMetricData: {error}") from error

    def _ready_client(self) -> CloudWatchClient:
        if self._client is None or self._client_pid != os.getpid():
            self._client, self._client_pid = self._make_client(), os.getpid()
        return self._client


def boto3_client() -> CloudWatchClient:
    """A boto3 client that neither waits long nor retries: the backlog does that, with the right timestamps."""
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        read_timeout=_READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 1},
    )
    client: CloudWatchClient = _session(os.getpid()).client("cloudwatch", config=config)
    return client


@cache
def _session(_pid: int) -> Session:
    """One a process: it reads some 20 MB of descriptions, also when no client can be made for want of a Region."""
    import boto3

    return boto3.Session()

"""PutMetricData for many metrics, in as few calls as its limits allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fastscale.errors import StoreError

Datum = Mapping[str, Any]

#: Metrics that one request may hold (CloudWatch API reference, PutMetricData).
METRICS_A_CALL = 1000
#: Values in one request, so that it stays far below 1 MB however they are written (same page).
VALUES_A_CALL = 10_000


def put(client: Any, namespace: str, datums: Sequence[Datum]) -> None:
    """Store ``datums``. Raises StoreError; then some of them may be stored all the same."""
    for part in parts(datums):
        try:
            client.put_metric_data(Namespace=namespace, MetricData=part)
        except (ClientError, BotoCoreError) as error:
            raise StoreError(f"PutMetricData: {error}") from error


def parts(datums: Sequence[Datum]) -> Iterator[list[Datum]]:
    """``datums`` in order, in requests that CloudWatch takes."""
    part: list[Datum] = []
    values = 0
    for datum in datums:
        size = len(datum.get("Values", ())) or 1
        if part and (len(part) == METRICS_A_CALL or values + size > VALUES_A_CALL):
            yield part
            part, values = [], 0
        part.append(datum)
        values += size
    if part:
        yield part

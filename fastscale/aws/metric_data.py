"""PutMetricData for many metrics, in as few calls as its limits allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from fastscale.aws.calls import NO_ANSWER, cause, is_overload
from fastscale.errors import StoreError

Datum = Mapping[str, Any]

#: Metrics that one request may hold (CloudWatch API reference, PutMetricData).
METRICS_A_CALL = 1000
#: Values in one request, so that it stays far below 1 MB however they are written (same page).
VALUES_A_CALL = 10_000
#: What the codes of refusals have in them that are no fault of the request: with other credentials or rights it is
#: taken (CloudWatch API reference, "Common errors": AccessDenied, ExpiredToken, IncompleteSignature, RequestExpired …).
_RIGHTS = ("Access", "Auth", "Client", "Credential", "Expired", "OptIn", "Signature", "Token")
_FORBIDDEN = 403


class RejectedError(StoreError):
    """The request itself is wrong: the same again would be refused again."""


def put(client: Any, namespace: str, datums: Sequence[Datum]) -> None:
    """Store ``datums`` in one call, all or none. Raises StoreError, and RejectedError when trying again is no use."""
    try:
        client.put_metric_data(Namespace=namespace, MetricData=datums)
    except ClientError as error:
        raise (RejectedError if _is_rejected(error) else StoreError)(f"PutMetricData: {error}") from error
    except ParamValidationError as error:
        raise RejectedError(f"PutMetricData: {error}") from error
    except NO_ANSWER as error:
        raise StoreError(f"PutMetricData: {cause(error)}") from error


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


def _is_rejected(error: ClientError) -> bool:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    if not 400 <= status < 500 or status == _FORBIDDEN:
        return False
    return not is_overload(error) and not any(word in code for word in _RIGHTS)

"""What a metric adds up to, as CloudWatch tells it."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import boto3

from fastscale import names


def total_requests(endpoint: str, region: str = names.REGION) -> float:
    """The requests that were published to the CloudWatch at ``endpoint`` within the last five minutes."""
    found = _cloudwatch(endpoint, region).get_metric_statistics(
        Namespace=names.NAMESPACE,
        MetricName=names.TOTAL_REQUESTS,
        StartTime=time.time() - 300,
        EndTime=time.time() + 60,
        Period=1,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


@cache
def _cloudwatch(endpoint: str, region: str) -> Any:
    return boto3.client(
        "cloudwatch",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

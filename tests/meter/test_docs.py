"""The examples of docs/meter.md work as they stand: three requests reach a CloudWatch endpoint through boto3."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from fastscale import names
from tests.meter.documented import DOCUMENT, FRAMEWORKS, REQUESTS, example

#: A Region of its own for each framework, so that metrics do not mix.
REGIONS = dict(zip(FRAMEWORKS, ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1"), strict=True))
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_example_publishes_what_was_asked(framework: str, endpoint: str) -> None:
    region = REGIONS[framework]
    environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": region}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.meter.documented", framework],
        cwd=DOCUMENT.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.stdout == f"{[200] * REQUESTS}\n", ended.stderr

    cloudwatch: Any = boto3.client(
        "cloudwatch",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found = cloudwatch.get_metric_statistics(
        Namespace=names.NAMESPACE,
        MetricName=names.TOTAL_REQUESTS,
        StartTime=time.time() - 300,
        EndTime=time.time() + 60,
        Period=1,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in found["Datapoints"]) == REQUESTS


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_example_has_at_most_three_lines(framework: str) -> None:
    assert len([line for line in example(framework).splitlines() if line]) <= 3

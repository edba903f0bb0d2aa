"""The examples of docs/meter.md work as they stand: three requests reach a CloudWatch endpoint through boto3."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.cloudwatch_sums import total_requests
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

    assert total_requests(endpoint, region) == REQUESTS


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_example_has_at_most_three_lines(framework: str) -> None:
    assert len([line for line in example(framework).splitlines() if line]) <= 3

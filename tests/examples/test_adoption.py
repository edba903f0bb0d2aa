"""The README's two snippets fit together: what one publishes and answers is what the other one watches and reads."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.examples.example import Example
from tests.examples.readme import REQUESTS

PULSE_CONTAINER = "pulse"
ROOT = Path(__file__).parents[2]
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def environments(example: Example) -> dict[str, dict[str, str]]:
    """What the containers are told, by their names."""
    definitions = example.template.find_resources("AWS::ECS::TaskDefinition").values()
    containers = [one for found in definitions for one in found["Properties"]["ContainerDefinitions"]]
    return {one["Name"]: {pair["Name"]: pair["Value"] for pair in one.get("Environment", [])} for one in containers}


def test_metrics_arrive_where_the_alarm_looks_and_pulse_reads_counters(adopted, endpoint):
    told = environments(adopted)
    pulse_reads = json.loads(told.pop(PULSE_CONTAINER)["PULSE_PLAN"])["pulse"]["scrape"]["path"]
    (service,) = told.values()
    region = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": endpoint}
    keys = {name.upper(): value for name, value in CREDENTIALS.items()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.examples.readme", pulse_reads],
        cwd=ROOT,
        env=os.environ | service | region | keys,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert f"\nfastscale_requests_total {REQUESTS}\n" in done.stdout, done.stderr

    (alarm,) = adopted.template.find_resources(
        "AWS::CloudWatch::Alarm", {"Properties": {"AlarmName": "Shop-FastScaling-CustomRPS"}}
    ).values()
    watched = {key: alarm["Properties"][key] for key in ("Namespace", "MetricName")}
    cloudwatch = boto3.client("cloudwatch", region_name="eu-west-1", endpoint_url=endpoint, **CREDENTIALS)
    found = cloudwatch.get_metric_statistics(
        **watched, StartTime=time.time() - 300, EndTime=time.time() + 60, Period=1, Statistics=["SampleCount"]
    )
    assert sum(point["SampleCount"] for point in found["Datapoints"]) >= 1

"""CloudWatch over CBOR, the protocol of the SDKs for Go, JavaScript and Java, spoken here by botocore."""

from __future__ import annotations

import time
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import REGION, Server, wait_until_visible


@pytest.fixture(scope="module")
def cloudwatch(server: Server) -> Any:
    """A client that may choose CBOR only."""
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    model = loader.load_service_model("cloudwatch", "service-2")
    model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
    return session.create_client(
        "cloudwatch",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_the_client_speaks_cbor(cloudwatch: Any) -> None:
    assert cloudwatch.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"


def test_metrics_go_in_and_come_out(cloudwatch: Any, name: str) -> None:
    now = time.time()
    data = [{"MetricName": "Load", "Values": [1.0, 2.5], "Counts": [1, 3], "Timestamp": now, "StorageResolution": 1}]
    cloudwatch.put_metric_data(Namespace=name, MetricData=data)
    wait_until_visible()
    request = {"Namespace": name, "MetricName": "Load", "StartTime": now - 60, "EndTime": now + 60, "Period": 60}
    points = cloudwatch.get_metric_statistics(**request, Statistics=["Sum", "SampleCount"])["Datapoints"]
    assert [(point["Sum"], point["SampleCount"]) for point in points] == [(8.5, 4)]
    assert points[0]["Timestamp"].timestamp() % 60 == 0


def test_a_large_request_comes_compressed(cloudwatch: Any, name: str) -> None:
    data = [{"MetricName": f"m{number}", "Value": float(number)} for number in range(1000)]
    cloudwatch.put_metric_data(Namespace=name, MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace=name)["Metrics"]) == 500


def test_alarms_keep_their_times(cloudwatch: Any, name: str) -> None:
    settings = {"Namespace": "T", "MetricName": "m", "Statistic": "Sum", "Period": 10, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(AlarmName=name, Threshold=1.5, ComparisonOperator="GreaterThanThreshold", **settings)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["ActionsEnabled"]) == (1.5, True)
    assert alarm["StateUpdatedTimestamp"].timestamp() == pytest.approx(time.time(), abs=60)


def test_errors_keep_code_and_message(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="Unknown alarm nothing") as refused:
        cloudwatch.set_alarm_state(AlarmName="nothing", StateValue="OK", StateReason="x")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError, match="has not been implemented"):
        cloudwatch.list_metric_streams()

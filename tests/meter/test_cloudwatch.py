from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from moto.server import ThreadedMotoServer

from fastscale import names
from fastscale.meter import CloudWatchSink, Interval, RejectedError, SendError
from fastscale.meter.distribution import Distribution
from fastscale.meter.metrics import DETAIL, STANDARD
from fastscale.meter.sink import BATCH

END = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


def interval(arrived: int = 50, end: datetime = END) -> Interval:
    return Interval(
        end=end.timestamp(), seconds=5, arrived=arrived, active=3, peak=8, responses=Distribution([0.1, 0.3])
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloudwatch(endpoint: str) -> Any:
    return boto3.client(
        "cloudwatch",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def stored(cloudwatch: Any, namespace: str, name: str) -> dict[datetime, float]:
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        StartTime=END - timedelta(minutes=5),
        EndTime=END + timedelta(minutes=5),
        Period=1,
        Statistics=["Sum"],
    )
    return {point["Timestamp"]: point["Sum"] for point in found["Datapoints"]}


def test_boto3_stores_the_four_metrics_at_the_second_they_belong_to(cloudwatch: Any) -> None:
    sink = CloudWatchSink(make_client=lambda: cloudwatch, namespace="Test/Four")
    sink.send([interval(50), interval(100, END + timedelta(seconds=5))])

    assert stored(cloudwatch, "Test/Four", names.REQUESTS_PER_SECOND) == {END: 10, END + timedelta(seconds=5): 20}
    assert stored(cloudwatch, "Test/Four", names.TOTAL_REQUESTS) == {END: 50, END + timedelta(seconds=5): 100}
    assert stored(cloudwatch, "Test/Four", names.ACTIVE_CONNECTIONS)[END] == 3
    assert stored(cloudwatch, "Test/Four", names.AVERAGE_RESPONSE_TIME)[END] == pytest.approx(200)


class Recording:
    """A client that keeps what it is given, and raises ``error`` instead when there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[dict[str, Any]] = []

    def put_metric_data(self, **call: Any) -> object:
        if self.error:
            raise self.error
        self.calls.append(call)
        return {}


def sent(intervals: list[Interval], **options: Any) -> list[dict[str, Any]]:
    client = Recording()
    CloudWatchSink(make_client=lambda: client, **options).send(intervals)
    (call,) = client.calls
    return call["MetricData"]


def test_one_call_at_one_second_resolution_without_dimensions() -> None:
    data = sent([interval()])
    assert {datum["MetricName"]: datum["Unit"] for datum in data} == STANDARD
    assert all(datum["StorageResolution"] == 1 and "Dimensions" not in datum for datum in data)


@pytest.mark.parametrize(
    ("told", "options", "namespace"),
    [
        (None, {}, names.NAMESPACE),
        ("", {}, names.NAMESPACE),
        ("FastScaling/Shop", {}, "FastScaling/Shop"),
        ("FastScaling/Shop", {"namespace": "Own"}, "Own"),
    ],
)
def test_the_namespace_is_the_one_that_the_task_is_told(
    told: str | None, options: dict[str, str], namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("METER_NAMESPACE", raising=False)
    if told is not None:
        monkeypatch.setenv("METER_NAMESPACE", told)
    client = Recording()
    CloudWatchSink(make_client=lambda: client, **options).send([interval()])
    assert client.calls[0]["Namespace"] == namespace


def test_a_metric_without_a_value_is_left_out() -> None:
    idle = sent([Interval(end=END.timestamp(), seconds=5)])
    assert {datum["MetricName"]: datum["Value"] for datum in idle} == {
        names.REQUESTS_PER_SECOND: 0,
        names.ACTIVE_CONNECTIONS: 0,
        names.TOTAL_REQUESTS: 0,
    }


def test_detail_adds_percentiles_errors_peak_and_queue_time() -> None:
    busy = interval()
    busy.queue.add([0.02])
    data = sent([busy], detail=True)
    assert {datum["MetricName"] for datum in data} == {*STANDARD, *DETAIL}
    values = {datum["MetricName"]: datum["Value"] for datum in data}
    assert values["PeakConnections"] == 8
    assert values["ResponseTimeP99"] == pytest.approx(100, rel=0.01)  # the lower of two values: rank 0.99 x (2 - 1)
    assert values["QueueTime"] == pytest.approx(20)


def test_the_largest_batch_fits_into_one_request() -> None:
    assert len(sent([interval()] * BATCH, detail=True)) <= 1000


def test_dimensions_are_given_or_found_once() -> None:
    asked = []

    def find() -> dict[str, str]:
        asked.append(1)
        return {"ServiceName": "shop"}

    client = Recording()
    sink = CloudWatchSink(make_client=lambda: client, dimensions=find)
    sink.send([interval()])
    sink.send([interval()])
    assert client.calls[1]["MetricData"][0]["Dimensions"] == [{"Name": "ServiceName", "Value": "shop"}]
    assert len(asked) == 1


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutMetricData")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (client_error("Throttling"), "Throttling"),
        (client_error("ExpiredToken"), "ExpiredToken"),
        (client_error("AccessDenied"), "AccessDenied"),
        (client_error("InternalServiceFault"), "InternalServiceFault"),
        (EndpointConnectionError(endpoint_url="http://x"), "EndpointConnectionError"),
        (ReadTimeoutError(endpoint_url="http://x"), "ReadTimeoutError"),
        (NoCredentialsError(), "NoCredentialsError"),
        (ResponseParserError("Unable to parse response"), "ResponseParserError"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception, cause: str) -> None:
    with pytest.raises(SendError) as raised:
        CloudWatchSink(make_client=lambda: Recording(error)).send([interval()])
    assert raised.value.cause == cause
    assert not isinstance(raised.value, RejectedError)


def test_what_is_wrong_with_the_request_is_not_tried_again() -> None:
    with pytest.raises(RejectedError):
        CloudWatchSink(make_client=lambda: Recording(client_error("InvalidParameterValue"))).send([interval()])


def test_an_endpoint_that_is_down_is_a_send_error(endpoint: str) -> None:
    dead = boto3.client(
        "cloudwatch",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(SendError) as raised:
        CloudWatchSink(make_client=lambda: dead).send([interval()])
    assert raised.value.cause == "EndpointConnectionError"

import io
import json

import pytest

from fastscale.meter import EmfSink, Interval, SendError
from fastscale.meter.distribution import Distribution
from fastscale.meter.emf import emf_line
from fastscale.meter.metrics import STANDARD

INTERVAL = Interval(end=1_700_000_004.5, seconds=5, arrived=50, active=3, responses=Distribution([0.1, 0.3]))


def test_a_line_declares_what_it_holds() -> None:
    document = json.loads(emf_line(INTERVAL, "Shop", {}))
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert document["_aws"]["Timestamp"] == 1_700_000_004_500
    assert directive["Namespace"] == "Shop"
    assert directive["Dimensions"] == [[]]  # one set, without any dimension
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == STANDARD
    assert all(metric["StorageResolution"] == 1 for metric in directive["Metrics"])
    assert document["RequestsPerSecond"] == 10
    assert document["TotalRequests"] == 50
    assert document["AverageResponseTime"] == pytest.approx(200)


def test_dimensions_are_declared_and_given() -> None:
    document = json.loads(emf_line(INTERVAL, "Shop", {"ServiceName": "cart"}))
    assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["ServiceName"]]
    assert document["ServiceName"] == "cart"


def test_each_interval_is_one_line() -> None:
    stream = io.StringIO()
    EmfSink(stream).send([INTERVAL, INTERVAL])
    assert stream.getvalue() == (emf_line(INTERVAL, "FastScaling/Application", {}) + "\n") * 2


def test_the_namespace_is_the_one_that_the_task_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_NAMESPACE", "FastScaling/Shop")
    stream = io.StringIO()
    EmfSink(stream).send([INTERVAL])
    assert json.loads(stream.getvalue())["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "FastScaling/Shop"


def test_a_closed_log_is_a_send_error() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(SendError, match="cannot write metrics to the log"):
        EmfSink(stream).send([INTERVAL])

"""Metric data as a client of CloudWatch puts and gets it."""

from __future__ import annotations

import math
import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import VISIBILITY_SECONDS, Server, wait_until_visible

FINE = {"StorageResolution": 1}


@pytest.fixture
def start() -> float:
    """A whole minute, two of them ago."""
    return math.floor(time.time() / 60) * 60 - 120


def put(server: Server, namespace: str, *data: dict) -> None:
    metric_data = [{"MetricName": "Load", **datum} for datum in data]
    server.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=metric_data)


def statistics(server: Server, namespace: str, start: float, **query: object) -> list[dict]:
    request = {"Period": 10, "StartTime": start, "EndTime": start + 60, **query}
    answer = server.client("cloudwatch").get_metric_statistics(Namespace=namespace, MetricName="Load", **request)
    return answer["Datapoints"]


def metric(namespace: str, stat: str = "Average", period: int = 10, **more: object) -> dict:
    return {"Metric": {"Namespace": namespace, "MetricName": "Load", **more}, "Period": period, "Stat": stat}


def data(server: Server, start: float, *queries: dict, **more: object) -> list[dict]:
    request = {"StartTime": start, "EndTime": start + 60, "ScanBy": "TimestampAscending", **more}
    return server.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **request)["MetricDataResults"]


def test_sub_minute_statistics_of_single_values(server: Server, name: str, start: float) -> None:
    put(server, name, *({"Value": value, "Timestamp": start + value, **FINE} for value in (0, 5, 10, 19, 40)))
    wait_until_visible()
    asked = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"]
    found = statistics(server, name, start, Statistics=asked)
    assert [point["Timestamp"].timestamp() - start for point in found] == [0, 10, 40]
    assert [[point[statistic] for statistic in asked] for point in found] == [
        [2.5, 5, 0, 5, 2],
        [14.5, 29, 10, 19, 2],
        [40, 40, 40, 40, 1],
    ]


def test_values_with_counts_and_statistic_sets_weigh_in(server: Server, name: str, start: float) -> None:
    summary = {"Sum": 30, "Minimum": 5, "Maximum": 20, "SampleCount": 3}
    put(
        server,
        name,
        {"Values": [1, 2], "Counts": [3, 1], "Timestamp": start, "Unit": "Count", **FINE},
        {"StatisticValues": summary, "Timestamp": start + 1, "Unit": "Count", **FINE},
    )
    wait_until_visible()
    (point,) = statistics(server, name, start, Statistics=["Sum", "SampleCount", "Minimum", "Maximum"])
    assert (point["Sum"], point["SampleCount"]) == (35, 7)
    assert (point["Minimum"], point["Maximum"], point["Unit"]) == (1, 20, "Count")


def test_percentiles(server: Server, name: str, start: float) -> None:
    put(server, name, {"Values": list(range(1, 101)), "Timestamp": start, **FINE})
    wait_until_visible()
    (point,) = statistics(server, name, start, ExtendedStatistics=["p50", "p99", "tm90"])
    assert point["ExtendedStatistics"] == {"p50": 50, "p99": 99, "tm90": pytest.approx(45.5)}


def test_a_standard_metric_is_stored_by_the_minute(server: Server, name: str, start: float) -> None:
    put(server, name, {"Value": 1, "Timestamp": start + 35})
    wait_until_visible()
    (point,) = statistics(server, name, start, Statistics=["Sum"])
    assert point["Timestamp"].timestamp() == start


def test_dimensions_make_another_metric(server: Server, name: str, start: float) -> None:
    web = [{"Name": "Service", "Value": "web"}, {"Name": "Cluster", "Value": "one"}]
    put(server, name, {"Value": 1, "Timestamp": start, **FINE})
    put(server, name, {"Value": 9, "Timestamp": start, "Dimensions": web, **FINE})
    wait_until_visible()
    assert statistics(server, name, start, Statistics=["Sum"])[0]["Sum"] == 1
    assert statistics(server, name, start, Statistics=["Sum"], Dimensions=web[::-1])[0]["Sum"] == 9
    assert statistics(server, name, start, Statistics=["Sum"], Dimensions=web[:1]) == []

    cloudwatch = server.client("cloudwatch")
    listed = cloudwatch.list_metrics(Namespace=name)["Metrics"]
    assert [len(shape["Dimensions"]) for shape in listed] == [0, 2]
    assert cloudwatch.list_metrics(Namespace=name, Dimensions=[{"Name": "Service"}])["Metrics"] == listed[1:]
    assert cloudwatch.list_metrics(Namespace=name, Dimensions=[{"Name": "Service", "Value": "x"}])["Metrics"] == []


def test_a_unit_selects_its_own_data(server: Server, name: str, start: float) -> None:
    put(server, name, {"Value": 1, "Timestamp": start, "Unit": "Seconds"}, {"Value": 9, "Timestamp": start})
    wait_until_visible()
    assert statistics(server, name, start, Statistics=["Sum"], Unit="Seconds")[0]["Sum"] == 1
    assert statistics(server, name, start, Statistics=["Sum"])[0]["Sum"] == 10


def test_a_point_is_visible_only_a_while_after_it_arrived(server: Server, name: str, start: float) -> None:
    sent = time.time()
    put(server, name, {"Value": 1, "Timestamp": start, **FINE})
    found = statistics(server, name, start, Statistics=["Sum"])
    assert found == [] or time.time() - sent >= VISIBILITY_SECONDS
    wait_until_visible()
    assert len(statistics(server, name, start, Statistics=["Sum"])) == 1


def test_late_points_keep_the_second_they_belong_to(server: Server, name: str, start: float) -> None:
    for offset in (30, 10, 20):
        put(server, name, {"Value": offset, "Timestamp": start + offset, **FINE})
    wait_until_visible()
    assert [point["Sum"] for point in statistics(server, name, start, Statistics=["Sum"])] == [10, 20, 30]


def test_get_metric_data_answers_several_queries_and_math(server: Server, name: str, start: float) -> None:
    put(server, name, *({"Value": offset, "Timestamp": start + offset, **FINE} for offset in (0, 10, 30)))
    wait_until_visible()
    average, doubled, count = data(
        server,
        start,
        {"Id": "load", "MetricStat": metric(name)},
        {"Id": "twice", "Expression": "2 * FILL(load, 0)", "Label": "Doubled"},
        {"Id": "hidden", "MetricStat": metric(name, "Maximum"), "ReturnData": False},
        {"Id": "count", "MetricStat": metric(name, "SampleCount", 60)},
    )
    assert (average["Label"], average["Values"]) == ("Load", [0, 10, 30])
    assert [moment.timestamp() - start for moment in average["Timestamps"]] == [0, 10, 30]
    assert (doubled["Label"], doubled["Values"]) == ("Doubled", [0, 20, 0, 60, 0, 0])
    assert count["Values"] == [3]
    (newest_first,) = data(server, start, {"Id": "load", "MetricStat": metric(name)}, ScanBy="TimestampDescending")
    assert newest_first["Values"] == [30, 10, 0]


@pytest.mark.parametrize(
    ("datum", "code", "reason"),
    [
        ({"Value": math.nan}, "InvalidParameterValue", r"The value NaN for parameter MetricData.member.1.Value"),
        ({"Value": -math.inf}, "InvalidParameterValue", "The value -Infinity for parameter"),
        ({"Value": 2.0**361}, "InvalidParameterValue", "for parameter MetricData.member.1.Value is invalid"),
        ({"Values": list(range(151))}, "InvalidParameterValue", "must not have a size greater than 150"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue", "must be of the same size"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination", "mutually exclusive"),
        ({}, "InvalidParameterCombination", "At least one of the parameters must be specified"),
        ({"Value": 1, "StorageResolution": 5}, "InvalidParameterValue", "StorageResolution is invalid"),
        ({"Value": 1, "Timestamp": time.time() - 15 * 86400}, "InvalidParameterValue", "within the past two weeks"),
        ({"Value": 1, "Timestamp": time.time() + 3 * 3600}, "InvalidParameterValue", "two hours in the future"),
        (
            {"Value": 1, "Dimensions": [{"Name": f"d{number}", "Value": "x"} for number in range(31)]},
            "InvalidParameterValue",
            "Dimensions must not have a size greater than 30",
        ),
        (
            {"StatisticValues": {"Sum": 1, "Minimum": 2, "Maximum": 1, "SampleCount": 1}},
            "InvalidParameterValue",
            "Maximum must be greater",
        ),
    ],
)
def test_bad_data_is_refused_as_a_whole(server: Server, name: str, datum: dict, code: str, reason: str) -> None:
    with pytest.raises(ClientError, match=reason) as refused:
        put(server, name, datum, {"Value": 1})
    assert refused.value.response["Error"]["Code"] == code
    assert server.client("cloudwatch").list_metrics(Namespace=name)["Metrics"] == []


def test_a_request_holds_a_thousand_metrics_and_no_more(server: Server, name: str) -> None:
    put(server, name, *({"MetricName": f"m{number}", "Value": 1} for number in range(1000)))
    with pytest.raises(ClientError, match="MetricData must not have a size greater than 1000"):
        put(server, name, *({"Value": 1} for _ in range(1001)))
    pages = server.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=name)
    assert [len(page["Metrics"]) for page in pages] == [500, 500]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"Statistics": ["Sum"], "Period": 15}, "The value 15 for parameter Period is invalid"),
        ({"Statistics": ["Sum"], "EndTime": 1}, "StartTime must be less than the parameter EndTime"),
        ({"Statistics": ["Sum"], "Period": 1, "EndTime": time.time() + 9000}, "exceeds the limit of 1440"),
        ({}, "Must specify either Statistics or ExtendedStatistics"),
        ({"ExtendedStatistics": ["q9"]}, "is not one of"),
    ],
)
def test_impossible_statistics_are_refused(server: Server, name: str, start: float, query: dict, reason: str) -> None:
    put(server, name, {"Value": 1, "Timestamp": start, **FINE})
    wait_until_visible()
    with pytest.raises(ClientError, match=reason):
        statistics(server, name, start, **query)


@pytest.mark.parametrize(
    ("queries", "reason"),
    [
        ([{"Id": "a", "Expression": "nothing * 2"}], "Error in expression 'a'"),
        ([{"Id": "a", "Expression": "load * other"}, {"Id": "load", "MetricStat": metric("x")}], "'other' is neither"),
        ([{"Id": "a", "MetricStat": metric("x")}] * 2, "must be unique"),
        ([{"Id": "a"}], "MetricStat is required"),
        ([{"Id": "Capital", "MetricStat": metric("x")}], "pattern"),
    ],
)
def test_impossible_queries_are_refused(server: Server, start: float, queries: list, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        data(server, start, *queries)

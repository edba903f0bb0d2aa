"""Log events: put by tasks, read by ``aws logs tail``."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from fastscale.localcloud.server.logs.streams import EVENTS_KEPT
from tests.localcloud.server.process import Server


@pytest.fixture
def group(server: Server, name: str) -> str:
    """A log group with the streams a and b."""
    logs = server.client("logs")
    logs.create_log_group(logGroupName=name)
    for stream in "ab":
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    return name


def now_ms() -> int:
    return int(time.time() * 1000)


def put(server: Server, group: str, stream: str, *events: tuple[int, str]) -> None:
    shapes = [{"timestamp": timestamp, "message": message} for timestamp, message in events]
    server.client("logs").put_log_events(logGroupName=group, logStreamName=stream, logEvents=shapes)


def messages(server: Server, group: str, **query: object) -> list[str]:
    pages = server.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, **query)
    return [event["message"] for page in pages for event in page["events"]]


def test_streams_are_merged_by_time(server: Server, group: str) -> None:
    start = now_ms() - 1000
    put(server, group, "a", (start, "1"), (start + 20, "3"))
    put(server, group, "b", (start + 10, "2"), (start + 30, "4"))
    assert messages(server, group) == ["1", "2", "3", "4"]
    assert messages(server, group, logStreamNames=["b"]) == ["2", "4"]
    assert messages(server, group, startTime=start + 10, endTime=start + 20) == ["2", "3"]
    assert messages(server, group, filterPattern='"4"') == ["4"]


def test_pages_follow_each_other_without_a_gap(server: Server, group: str) -> None:
    start = now_ms() - 1000
    put(server, group, "a", *((start + number // 3, str(number)) for number in range(10)))
    assert messages(server, group, PaginationConfig={"PageSize": 3}) == [str(number) for number in range(10)]
    with pytest.raises(ClientError, match="nextToken is invalid"):
        server.client("logs").filter_log_events(logGroupName=group, nextToken="nonsense")


def test_a_stream_keeps_the_newest_events_only(server: Server, group: str) -> None:
    start = now_ms() - EVENTS_KEPT - 100
    put(server, group, "a", *((start + number, str(number)) for number in range(EVENTS_KEPT + 10)))
    kept = messages(server, group)
    assert (len(kept), kept[0]) == (EVENTS_KEPT, "10")


def test_events_that_arrive_late_are_sorted_in(server: Server, group: str) -> None:
    start = now_ms() - 1000
    put(server, group, "a", (start + 20, "2"))
    put(server, group, "a", (start + 10, "1"))
    assert messages(server, group) == ["1", "2"]
    events = server.client("logs").get_log_events(logGroupName=group, logStreamName="a", startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["1", "2"]


def test_groups_are_found_by_arn_too(server: Server, group: str) -> None:
    put(server, group, "a", (now_ms(), "hello"))
    (described,) = server.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    answer = server.client("logs").filter_log_events(logGroupIdentifier=described["logGroupArn"])
    assert [event["message"] for event in answer["events"]] == ["hello"]
    with pytest.raises(ClientError, match="log group does not exist"):
        messages(server, f"{group}-other")

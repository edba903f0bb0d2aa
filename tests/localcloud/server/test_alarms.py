"""Alarms, their states and their history, as a client of CloudWatch sees them."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import Server

SETTINGS = {
    "Namespace": "Test",
    "MetricName": "RequestsPerSecond",
    "Statistic": "Average",
    "Period": 10,
    "EvaluationPeriods": 3,
    "Threshold": 100,
    "ComparisonOperator": "GreaterThanThreshold",
}
REASON_DATA = json.dumps({"version": "1.0", "recentDatapoints": [120.0]})


@pytest.fixture
def alarm(server: Server, name: str) -> str:
    server.client("cloudwatch").put_metric_alarm(AlarmName=name, **SETTINGS)
    return name


def describe(server: Server, alarm: str) -> dict:
    return server.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]


def history(server: Server, alarm: str, **query: object) -> list[dict]:
    return server.client("cloudwatch").describe_alarm_history(AlarmName=alarm, **query)["AlarmHistoryItems"]


def test_a_new_alarm_has_insufficient_data(server: Server, alarm: str) -> None:
    described = describe(server, alarm)
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert described["StateReason"] == "Unchecked: Initial alarm creation"
    assert described["ActionsEnabled"] is True
    assert described["AlarmArn"].endswith(f":alarm:{alarm}")


def test_setting_a_state_moves_the_transition_only_when_it_changes(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="one", StateReasonData=REASON_DATA)
    first = describe(server, alarm)
    time.sleep(0.01)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="two")
    second = describe(server, alarm)
    assert (second["StateValue"], second["StateReason"]) == ("ALARM", "two")
    assert second["StateTransitionedTimestamp"] == first["StateTransitionedTimestamp"]
    assert second["StateUpdatedTimestamp"] > first["StateUpdatedTimestamp"]
    assert len(history(server, alarm, HistoryItemType="StateUpdate")) == 1


def test_the_history_has_the_shape_that_aws_gives_it(server: Server, alarm: str) -> None:
    server.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="surge", StateReasonData=REASON_DATA
    )
    update, creation = history(server, alarm)
    assert creation["HistoryItemType"] == "ConfigurationUpdate"
    assert creation["HistorySummary"] == f'Alarm "{alarm}" created'
    assert json.loads(creation["HistoryData"])["createdAlarm"]["threshold"] == 100
    assert (update["HistoryItemType"], update["AlarmType"]) == ("StateUpdate", "MetricAlarm")
    assert update["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    data = json.loads(update["HistoryData"])
    assert data["oldState"]["stateValue"] == "INSUFFICIENT_DATA"
    assert data["newState"]["stateReasonData"]["recentDatapoints"] == [120.0]


def test_actions_reach_the_history_by_the_private_route(server: Server, alarm: str) -> None:
    item = {
        "AlarmName": alarm,
        "HistoryItemType": "Action",
        "HistorySummary": "Successfully executed action",
        "HistoryData": json.dumps({"actionState": "Succeeded", "notificationResource": f"arn:aws:sns:::{alarm}"}),
        "Timestamp": time.time() + 1,
    }
    server.post("/cloudwatch/history", item)
    newest = history(server, alarm)[0]
    assert (newest["HistoryItemType"], newest["HistorySummary"]) == ("Action", item["HistorySummary"])
    assert history(server, alarm, ScanBy="TimestampAscending")[-1] == newest


def test_history_can_be_narrowed_to_a_time(server: Server, alarm: str) -> None:
    start = time.time()
    server.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="calm")
    assert [item["HistoryItemType"] for item in history(server, alarm, StartDate=start)] == ["StateUpdate"]
    assert [item["HistoryItemType"] for item in history(server, alarm, EndDate=start)] == ["ConfigurationUpdate"]


def test_putting_an_alarm_again_keeps_its_state(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="calm")
    before = describe(server, alarm)
    cloudwatch.put_metric_alarm(AlarmName=alarm, **{**SETTINGS, "Threshold": 50})
    after = describe(server, alarm)
    assert after["Threshold"] == 50
    for member in ("StateValue", "StateReason", "StateTransitionedTimestamp", "AlarmArn"):
        assert after[member] == before[member]


def test_alarms_are_found_by_prefix_state_action_and_metric(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    action = f"arn:aws:sns:ap-northeast-2:123456789012:{alarm}"
    metric = {**SETTINGS, "MetricName": alarm, "Dimensions": [{"Name": "Service", "Value": "web"}]}
    cloudwatch.put_metric_alarm(AlarmName=f"{alarm}-other", **metric, AlarmActions=[action])
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="surge")

    def found(**query: object) -> list[str]:
        return [shape["AlarmName"] for shape in cloudwatch.describe_alarms(**query)["MetricAlarms"]]

    assert found(AlarmNamePrefix=alarm) == [alarm, f"{alarm}-other"]
    assert found(AlarmNamePrefix=alarm, StateValue="ALARM") == [alarm]
    assert found(ActionPrefix=action) == [f"{alarm}-other"]
    by_metric = cloudwatch.describe_alarms_for_metric(
        Namespace="Test", MetricName=alarm, Dimensions=[{"Name": "Service", "Value": "web"}]
    )["MetricAlarms"]
    assert [shape["AlarmName"] for shape in by_metric] == [f"{alarm}-other"]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=alarm, PaginationConfig={"PageSize": 1}
    )
    assert [shape["AlarmName"] for page in pages for shape in page["MetricAlarms"]] == [alarm, f"{alarm}-other"]


def test_actions_can_be_switched_off(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.disable_alarm_actions(AlarmNames=[alarm])
    assert describe(server, alarm)["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=[alarm])
    assert describe(server, alarm)["ActionsEnabled"] is True


def test_a_deleted_alarm_leaves_its_history(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=[alarm, "never-was"])
    assert cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"] == []
    assert history(server, alarm)[0]["HistorySummary"] == f'Alarm "{alarm}" deleted'
    with pytest.raises(ClientError) as missing:
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="x")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Period": 15}, "Invalid Period 15"),
        ({"DatapointsToAlarm": 4}, "DatapointsToAlarm must be less"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"Namespace": None}, "Either MetricName and Namespace or Metrics"),
    ],
)
def test_impossible_alarms_are_refused(server: Server, name: str, changed: dict, reason: str) -> None:
    settings = {key: value for key, value in {**SETTINGS, **changed}.items() if value is not None}
    with pytest.raises(ClientError, match=reason):
        server.client("cloudwatch").put_metric_alarm(AlarmName=name, **settings)


def test_reason_data_has_to_be_json(server: Server, alarm: str) -> None:
    with pytest.raises(ClientError) as refused:
        server.client("cloudwatch").set_alarm_state(
            AlarmName=alarm, StateValue="OK", StateReason="x", StateReasonData="{"
        )
    assert refused.value.response["Error"]["Code"] == "InvalidFormat"


def test_alarms_and_dashboards_can_be_tagged_and_listed(server: Server, alarm: str) -> None:
    cloudwatch = server.client("cloudwatch")
    arn = describe(server, alarm)["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "web"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "web"}]
    cloudwatch.put_dashboard(DashboardName=alarm, DashboardBody='{"widgets": []}')
    assert cloudwatch.get_dashboard(DashboardName=alarm)["DashboardBody"] == '{"widgets": []}'

"""StateReason and StateReasonData read as in notifications that CloudWatch sent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from fastscale.decide.alarm import AlarmMemory, AlarmProposal, evaluate
from fastscale.decide.observation import AlarmState
from fastscale.plan import Alarm, Comparison, MissingData
from tests.decide.timeline import METRIC, alarm

NOON = datetime(2026, 11, 22, 12, 0, 30, 250_000, tzinfo=UTC).timestamp()


def outcome(watch: Alarm, values: list[float | None], state: AlarmState = AlarmState.OK) -> AlarmProposal:
    return evaluate(watch, values, AlarmMemory(state), NOON)[0]


def test_one_of_one_with_datapoints_to_alarm() -> None:
    assert outcome(alarm(1, 1), [123]).reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [123.0 (22/11/26 11:59:00)] was greater than the threshold "
        "(100.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_back_to_ok_with_datapoints_to_alarm() -> None:
    assert outcome(alarm(2, 3), [150, 50, 60]).reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [60.0 (22/11/26 11:59:00), 50.0 (22/11/26 11:58:00)] were "
        "not greater than the threshold (100.0) (minimum 2 datapoints for ALARM -> OK transition)."
    )


def test_without_datapoints_to_alarm_the_wording_is_the_short_one() -> None:
    watch = alarm(None, 3, comparison=Comparison.GREATER_OR_EQUAL, period=180)
    assert outcome(watch, [101.5, 102, 100]).reason == (
        "Threshold Crossed: 3 datapoints [100.0 (22/11/26 11:57:00), 102.0 (22/11/26 11:54:00), "
        "101.5 (22/11/26 11:51:00)] were greater than or equal to the threshold (100.0)."
    )
    assert outcome(watch, [101.5, 2, 100]).reason == (
        "Threshold Crossed: 1 datapoint [2.0 (22/11/26 11:54:00)] was not greater than or equal to the threshold "
        "(100.0)."
    )


def test_five_and_more_datapoints_are_listed_after_the_statement() -> None:
    watch = alarm(6, 6, comparison=Comparison.LESS, period=10)
    assert outcome(watch, [6, 5, 4, 3, 2, 1]).reason == (
        "Threshold Crossed: 6 out of the last 6 datapoints were less than the threshold (100.0). The most recent "
        "datapoints which crossed the threshold: [1.0 (22/11/26 12:00:20), 2.0 (22/11/26 12:00:10), "
        "3.0 (22/11/26 12:00:00), 4.0 (22/11/26 11:59:50), 5.0 (22/11/26 11:59:40)] "
        "(minimum 6 datapoints for OK -> ALARM transition)."
    )
    short = watch.model_copy(update={"datapoints_to_alarm": None, "evaluation_periods": 5})
    assert outcome(short, [5, 4, 3, 2, 1]).reason.startswith("Threshold Crossed: 5 datapoints were less than the ")
    assert outcome(short, [5, 4, 3, 2, 1]).reason.endswith(" 5.0 (22/11/26 11:59:40)].")


def test_four_datapoints_are_still_listed_within_the_statement() -> None:
    reason = outcome(alarm(None, 4, comparison=Comparison.LESS_OR_EQUAL), [1, 2, 3, 4]).reason
    assert reason.startswith("Threshold Crossed: 4 datapoints [4.0 (22/11/26 11:59:00), ")
    assert reason.endswith("] were less than or equal to the threshold (100.0).")


@pytest.mark.parametrize(
    ("n", "reason"),
    [
        (3, "no datapoints were received for 3 periods and 3 missing datapoints were treated as"),
        (1, "no datapoints were received for 1 period and 1 missing datapoint was treated as"),
    ],
)
def test_no_data_that_counts_as_breaching(n: int, reason: str) -> None:
    watch = alarm(n=n, missing_data=MissingData.BREACHING)
    assert outcome(watch, [None] * 5).reason == f"Threshold Crossed: {reason} [Breaching]."


def test_no_data_that_counts_as_not_breaching() -> None:
    watch = alarm(n=2, missing_data=MissingData.NOT_BREACHING)
    assert outcome(watch, [None] * 4).reason == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[NonBreaching]."
    )


def test_some_data_and_the_rest_filled() -> None:
    watch = alarm(n=3, missing_data=MissingData.BREACHING)
    assert outcome(watch, [None, 50, None]).reason == (
        "Threshold Crossed: 1 datapoint [50.0 (22/11/26 11:58:00)] was not greater than the threshold (100.0) "
        "and 2 missing datapoints were treated as [Breaching]."
    )
    two_of_three = alarm(2, 3, missing_data=MissingData.BREACHING)
    assert outcome(two_of_three, [None, 50, None]).reason == (
        "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
        "[Breaching]."
    )


def test_missing_data_that_counts_as_nothing_is_not_mentioned() -> None:
    assert outcome(alarm(n=3), [None, 50, None]).reason == (
        "Threshold Crossed: 1 datapoint [50.0 (22/11/26 11:58:00)] was not greater than the threshold (100.0)."
    )


@pytest.mark.parametrize(
    ("values", "n", "unknown"),
    [
        ([None], 1, "1 datapoint was"),
        ([None] * 5, 3, "3 datapoints were"),
        ([None, None, 150.0], 3, "2 datapoints were"),
    ],
)
def test_insufficient_data(values: list[float | None], n: int, unknown: str) -> None:
    assert outcome(alarm(n=n), values).reason == f"Insufficient Data: {unknown} unknown."


def test_reason_data_is_json_in_cloudwatchs_form() -> None:
    found = json.loads(outcome(alarm(n=3), [150, 155, None, 160.5, 170]).reason_data)
    assert found == {
        "version": "1.0",
        "queryDate": "2026-11-22T12:00:30.250+0000",
        "startDate": "2026-11-22T11:56:00.000+0000",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [155, 160.5, 170],
        "threshold": 100,
        "evaluatedDatapoints": [
            {"timestamp": "2026-11-22T11:59:00.000+0000", "value": 170},
            {"timestamp": "2026-11-22T11:58:00.000+0000", "value": 160.5},
            {"timestamp": "2026-11-22T11:56:00.000+0000", "value": 155},
        ],
    }


def test_times_are_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        proposal = outcome(alarm(n=1), [150])
        assert "(22/11/26 11:59:00)" in proposal.reason
        assert json.loads(proposal.reason_data)["queryDate"] == "2026-11-22T12:00:30.250+0000"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_reason_data_without_datapoints_or_a_single_metric() -> None:
    queries = [{"id": "m1", "metric": METRIC.model_dump(), "return_data": False}, {"id": "e1", "expression": "m1*2"}]
    found = json.loads(outcome(alarm(metric=None, queries=queries), [None]).reason_data)
    assert "startDate" not in found
    assert "statistic" not in found
    assert found["recentDatapoints"] == []

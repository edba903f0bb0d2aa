"""Alarms that look more often than there are datapoints."""

from __future__ import annotations

import pytest

from fastscale.plan import Metering, MissingData
from tests.inspect.designs import CPU, QUEUED, REQUESTS, RPS, alarm, codes, deployed, found, plan


@pytest.mark.parametrize("metric", [CPU, REQUESTS])
@pytest.mark.parametrize("period", [10, 20, 30])
def test_a_period_below_60_s_on_a_metric_that_aws_publishes_every_60_s(metric, period: int) -> None:
    [one] = found(plan(alarm(metric=metric, period=period)))
    assert (one.code, one.subject) == ("FS001", "hot")
    assert f"the period of {period} s is shorter than the 60 s between datapoints" in one.what
    assert one.why.startswith(f"{60 // period - 1} of {60 // period} periods are empty")
    assert "60 s or more" in one.fix


def test_a_period_of_60_s_is_fine_and_so_is_10_s_on_what_the_meter_publishes_every_5_s() -> None:
    assert codes(plan(alarm(metric=CPU, period=60), alarm("rps", metric=RPS, period=10))) == []


def test_a_service_with_20_s_metrics_allows_20_s_but_not_10_s() -> None:
    cpu = frozenset({"CPUUtilization"})
    assert codes(deployed(plan(alarm(metric=CPU, period=20)), high_resolution=cpu)) == []
    [one] = found(deployed(plan(alarm(metric=CPU, period=10)), high_resolution=cpu))
    assert (one.code, one.fix) == ("FS001", "use a period of 20 s or more")


def test_log_metric_filters_have_60_s_and_unknown_publishers_are_not_judged() -> None:
    made = plan(alarm(metric=QUEUED, period=10))
    assert codes(deployed(made, filters=frozenset({("Shop", "Queued")}))) == ["FS001"]
    assert codes(deployed(made, granted=frozenset({"Shop"}))) == []


def test_three_of_three_never_come_together_when_the_meter_publishes_every_60_s() -> None:
    made = plan(alarm(period=10, evaluation_periods=3, missing_data=MissingData.NOT_BREACHING))
    assert codes(made) == []
    [one] = found(made.model_copy(update={"metering": Metering(interval_seconds=60)}))
    assert (one.code, one.subject) == ("FS012", "hot")
    assert "3 of 3 breaching datapoints never come together" in one.what
    assert "the 90 s that CloudWatch looks at hold at most 2" in one.why
    assert one.fix == "use a period of 60 s, or publish at least every 10 s"


@pytest.mark.parametrize("missing", [MissingData.MISSING, MissingData.BREACHING])
def test_with_missing_data_that_does_not_calm_it_the_same_alarm_can_fire(missing: MissingData) -> None:
    made = plan(alarm(period=10, evaluation_periods=3, datapoints_to_alarm=1, missing_data=missing))
    assert codes(made.model_copy(update={"metering": Metering(interval_seconds=60)})) == []


def test_a_period_that_fits_the_interval_always_has_enough() -> None:
    made = plan(alarm(period=60, evaluation_periods=15, missing_data=MissingData.NOT_BREACHING), steps=())
    assert codes(made.model_copy(update={"metering": Metering(interval_seconds=60)})) == []

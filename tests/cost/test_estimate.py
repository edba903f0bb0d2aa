import json

import pytest

from fastscale import profiles
from fastscale.cost import PRICES, Estimate, Route, Usage, choices, estimate, prices_for
from fastscale.cost.estimate import DETAIL_METRICS, EMF_LINE_BYTES, EMF_METRIC_BYTES, STANDARD_METRICS
from fastscale.errors import InputError
from fastscale.meter import Interval
from fastscale.meter.distribution import Distribution
from fastscale.meter.emf import emf_line
from fastscale.meter.metrics import DETAIL, STANDARD
from fastscale.names import NAMESPACE

PLAN = profiles.reference()
VIRGINIA = PRICES["us-east-1"]
ONE_TASK = Usage(tasks=1, interval_seconds=5)


def item(bill: Estimate, name: str) -> float:
    return next(item.dollars for item in bill.items if item.name == name)


def test_a_task_of_the_reference_design_and_its_publishing() -> None:
    bill = estimate(PLAN, VIRGINIA, ONE_TASK)
    # 518,400 calls a month; 720 h of 0.25 vCPU and 0.5 GB.
    assert item(bill, "PutMetricData") == pytest.approx(5.184)
    assert item(bill, "tasks") == pytest.approx(720 * (0.25 * 0.04048 + 0.5 * 0.004445))
    assert item(bill, "custom metrics") == pytest.approx(1.20)
    assert item(bill, "dashboard") == 3
    assert bill.dollars == pytest.approx(sum(entry.dollars for entry in bill.items))


def test_alarms_cost_by_resolution() -> None:
    bill = estimate(PLAN, VIRGINIA, ONE_TASK)
    high = sum(alarm.period < 60 for alarm in PLAN.alarms)
    tracking = 2 * len(PLAN.scaling.target_policies)
    assert item(bill, "high-resolution alarms") == pytest.approx(0.30 * high)
    assert item(bill, "alarms") == pytest.approx(0.10 * (len(PLAN.alarms) - high + tracking))


def test_log_lines_cost_a_thirtieth_of_calls_or_less() -> None:
    calls = item(estimate(PLAN, VIRGINIA, ONE_TASK), "PutMetricData")
    lines = item(estimate(PLAN, VIRGINIA, Usage(tasks=1, interval_seconds=5, route=Route.EMF)), "EMF log lines")
    assert lines < calls / 30


@pytest.mark.parametrize("detail", [False, True])
def test_the_size_of_a_log_line_is_that_of_a_real_one(detail: bool) -> None:
    times = Distribution([0.0123456789, 0.1234567891])
    busy = Interval(end=1_700_000_000, seconds=5.0012, arrived=503, active=12, peak=40, responses=times, queue=times)
    line = emf_line(busy, NAMESPACE, {}, detail=detail)
    metrics = STANDARD_METRICS + (DETAIL_METRICS if detail else 0)
    assert EMF_LINE_BYTES + EMF_METRIC_BYTES * metrics == pytest.approx(len(line) + 26, rel=0.05)
    assert (len(STANDARD), len(DETAIL)) == (STANDARD_METRICS, DETAIL_METRICS)
    assert json.loads(line)


def test_publishing_grows_with_tasks_and_metrics_do_not() -> None:
    many = estimate(PLAN, VIRGINIA, Usage(tasks=100, interval_seconds=5))
    assert item(many, "PutMetricData") == pytest.approx(518.4)
    assert item(many, "custom metrics") == pytest.approx(1.20)


def test_the_largest_saving_comes_first_and_is_the_difference_of_two_bills() -> None:
    usage = Usage(tasks=10, interval_seconds=5, detail=True)
    found = choices(PLAN, VIRGINIA, usage)
    assert [choice.saves_dollars for choice in found] == sorted((c.saves_dollars for c in found), reverse=True)
    assert "EMF" in found[0].name
    cheaper = estimate(PLAN, VIRGINIA, Usage(tasks=10, interval_seconds=5, detail=True, route=Route.EMF))
    assert found[0].saves_dollars == pytest.approx(estimate(PLAN, VIRGINIA, usage).dollars - cheaper.dollars)


def test_what_is_done_already_is_no_choice() -> None:
    best = Usage(tasks=10, interval_seconds=10, route=Route.EMF, arm=True)
    assert choices(PLAN, VIRGINIA, best) == []


def test_seoul_is_dearer_in_tasks_and_logs() -> None:
    seoul = prices_for("ap-northeast-2")
    assert seoul.vcpu_hour > VIRGINIA.vcpu_hour
    assert seoul.log_gb > VIRGINIA.log_gb


def test_an_unknown_region_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="'mars-1': choose one of us-east-1, ap-northeast-2"):
        prices_for("mars-1")

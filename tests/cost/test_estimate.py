import json
from typing import Any

import pytest

from fastscale import profiles
from fastscale.cost import PRICES, Estimate, Route, Usage, estimate, on_route, prices_for
from fastscale.cost.metrics import DETAIL_METRICS, EMF_LINE_BYTES, EMF_METRIC_BYTES, STANDARD_METRICS
from fastscale.cost.prices import AS_OF
from fastscale.errors import InputError
from fastscale.meter import Interval
from fastscale.meter.distribution import Distribution
from fastscale.meter.emf import emf_line
from fastscale.meter.metrics import DETAIL, STANDARD
from fastscale.names import NAMESPACE
from fastscale.plan import Architecture, Egress, Network, Plan, PulseScrape

PLAN = profiles.reference()
VIRGINIA = PRICES["us-east-1"]
ONE_TASK = Usage(tasks=1, interval_seconds=5)


def item(bill: Estimate, name: str) -> float:
    return next(item.dollars for item in bill.items if item.name == name)


def changed(part: str, **update: Any) -> Plan:
    return PLAN.model_copy(update={part: getattr(PLAN, part).model_copy(update=update)})


def test_a_task_of_the_reference_design_and_its_publishing() -> None:
    bill = estimate(PLAN, VIRGINIA, ONE_TASK)
    # 525,600 calls a month; 730 h of 0.25 vCPU and 0.5 GB.
    assert item(bill, "PutMetricData") == pytest.approx(5.256)
    assert item(bill, "tasks") == pytest.approx(730 * (0.25 * 0.04048 + 0.5 * 0.004445))
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
    assert item(many, "PutMetricData") == pytest.approx(525.6)
    assert item(many, "custom metrics") == pytest.approx(1.20)


def test_pulse_publishes_for_all_tasks_in_one_call_an_interval() -> None:
    plan, usage = on_route(PLAN, Usage(tasks=100, interval_seconds=5), Route.PULSE)
    bill = estimate(plan, VIRGINIA, usage)
    # 525,600 calls for the service, whatever its tasks, and 131,400 for its own metrics.
    assert item(bill, "PutMetricData") == pytest.approx(5.256 + 1.314)
    assert item(bill, "Pulse") == pytest.approx(730 * (0.25 * 0.04048 + 0.5 * 0.004445))
    assert item(bill, "Pulse's table") < 0.20
    many = estimate(plan, VIRGINIA, Usage(tasks=5_000, interval_seconds=5, route=Route.PULSE))
    assert item(many, "PutMetricData") == item(bill, "PutMetricData")  # 400 of them are read
    all_read = plan.model_copy(
        update={"pulse": plan.pulse.model_copy(update={"scrape": PulseScrape(most_tasks=5_000)})}
    )
    many = estimate(all_read, VIRGINIA, Usage(tasks=5_000, interval_seconds=5, route=Route.PULSE))
    assert item(many, "PutMetricData") == pytest.approx(2 * 5.256 + 1.314)


def test_two_controllers_pay_for_their_lease() -> None:
    pair = changed("pulse", replicas=2, learn=False)
    plan, usage = on_route(pair, ONE_TASK, Route.PULSE)
    bill = estimate(plan, VIRGINIA, usage)
    # A write and a read a second: 2,628,000 of each.
    assert item(bill, "Pulse's table") == pytest.approx(2.628 * (0.625 + 0.125))


def test_spot_halves_the_price_of_its_share_above_the_floor() -> None:
    half = changed("service", spot_percent=50)
    usage = Usage(tasks=12, interval_seconds=5)
    whole, mixed = estimate(PLAN, VIRGINIA, usage), estimate(half, VIRGINIA, usage)
    price = item(whole, "tasks") / 12
    assert item(mixed, "tasks") == pytest.approx(7 * price)
    assert item(mixed, "tasks on Spot") == pytest.approx(5 * price / 2)
    at_the_floor = estimate(half, VIRGINIA, Usage(tasks=2, interval_seconds=5))
    assert item(at_the_floor, "tasks") == pytest.approx(2 * price)


def test_arm_costs_what_aws_asks_for_it() -> None:
    bill = estimate(changed("task", architecture=Architecture.ARM64), VIRGINIA, ONE_TASK)
    assert item(bill, "tasks") == pytest.approx(730 * (0.25 * 0.03238 + 0.5 * 0.00356))


def test_the_way_out_is_paid_for_by_gateway_or_by_endpoint_and_zone() -> None:
    usage = Usage(tasks=1, interval_seconds=5, log_gb=100)
    gigabytes = 100 + 525_600 * 1500 / 1e9
    nat = estimate(changed("service", enable_exec=False), VIRGINIA, usage)
    assert item(nat, "NAT gateway") == pytest.approx(730 * 0.045 + gigabytes * 0.045)
    closed = changed("service", enable_exec=False).model_copy(
        update={"network": Network(egress=Egress.ENDPOINTS, max_azs=2)}
    )
    assert item(estimate(closed, VIRGINIA, usage), "interface endpoints") == pytest.approx(
        4 * 2 * 730 * 0.01 + gigabytes * 0.01
    )


def test_seoul_is_dearer_in_tasks_and_logs() -> None:
    seoul = prices_for("ap-northeast-2")
    assert seoul.vcpu_hour > VIRGINIA.vcpu_hour
    assert seoul.log_gb > VIRGINIA.log_gb


def test_an_unknown_region_is_named_with_the_known_ones_and_another_way() -> None:
    with pytest.raises(InputError) as refused:
        prices_for("mars-1")
    assert "'mars-1'" in str(refused.value)
    assert f"of {AS_OF}, for us-east-1 and ap-northeast-2 alone" in str(refused.value)
    assert "--prices FILE" in str(refused.value)


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_an_amount_that_no_month_has_is_refused(amount: float) -> None:
    with pytest.raises(InputError, match=f"tasks {amount:g}: give a number from 0"):
        Usage(tasks=amount, interval_seconds=5)
    with pytest.raises(InputError, match=f"log_gb {amount:g}: give a number from 0"):
        Usage(tasks=1, interval_seconds=5, log_gb=amount)

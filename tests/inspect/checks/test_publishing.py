"""Metrics that nobody publishes, and metrics that fall silent."""

from __future__ import annotations

import pytest

from fastscale.plan import Metric, MissingData, TargetPolicy
from tests.inspect.designs import CPU, IN, OUT, QUEUED, REQUESTS, RPS, alarm, codes, deployed, found, high, low, plan

TARGET_GROUP = Metric(
    namespace="AWS/ApplicationELB", name="RequestCountPerTarget", statistic="Sum", dimensions=(("TargetGroup", "t"),)
)


def test_a_custom_metric_needs_a_publisher_that_can_be_seen() -> None:
    made = plan(alarm(metric=QUEUED))
    [one] = found(deployed(made))
    assert (one.code, one.what) == ("FS007", "nothing is known to publish Shop Queued")
    assert codes(deployed(made, filters=frozenset({("Shop", "Queued")}))) == []
    assert codes(deployed(made, filters=frozenset({("Shop", "Other")}))) == ["FS007"]
    assert codes(deployed(made, granted=frozenset({"Sho*"}))) == []


def test_the_meter_publishes_its_own_metrics_and_no_others() -> None:
    assert codes(plan(alarm(metric=RPS))) == []
    [one] = found(plan(alarm(metric=Metric(namespace=RPS.namespace, name="RequestPerSecond"))))
    assert one.code == "FS007"
    assert "RequestsPerSecond" in one.why


def test_a_slip_of_the_pen_in_the_name_of_an_aws_metric() -> None:
    [one] = found(plan(alarm(metric=Metric(namespace="AWS/ECS", name="CpuUtilization"))))
    assert (one.code, one.fix) == ("FS007", "name it CPUUtilization")
    assert codes(plan(alarm(metric=Metric(namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible")))) == []


@pytest.mark.parametrize("metric", [CPU, REQUESTS, TARGET_GROUP])
def test_a_template_must_name_what_an_aws_metric_is_about(metric: Metric) -> None:
    bare = metric.model_copy(update={"dimensions": ()})
    assert codes(deployed(plan(alarm(metric=metric)))) == []
    assert codes(deployed(plan(alarm(metric=bare)))) == ["FS007"]
    assert codes(plan(alarm(metric=bare))) == [], "a plan's dimensions are filled in when it is rendered"


def test_target_tracking_needs_its_metric_too() -> None:
    custom = TargetPolicy(name="tt", target=5, metric=QUEUED)
    assert codes(deployed(plan(tracking=(custom,)))) == ["FS007"]
    fast = TargetPolicy(name="tt", target=50, predefined="ECSServiceAverageCPUUtilizationHighResolution")
    [one] = found(deployed(plan(tracking=(fast,))))
    assert (one.code, one.what) == ("FS007", "the service does not report CPUUtilization every 20 s")
    assert codes(deployed(plan(tracking=(fast,)), high_resolution=frozenset({"CPUUtilization"}))) == []


@pytest.mark.parametrize("missing", list(MissingData))
def test_a_scale_in_by_the_load_balancer_needs_missing_data_to_breach(missing: MissingData) -> None:
    made = plan(low(metric=REQUESTS, missing_data=missing), steps=(IN,))
    assert codes(deployed(made)) == ([] if missing is MissingData.BREACHING else ["FS013"])


def test_a_scale_in_by_a_metric_that_goes_on_at_rest_is_fine() -> None:
    assert codes(plan(low(metric=RPS), steps=(IN,))) == []


def test_from_zero_tasks_only_a_metric_that_needs_no_tasks_can_scale_out() -> None:
    assert codes(plan(high(metric=RPS), steps=(OUT,), min_capacity=0)) == ["FS016"]
    assert codes(plan(high(metric=CPU), steps=(OUT,), min_capacity=0)) == ["FS016"]
    assert codes(deployed(plan(high(metric=REQUESTS), steps=(OUT,), min_capacity=0))) == []
    assert codes(plan(high(metric=RPS), steps=(OUT,), min_capacity=1)) == []

"""A plan refuses what cannot work, in one line that names the key."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fastscale import profiles
from fastscale.errors import PlanError
from fastscale.plan import (
    AdjustmentType,
    Alarm,
    Metering,
    Metric,
    Network,
    Plan,
    Scaling,
    Schedule,
    Step,
    StepPolicy,
    TargetPolicy,
    Task,
)

RATE = Metric(namespace="Shop", name="RequestsPerSecond")


def test_a_plan_and_its_parts_cannot_be_changed_after_they_were_made() -> None:
    plan = profiles.default()
    with pytest.raises(ValidationError, match="frozen"):
        plan.scaling.min_capacity = 5  # the very thing that must fail


@pytest.mark.parametrize("period", [10, 20, 30, 60, 300, 86400])
def test_periods_that_cloudwatch_evaluates_are_taken(period: int) -> None:
    assert Alarm(name="a", metric=RATE, period=period, threshold=1).period == period


@pytest.mark.parametrize("period", [0, 1, 5, 15, 45, 90, -60])
def test_other_periods_are_refused_by_name(period: int) -> None:
    with pytest.raises(ValidationError, match=f"period {period} is not 10, 20, 30 or a multiple of 60"):
        Alarm(name="a", metric=RATE, period=period, threshold=1)


def test_dimensions_are_a_table_or_pairs_and_come_in_one_order() -> None:
    pairs = (("ClusterName", "shop"), ("ServiceName", "web"))
    assert Metering.model_validate({"dimensions": {"ServiceName": "web", "ClusterName": "shop"}}).dimensions == pairs
    assert Metering(dimensions=tuple(reversed(pairs))).dimensions == pairs
    assert Metering(dimensions=tuple((f"d{n:02}", "x" * 1024) for n in range(30)))


@pytest.mark.parametrize(
    ("dimensions", "problem"),
    [
        ({f"d{n}": "x" for n in range(31)}, "31 dimensions are too many: a metric has 30 at most"),
        ([("a", "1"), ("a", "2")], "dimension name 'a' is used twice"),
        ({":a": "1"}, "name ':a': give 1 to 255 ASCII characters, not only spaces and no colon first"),
        ({"": "1"}, "name ''"),
        ({"  ": "1"}, "name '  '"),
        ({"Größe": "1"}, "name 'Größe'"),
        ({"a" * 256: "1"}, "name 'aaa"),
        ({"a": ""}, "a = '': give 1 to 1024 ASCII characters, not only spaces"),
        ({"a": " "}, "a = ' '"),
        ({"a": "one\ntwo"}, r"a = 'one\\ntwo'"),
        ({"a": "가"}, "a = '가'"),
        ({"a": "x" * 1025}, "a = 'xxx"),
        ({"a": 3}, "should be a valid string"),
    ],
)
def test_dimensions_that_cloudwatch_does_not_take_are_refused(dimensions: object, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Metering.model_validate({"dimensions": dimensions})


def test_more_datapoints_to_alarm_than_evaluation_periods_is_refused() -> None:
    with pytest.raises(ValidationError, match="datapoints_to_alarm 3 is more than evaluation_periods 2"):
        Alarm(name="a", metric=RATE, evaluation_periods=2, datapoints_to_alarm=3, threshold=1)


@pytest.mark.parametrize(
    ("bounds", "problem"),
    [
        ([(0, 10), (5, None)], r"Step adjustment intervals cannot overlap: \[0, 10\) and \[5, \+inf\)"),
        ([(0, 10), (20, None)], "Step adjustment intervals cannot have gaps between them: 10 to 20"),
        ([(10, 0)], "Lower bound must be less than upper bound for a step adjustment: 10 and 0"),
        ([(None, 0), (None, 10)], "At most one step adjustment may have an unspecified lower bound"),
        ([(0, None), (10, None)], "At most one step adjustment may have an unspecified upper bound"),
        ([(None, None)], "Both lower and upper bounds of a step adjustment cannot be left unspecified"),
        ([(-10, 0)], "an unspecified lower bound when one has a negative lower bound"),
        ([(0, 10)], "an unspecified upper bound when one has a positive upper bound"),
    ],
)
def test_intervals_that_aws_refuses_are_refused(bounds: list[tuple[float | None, float | None]], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        StepPolicy(name="p", steps=tuple(Step(lower=low, upper=high, adjustment=1) for low, high in bounds))


def test_an_exact_capacity_below_zero_is_refused() -> None:
    with pytest.raises(ValidationError, match="cannot be less than 0 when adjustment type is ExactCapacity"):
        StepPolicy(name="p", adjustment_type=AdjustmentType.EXACT, steps=(Step(lower=0, adjustment=-1),))


def test_a_floor_above_the_ceiling_is_refused() -> None:
    with pytest.raises(ValidationError, match="min_capacity 5 is above max_capacity 4"):
        Scaling(min_capacity=5, max_capacity=4)


def test_a_schedule_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="changes nothing"):
        Schedule(name="idle", expression="rate(1 day)")


def test_memory_that_fargate_does_not_offer_names_the_sizes_that_it_does() -> None:
    with pytest.raises(ValidationError, match="memory 4096 does not go with cpu 256: 512, 1024, 2048"):
        Task(cpu=256, memory=4096)


def test_a_retention_that_cloudwatch_logs_does_not_offer_is_refused() -> None:
    with pytest.raises(ValidationError, match="log_retention_days 10 is not one of 1, 3, 5, 7, 14"):
        Task(log_retention_days=10)


@pytest.mark.parametrize(
    ("cidr", "problem"),
    [
        ("10.0.0.0/22", "cidr 10.0.0.0/22 is not a VPC for 6 subnets of /24: give a block between /16 and /21"),
        ("10.0.0.0/8", "give a block between /16 and /21"),
        ("10.0.0.0/40", "cidr '10.0.0.0/40' is not an IPv4 block"),
        ("10.0.0.5/16", "has host bits set"),
    ],
)
def test_a_network_without_room_for_its_subnets_is_refused(cidr: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Network(cidr=cidr)


def test_more_nat_gateways_than_zones_are_refused() -> None:
    with pytest.raises(ValidationError, match="nat_gateways 3 is more than max_azs 2"):
        Network(max_azs=2, nat_gateways=3)


def test_an_alarm_must_name_a_policy_of_the_plan() -> None:
    alarm = Alarm(name="a", metric=RATE, threshold=1, policies=("gone",))
    with pytest.raises(ValidationError, match="alarm 'a' names step policy 'gone'"):
        Plan(scaling=Scaling(), alarms=(alarm,))


def test_two_alarms_of_one_name_are_refused() -> None:
    alarm = Alarm(name="twin", metric=RATE, threshold=1)
    with pytest.raises(ValidationError, match="alarm name 'twin' is used twice"):
        Plan(scaling=Scaling(), alarms=(alarm, alarm))


def test_an_unknown_key_is_an_error_and_not_ignored() -> None:
    with pytest.raises(ValidationError, match="min_capcity"):
        Scaling.model_validate({"min_capcity": 2})


def test_an_unknown_profile_names_the_ones_that_exist() -> None:
    with pytest.raises(PlanError, match="unknown profile 'fast': choose one of default, reference"):
        profiles.profile("fast")


def test_the_reference_profile_has_the_published_steps() -> None:
    steps = profiles.reference().step_policy("FastScaling-ScaleOut").steps
    assert [(step.lower, step.upper, step.adjustment) for step in steps] == [(0, 50, 1), (50, 100, 2), (100, None, 4)]


@pytest.mark.parametrize("name", list(profiles.PROFILES))
def test_both_profiles_alarm_at_the_published_thresholds(name: str) -> None:
    plan = profiles.profile(name)
    rps = plan.alarm("FastScaling-CustomRPS")
    low = plan.alarm("FastScaling-LowRPS")
    assert (rps.threshold, rps.period, rps.evaluation_periods, rps.missing_data) == (100, 10, 1, "notBreaching")
    assert (low.threshold, low.period, low.evaluation_periods) == (50, 60, 3)


NEEDED = {"scaling": {}, "alarms": ()}
IMAGE = "docker.io/library/httpd:2.4"
TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
SALE = {"name": "Sale", "start": 1000, "end": 5000, "min_capacity": 9}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"network": {"egress": "direct"}}, "Input should be 'nat' or 'endpoints'"),
        ({"load_balancer": {"algorithm": "random"}}, "'least_outstanding_requests' or 'weighted_random'"),
        ({"load_balancer": {"certificate_arn": "my-certificate"}}, "is not a certificate's ARN, such as arn:aws:acm"),
        ({"load_balancer": {"tls_policy": "ELBSecurityPolicy-2016-08"}}, "Input should be 'ELBSecurityPolicy-TLS13"),
        ({"task": {"architecture": "arm"}}, "Input should be 'x86_64' or 'arm64'"),
        ({"task": {"image": "no spaces/please"}}, "String should match pattern"),
        ({"service": {"spot_percent": 101}}, "less than or equal to 100"),
        ({"notifications": {"topic_arn": TOPIC, "email": "a@b.example"}}, "subscribe it to topic_arn yourself"),
        ({"notifications": {"email": "nobody"}}, "String should match pattern"),
        ({"time_zone": "Korea/Seoul"}, "is not an IANA time zone such as Asia/Seoul"),
        ({"load_balancer": {"health_check": {"path": "health"}}}, "String should match pattern"),
        ({"load_balancer": {"health_check": {"success_codes": "2xx"}}}, "is not a status from 200 to 499, such as 200"),
        ({"load_balancer": {"health_check": {"success_codes": "200-500"}}}, "is not a status from 200 to 499"),
        ({"pulse": {"cpu": 300}}, "cpu 300 is not a Fargate size: 256, 512"),
        ({"pulse": {"memory": 4096}}, "memory 4096 does not go with cpu 256: 512, 1024, 2048"),
        ({"requests_per_task": float("inf")}, "should be a finite number"),
        ({"task": {"startup_seconds": float("nan")}}, "should be a finite number"),
        ({"scaling": {"predictive": {"target": 0}}}, "Input should be greater than 0"),
        ({"network": {"egress": "endpoints"}, "task": {"image": IMAGE}}, f"task.image '{IMAGE}' is not in Amazon ECR"),
    ],
)
def test_a_choice_that_aws_does_not_offer_is_refused(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Plan.model_validate(NEEDED | given)


def test_a_task_on_spot_outlives_the_requests_that_it_has_when_it_is_taken_back() -> None:
    slow = {"load_balancer": {"deregistration_delay_seconds": 60}, "task": {"stop_timeout_seconds": 30}}
    Plan.model_validate(NEEDED | slow)
    with pytest.raises(ValidationError, match=r"stop_timeout_seconds 30 must not be below .*delay_seconds 60"):
        Plan.model_validate(NEEDED | slow | {"service": {"spot_percent": 50}})


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([SALE | {"name": "x" * 47}], "String should match pattern"),
        ([SALE | {"end": 1030}], "end must be at least 60 s after start"),
        ([SALE | {"min_capacity": 101}], "event 'Sale' wants a floor above max_capacity 100"),
        ([SALE | {"floor_after": 101}], "event 'Sale' wants a floor above max_capacity 100"),
        ([SALE, SALE | {"name": "Next", "start": 4999, "end": 9000}], "events 'Sale' and 'Next' overlap"),
        ([SALE, SALE | {"start": 6000, "end": 9000}], "event name 'Sale' is used twice"),
    ],
)
def test_events_that_could_not_be_carried_out_are_refused(events: list[dict[str, object]], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Plan.model_validate(NEEDED | {"events": events})


def test_only_a_plan_with_high_resolution_policies_asks_for_metrics_every_20_s() -> None:
    def wanted(predefined: str) -> tuple[str, ...]:
        return Scaling(
            target_policies=(TargetPolicy(name="t", target=60, predefined=predefined),)
        ).high_resolution_metrics

    assert wanted("ECSServiceAverageCPUUtilization") == ()
    assert wanted("ECSServiceAverageCPUUtilizationHighResolution") == ("CPUUtilization",)
    assert wanted("ECSServiceAverageMemoryUtilizationHighResolution") == ("MemoryUtilization",)

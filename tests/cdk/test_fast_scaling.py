"""Fast scaling for a service that exists already: what can be said of it, and what cannot."""

import subprocess
import sys

import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from fastscale import profiles
from fastscale.cdk import FastScaling
from fastscale.cdk.fast_scaling import LONGEST_PREFIX
from fastscale.errors import InputError, PlanError
from fastscale.plan import Event, PulsePolicy, Schedule

OFF = PulsePolicy(enabled=False)
ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"


@pytest.fixture
def adopt(stack):
    """Fast scaling for a service made elsewhere."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1a2b", availability_zones=["a"], private_subnet_ids=["subnet-1a2b"]
    )
    balancing = "arn:aws:elasticloadbalancing:eu-west-1:111122223333"

    def add(ids="Web", **options) -> Template:
        for id_ in [ids] if isinstance(ids, str) else ids:
            FastScaling.from_lookup(
                stack,
                id_,
                vpc=vpc,
                cluster_name="shop",
                service_name=id_.lower(),
                target_group_arn=f"{balancing}:targetgroup/web/3c4d",
                load_balancer_arn=f"{balancing}:loadbalancer/app/front/1a2b",
                task_security_group_id="sg-1a2b",
                **({"pulse": OFF} if "plan" not in options else {}) | options,
            )
        return Template.from_stack(stack)

    return add


def alarm(template, name):
    (found,) = template.find_resources(ALARM, {"Properties": {"AlarmName": name}}).values()
    return found["Properties"]


def test_the_alarm_and_its_steps_are_fitted_to_the_load_of_a_task(adopt):
    template = adopt(requests_per_task=250)
    assert alarm(template, "Stack-Web-CustomRPS")["Threshold"] == 250
    assert alarm(template, "Stack-Web-LowRPS")["Threshold"] == 125


def test_a_message_comes_when_the_whole_fleet_has_more_than_it_is_meant_to_carry(adopt):
    template = adopt(requests_per_task=250, max_capacity=20)
    assert alarm(template, "Stack-Web-HighRequestRate")["Threshold"] == 250 * 20 * 60


def schedules(template):
    (target,) = template.find_resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    return [action["ScheduledActionName"] for action in target["Properties"]["ScheduledActions"]]


def test_no_schedule_of_the_reference_moves_another_service(adopt):
    assert schedules(adopt(requests_per_task=100)) == []


def test_the_services_own_schedules_move_its_floor(adopt):
    morning = Schedule(name="Morning", expression="cron(0 8 * * ? *)", min_capacity=6)
    assert schedules(adopt(requests_per_task=100, schedules=[morning])) == ["Morning"]


SALE = Event(name="SpringSale", start=1_900_000_000, end=1_900_003_600, min_capacity=40)


def test_two_services_have_an_event_of_one_name(adopt):
    template = adopt(("Web", "Search"), requests_per_task=100, events=[SALE])
    assert {found["Properties"]["Name"] for found in template.find_resources("AWS::Scheduler::Schedule").values()} == {
        f"Stack-{service}-SpringSale-{moment}" for service in ("Web", "Search") for moment in ("start", "end")
    }


def test_the_names_of_an_events_schedules_fit_and_differ_however_long_the_path_is(adopt):
    template = adopt("W" * 100, requests_per_task=100, events=[SALE])
    found = {one["Properties"]["Name"] for one in template.find_resources("AWS::Scheduler::Schedule").values()}
    assert len(found) == 2
    assert max(map(len, found)) == 64
    assert {name.rpartition("-")[2] for name in found} == {"start", "end"}


def test_a_long_path_is_cut_and_told_from_others(adopt):
    found = adopt("W" * 100, requests_per_task=100).find_resources("AWS::SNS::Topic").values()
    (topic,) = [entry["Properties"]["TopicName"] for entry in found]
    assert topic.startswith("Stack-WW")
    assert len(topic) <= LONGEST_PREFIX + len("-alerts")


def test_names_begin_with_a_prefix_of_ones_own(adopt):
    template = adopt(requests_per_task=100, prefix="Checkout")
    assert alarm(template, "Checkout-CustomRPS")["Namespace"] == "FastScaling/Checkout"
    template.has_resource_properties("AWS::CloudWatch::Dashboard", {"DashboardName": "Checkout"})


def test_messages_go_to_an_existing_topic(adopt, stack):
    template = adopt(requests_per_task=100, topic=sns.Topic.from_topic_arn(stack, "OnCall", TOPIC))
    template.resource_count_is("AWS::SNS::Topic", 0)
    assert TOPIC in alarm(template, "Stack-Web-CustomRPS")["AlarmActions"]


def test_rows_go_to_an_existing_page(adopt, stack):
    page = cloudwatch.Dashboard(stack, "Page", dashboard_name="shop")
    template = adopt(requests_per_task=100, dashboard=page)
    template.resource_count_is("AWS::CloudWatch::Dashboard", 1)
    (body,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    assert "Load per task" in str(body)


def test_a_whole_plan_of_ones_own_counts_as_it_is(adopt):
    plan = profiles.reference()
    template = adopt(plan=plan)
    found = template.find_resources(ALARM).values()
    assert {entry["Properties"]["AlarmName"] for entry in found} == {alarm.name for alarm in plan.alarms}


def test_without_pulse_the_service_scales_by_its_alarms_alone(adopt):
    template = adopt(requests_per_task=100)
    template.resource_count_is("AWS::ECS::Service", 0)
    template.resource_count_is("AWS::DynamoDB::Table", 0)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "Stack-Web: give requests_per_task"),
        ({"plan": profiles.reference(), "max_capacity": 5}, "Stack-Web: max_capacity beside a plan"),
        ({"requests_per_task": 0}, "requests_per_task 0 must be above 0"),
        ({"requests_per_task": 100, "min_capacity": 9, "max_capacity": 5}, "min_capacity 9 is above max_capacity 5"),
        (
            {"requests_per_task": 100, "min_capacity": -1},
            "Stack-Web: min_capacity = -1: should be greater than or equal",
        ),
        (
            {"requests_per_task": 100, "time_zone": "Mars/X"},
            "Stack-Web: time_zone = 'Mars/X': is not an IANA time zone",
        ),
        ({"requests_per_task": 100, "profile": "fast"}, "unknown profile 'fast'"),
    ],
)
def test_what_cannot_work_is_named_in_one_line(adopt, options, problem):
    with pytest.raises(InputError, match=problem) as refusal:
        adopt(**options)
    assert "\n" not in str(refusal.value)


def test_a_target_group_without_a_load_balancer_is_named(stack):
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    service = ecs.FargateService.from_fargate_service_attributes(stack, "Web", cluster=cluster, service_name="web")
    group = elbv2.ApplicationTargetGroup(stack, "Targets", vpc=vpc, port=8080, target_type=elbv2.TargetType.IP)
    with pytest.raises(InputError, match="Stack/Targets: no load balancer sends requests"):
        FastScaling(stack, "FastScaling", service=service, target_group=group, requests_per_task=100)


def test_pulse_says_when_it_cannot_know_the_tasks_security_group(stack):
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    service = ecs.FargateService.from_fargate_service_attributes(stack, "Web", cluster=cluster, service_name="web")
    group = elbv2.ApplicationTargetGroup.from_target_group_attributes(
        stack,
        "Targets",
        target_group_arn="arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/3c4d",
        load_balancer_arns="arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/1a2b",
    )
    with pytest.raises(InputError, match="give tasks="):
        FastScaling(stack, "FastScaling", service=service, target_group=group, requests_per_task=100)


def test_importing_the_package_does_not_import_the_cdk():
    look = "import sys, fastscale.cdk; print('aws_cdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_construct_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="SlowScaling"):
        sys.modules["fastscale.cdk"].SlowScaling  # noqa: B018 - reading it is the test


def test_an_unknown_profile_is_still_a_plan_error(adopt):
    with pytest.raises(PlanError):
        adopt(requests_per_task=100, profile="fast")

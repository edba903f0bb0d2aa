"""The alarms render the plan, and what each sets in motion."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from fastscale import names
from fastscale.cdk.alarms import ServiceAlarms
from fastscale.plan import Alarm, Comparison, Metric, MetricQuery

STACK = names.STACK_MONITORING
ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "AWS::SNS::Topic"


def alarms(rendered):
    return {alarm["AlarmName"]: alarm for alarm in rendered.resources(STACK, ALARM).values()}


def acts_on(rendered, actions):
    """(policy names, whether the alert topic is told)."""
    found = [rendered.follow(STACK, action) for action in actions or ()]
    policies = [properties["PolicyName"] for kind, properties in found if kind != TOPIC]
    return policies, any(kind == TOPIC for kind, _ in found)


def test_every_alarm_of_the_plan_is_there_with_the_same_rule(rendered):
    found = alarms(rendered)
    assert set(found) == {alarm.name for alarm in rendered.plan.alarms}
    for alarm in rendered.plan.alarms:
        properties = found[alarm.name]
        assert properties["Threshold"] == alarm.threshold
        assert properties["ComparisonOperator"] == alarm.comparison
        assert properties["Period"] == alarm.period
        assert properties["EvaluationPeriods"] == alarm.evaluation_periods
        assert properties["DatapointsToAlarm"] == alarm.datapoints_needed
        assert properties["TreatMissingData"] == alarm.missing_data


def test_every_alarm_watches_the_plans_metric(rendered):
    for alarm in rendered.plan.alarms:
        properties = alarms(rendered)[alarm.name]
        assert (properties["Namespace"], properties["MetricName"], properties["Statistic"]) == (
            alarm.metric.namespace,
            alarm.metric.name,
            alarm.metric.statistic,
        )


def test_every_alarm_acts_through_the_plans_policies(rendered):
    for alarm in rendered.plan.alarms:
        policies, _ = acts_on(rendered, alarms(rendered)[alarm.name].get("AlarmActions"))
        assert policies == list(alarm.policies)


def test_the_load_alarm_acts_through_the_scale_out_policy(rendered):
    policies, _ = acts_on(rendered, alarms(rendered)["FastScaling-CustomRPS"]["AlarmActions"])
    assert policies[0] == "FastScaling-ScaleOut"


def test_alarm_and_recovery_are_told_where_the_plan_says_so_and_nowhere_else(rendered):
    for alarm in rendered.plan.alarms:
        properties = alarms(rendered)[alarm.name]
        assert acts_on(rendered, properties.get("AlarmActions"))[1] is alarm.notify
        assert acts_on(rendered, properties.get("OKActions"))[1] is alarm.notify


def test_the_applications_metrics_are_watched_over_all_tasks(rendered):
    assert "Dimensions" not in alarms(rendered)["FastScaling-CustomRPS"]


def dimensions(rendered, alarm):
    return {entry["Name"]: rendered.follow(STACK, entry["Value"])[1] for entry in alarms(rendered)[alarm]["Dimensions"]}


def test_cpu_is_that_of_the_service(rendered):
    found = dimensions(rendered, "FastScaling-HighCPU")
    assert found["ClusterName"]["ClusterName"] == "fast-scaling-cluster"
    assert found["ServiceName"]["ServiceName"] == "fast-scaling-service"


def test_response_time_is_that_of_the_services_targets(rendered):
    found = dimensions(rendered, "FastScaling-HighResponseTime")
    assert found["LoadBalancer"]["Name"] == "fast-scaling-alb"
    assert found["TargetGroup"]["Name"] == "fast-scaling-tg"


@pytest.fixture
def render(stack: cdk.Stack, subject):
    def one(alarm: Alarm) -> Template:
        topic = sns.Topic(stack, "Topic")
        arns = {"Out": "arn:aws:autoscaling:out"}
        ServiceAlarms(stack, "Alarms", alarms=[alarm], subject=subject, step_policy_arns=arns, topic=topic)
        return Template.from_stack(stack)

    return one


def test_an_alarm_may_watch_a_percentile(render):
    slow = Metric(namespace="AWS/ApplicationELB", name="TargetResponseTime", statistic="p99")
    render(Alarm(name="Slow", metric=slow, threshold=1)).has_resource_properties(
        ALARM, {"ExtendedStatistic": "p99", "Statistic": Match.absent()}
    )


def test_an_alarm_may_watch_an_expression(render):
    errors = Metric(namespace="AWS/ApplicationELB", name="HTTPCode_ELB_5XX_Count", statistic="Sum")
    alarm = Alarm(
        name="Errors",
        queries=(
            MetricQuery(id="errors", metric=errors, period=60, return_data=False),
            MetricQuery(id="rate", expression="errors / PERIOD(errors)"),
        ),
        period=60,
        threshold=0.5,
        comparison=Comparison.GREATER_OR_EQUAL,
        policies=("Out",),
    )
    render(alarm).has_resource_properties(
        ALARM,
        {
            "AlarmActions": ["arn:aws:autoscaling:out"],
            "OKActions": Match.absent(),
            "Period": Match.absent(),
            "Metrics": [
                {
                    "Id": "errors",
                    "ReturnData": False,
                    "MetricStat": {
                        "Period": 60,
                        "Stat": "Sum",
                        "Metric": {
                            "Namespace": "AWS/ApplicationELB",
                            "MetricName": "HTTPCode_ELB_5XX_Count",
                            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/front/1a2b"}],
                        },
                    },
                },
                {"Id": "rate", "Expression": "errors / PERIOD(errors)", "Period": 60, "ReturnData": True},
            ],
        },
    )

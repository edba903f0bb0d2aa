"""Application Auto Scaling renders the plan, number by number."""

import pytest
from aws_cdk.assertions import Match, Template

from fastscale import names
from fastscale.cdk.scaling import ServiceScaling
from fastscale.plan import Metric, MetricQuery, Scaling, Schedule, TargetPolicy

STACK = names.STACK_AUTO_SCALING
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


def policies(rendered, kind):
    found = rendered.resources(STACK, POLICY).values()
    return {policy["PolicyName"]: policy for policy in found if policy["PolicyType"] == kind}


def test_the_service_scales_between_floor_and_ceiling(rendered):
    rendered.template(STACK).has_resource_properties(
        TARGET,
        {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": rendered.plan.scaling.min_capacity,
            "MaxCapacity": rendered.plan.scaling.max_capacity,
        },
    )


def test_the_scalable_target_is_the_service(rendered):
    _, parts = rendered.only(STACK, TARGET)["ResourceId"]["Fn::Join"]
    assert (parts[0], parts[2]) == ("service/", "/")
    assert rendered.follow(STACK, parts[1])[1]["ClusterName"] == "fast-scaling-cluster"
    assert rendered.follow(STACK, parts[3])[1]["ServiceName"] == "fast-scaling-service"


def test_every_step_policy_of_the_plan_is_there_with_the_same_numbers(rendered):
    found = policies(rendered, "StepScaling")
    assert set(found) == {policy.name for policy in rendered.plan.scaling.step_policies}
    for policy in rendered.plan.scaling.step_policies:
        configuration = found[policy.name]["StepScalingPolicyConfiguration"]
        assert configuration["AdjustmentType"] == policy.adjustment_type
        assert configuration["Cooldown"] == policy.cooldown_seconds
        assert configuration["MetricAggregationType"] == policy.aggregation
        assert configuration.get("MinAdjustmentMagnitude") == policy.min_adjustment_magnitude


def test_every_step_of_the_plan_is_there_with_the_same_bounds(rendered):
    found = policies(rendered, "StepScaling")
    for policy in rendered.plan.scaling.step_policies:
        steps = found[policy.name]["StepScalingPolicyConfiguration"]["StepAdjustments"]
        assert [
            (step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound"), step["ScalingAdjustment"])
            for step in steps
        ] == [(step.lower, step.upper, step.adjustment) for step in policy.steps]


def test_every_target_policy_of_the_plan_is_there(rendered):
    found = policies(rendered, "TargetTrackingScaling")
    assert set(found) == {policy.name for policy in rendered.plan.scaling.target_policies}
    for policy in rendered.plan.scaling.target_policies:
        assert found[policy.name]["TargetTrackingScalingPolicyConfiguration"] == {
            "TargetValue": policy.target,
            "ScaleOutCooldown": policy.scale_out_cooldown_seconds,
            "ScaleInCooldown": policy.scale_in_cooldown_seconds,
            "DisableScaleIn": policy.disable_scale_in,
            "PredefinedMetricSpecification": {"PredefinedMetricType": policy.predefined},
        }


def test_every_schedule_of_the_plan_is_there_in_its_time_zone(rendered):
    found = {action["ScheduledActionName"]: action for action in rendered.only(STACK, TARGET)["ScheduledActions"]}
    assert set(found) == {schedule.name for schedule in rendered.plan.scaling.schedules}
    for schedule in rendered.plan.scaling.schedules:
        assert found[schedule.name] == {
            "ScheduledActionName": schedule.name,
            "Schedule": schedule.expression,
            "Timezone": schedule.time_zone,
            "ScalableTargetAction": {"MinCapacity": schedule.min_capacity, "MaxCapacity": schedule.max_capacity},
        }


def test_the_published_weekly_schedule(rendered):
    actions = rendered.only(STACK, TARGET)["ScheduledActions"]
    assert [(entry["Schedule"], entry["ScalableTargetAction"]["MinCapacity"]) for entry in actions] == [
        ("cron(30 8 * * ? *)", 5),
        ("cron(0 22 * * ? *)", 2),
        ("cron(0 23 ? * FRI *)", 1),
        ("cron(0 7 ? * MON *)", 2),
    ]


@pytest.fixture
def render(stack, subject):
    def scaling(**parts) -> Template:
        ServiceScaling(stack, "Scaling", scaling=Scaling(**parts), subject=subject)
        return Template.from_stack(stack)

    return scaling


def tracking(expected):
    return {"TargetTrackingScalingPolicyConfiguration": Match.object_like(expected)}


def test_requests_per_target_are_those_of_this_services_target_group(render):
    policy = TargetPolicy(name="Requests", target=600, predefined="ALBRequestCountPerTarget")
    specification = {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/front/1a2b/targetgroup/web/3c4d",
    }
    render(target_policies=(policy,)).has_resource_properties(
        POLICY, tracking({"PredefinedMetricSpecification": specification})
    )


def test_a_target_policy_may_track_a_metric_of_its_own(render):
    queue = Metric(namespace="Shop", name="Backlog", statistic="Maximum", dimensions=(("Queue", "orders"),))
    render(target_policies=(TargetPolicy(name="Backlog", target=10, metric=queue),)).has_resource_properties(
        POLICY,
        tracking(
            {
                "CustomizedMetricSpecification": {
                    "Namespace": "Shop",
                    "MetricName": "Backlog",
                    "Statistic": "Maximum",
                    "Dimensions": [{"Name": "Queue", "Value": "orders"}],
                }
            }
        ),
    )


def test_a_target_policy_may_track_an_expression(render):
    cpu = Metric(namespace="AWS/ECS", name="CPUUtilization")
    queries = (
        MetricQuery(id="cpu", metric=cpu, return_data=False),
        MetricQuery(id="half", expression="cpu / 2"),
    )
    render(target_policies=(TargetPolicy(name="Half", target=10, queries=queries),)).has_resource_properties(
        POLICY,
        tracking(
            {
                "CustomizedMetricSpecification": {
                    "Metrics": [
                        {
                            "Id": "cpu",
                            "ReturnData": False,
                            "MetricStat": {
                                "Stat": "Average",
                                "Metric": {
                                    "Namespace": "AWS/ECS",
                                    "MetricName": "CPUUtilization",
                                    "Dimensions": [
                                        {"Name": "ClusterName", "Value": "shop"},
                                        {"Name": "ServiceName", "Value": "web"},
                                    ],
                                },
                            },
                        },
                        {"Id": "half", "Expression": "cpu / 2", "ReturnData": True},
                    ]
                }
            }
        ),
    )


def test_a_schedule_may_begin_and_end(render):
    campaign = Schedule(
        name="Campaign",
        expression="cron(0 9 * * ? *)",
        min_capacity=20,
        start_time=1_767_225_600,
        end_time=1_767_830_400,
    )
    action = {
        "ScheduledActionName": "Campaign",
        "Schedule": "cron(0 9 * * ? *)",
        "Timezone": "UTC",
        "ScalableTargetAction": {"MinCapacity": 20, "MaxCapacity": Match.absent()},
        "StartTime": "2026-01-01T00:00:00Z",
        "EndTime": "2026-01-08T00:00:00Z",
    }
    render(schedules=(campaign,)).has_resource_properties(TARGET, {"ScheduledActions": [action]})

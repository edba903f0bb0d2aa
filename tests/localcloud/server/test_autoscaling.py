"""Application Auto Scaling as a client sees it; nothing here scales."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import Server

DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 50, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 50, "ScalingAdjustment": 4},
]
STEP_SCALING = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": STEPS, "Cooldown": 10}


@pytest.fixture
def key(server: Server, service: str) -> dict:
    """The key of a registered target, 2 to 10 tasks."""
    key = {**DIMENSION, "ResourceId": f"service/{service}/{service}"}
    server.client("application-autoscaling").register_scalable_target(**key, MinCapacity=2, MaxCapacity=10)
    return key


def test_a_target_keeps_what_an_update_leaves_out(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    before = _target(server, key)
    assert before["SuspendedState"]["DynamicScalingInSuspended"] is False
    scaling.register_scalable_target(**key, MaxCapacity=20, SuspendedState={"DynamicScalingInSuspended": True})
    after = _target(server, key)
    assert (after["MinCapacity"], after["MaxCapacity"]) == (2, 20)
    assert after["SuspendedState"] == {**before["SuspendedState"], "DynamicScalingInSuspended": True}
    assert after["ScalableTargetARN"] == before["ScalableTargetARN"]


def test_impossible_targets_are_refused(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    for changed, reason in [
        ({"MinCapacity": 11}, "Minimum capacity cannot be greater"),
        ({"ResourceId": "service/nowhere/nothing", "MinCapacity": 1, "MaxCapacity": 2}, "ECS service doesn't exist"),
        ({"ResourceId": "nonsense", "MinCapacity": 1, "MaxCapacity": 2}, "Unsupported service namespace"),
    ]:
        with pytest.raises(ClientError, match=reason):
            scaling.register_scalable_target(**{**key, **changed})


def test_a_policy_put_again_keeps_its_arn(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    put = {**key, "PolicyName": "out", "PolicyType": "StepScaling"}
    first = scaling.put_scaling_policy(**put, StepScalingPolicyConfiguration=STEP_SCALING)
    again = scaling.put_scaling_policy(**put, StepScalingPolicyConfiguration={**STEP_SCALING, "Cooldown": 60})
    assert again["PolicyARN"] == first["PolicyARN"]
    assert _policy(server, key)["StepScalingPolicyConfiguration"]["Cooldown"] == 60


def test_a_step_policy_shows_the_alarms_that_invoke_it(server: Server, key: dict, name: str) -> None:
    scaling = server.client("application-autoscaling")
    put = {**key, "PolicyName": "out", "PolicyType": "StepScaling"}
    arn = scaling.put_scaling_policy(**put, StepScalingPolicyConfiguration=STEP_SCALING)["PolicyARN"]
    assert _policy(server, key)["Alarms"] == []
    _put_alarm(server, name, AlarmActions=[arn])
    assert [alarm["AlarmName"] for alarm in _policy(server, key)["Alarms"]] == [name]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([STEPS[0], {"MetricIntervalLowerBound": 40, "ScalingAdjustment": 2}], "overlap"),
        ([STEPS[0], {"MetricIntervalLowerBound": 60, "ScalingAdjustment": 2}], "gap"),
    ],
)
def test_steps_with_gaps_or_overlaps_are_refused(server: Server, key: dict, steps: list, reason: str) -> None:
    with pytest.raises(ClientError, match=reason) as refused:
        server.client("application-autoscaling").put_scaling_policy(
            **key,
            PolicyName="bad",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={**STEP_SCALING, "StepAdjustments": steps},
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_target_tracking_brings_two_alarms_and_takes_them_along(server: Server, key: dict) -> None:
    scaling, cloudwatch = server.client("application-autoscaling"), server.client("cloudwatch")
    made = _track_cpu(server, key)
    names = [alarm["AlarmName"] for alarm in made["Alarms"]]
    high, low = (_alarm(server, name) for name in names)
    assert "AlarmHigh" in high["AlarmName"]
    assert (high["Threshold"], high["ComparisonOperator"], high["EvaluationPeriods"]) == (60, "GreaterThanThreshold", 3)
    assert (low["Threshold"], low["ComparisonOperator"], low["EvaluationPeriods"]) == (54, "LessThanThreshold", 15)
    assert high["MetricName"] == "CPUUtilization"
    assert high["AlarmActions"] == [made["PolicyARN"]]

    only_out = _track_cpu(server, key, DisableScaleIn=True)
    assert [alarm["AlarmName"] for alarm in only_out["Alarms"]] == names[:1]
    assert cloudwatch.describe_alarms(AlarmNames=names[1:])["MetricAlarms"] == []
    scaling.delete_scaling_policy(**key, PolicyName="cpu")
    assert cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"] == []


def test_a_scheduled_action_keeps_what_an_update_leaves_out(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    put = {**key, "ScheduledActionName": "morning"}
    scaling.put_scheduled_action(
        **put,
        Schedule="cron(30 8 * * ? *)",
        Timezone="Asia/Seoul",
        ScalableTargetAction={"MinCapacity": 5},
    )
    scaling.put_scheduled_action(**put, ScalableTargetAction={"MinCapacity": 6})
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId=key["ResourceId"])[
        "ScheduledActions"
    ]
    assert (action["Schedule"], action["Timezone"]) == ("cron(30 8 * * ? *)", "Asia/Seoul")
    assert action["ScalableTargetAction"] == {"MinCapacity": 6}
    assert action["ScheduledActionARN"].endswith(":scheduledActionName/morning")


def test_deregistering_a_target_takes_policies_and_schedules_along(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    _track_cpu(server, key)
    scaling.put_scheduled_action(
        **key, ScheduledActionName="a", Schedule="rate(1 day)", ScalableTargetAction={"MinCapacity": 3}
    )
    scaling.deregister_scalable_target(**key)
    resource = {"ServiceNamespace": "ecs", "ResourceId": key["ResourceId"]}
    assert scaling.describe_scaling_policies(**resource)["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(**resource)["ScheduledActions"] == []
    with pytest.raises(ClientError, match="No scalable target found"):
        scaling.put_scaling_policy(**key, PolicyName="p", StepScalingPolicyConfiguration=STEP_SCALING)


def test_activities_are_shown_newest_first_and_change_in_place(server: Server, key: dict) -> None:
    scaling = server.client("application-autoscaling")
    now = time.time()
    for number, status in [(1, "Successful"), (2, "InProgress")]:
        server.post("/autoscaling/activities", _activity(key, number, status, now + number))
    server.post("/autoscaling/activities", _activity(key, 2, "Successful", now + 2, EndTime=now + 3))
    skipped = {"NotScaledReasons": [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 10, "CurrentCapacity": 10}]}
    server.post("/autoscaling/activities", _activity(key, 3, "Failed", now + 4, **skipped))

    resource = {"ServiceNamespace": "ecs", "ResourceId": key["ResourceId"]}
    shown = scaling.describe_scaling_activities(**resource)["ScalingActivities"]
    assert [(activity["ActivityId"][-1], activity["StatusCode"]) for activity in shown] == [
        ("2", "Successful"),
        ("1", "Successful"),
    ]
    assert shown[0]["EndTime"].timestamp() == pytest.approx(now + 3, abs=0.01)
    assert shown[0]["Cause"] == "monitor alarm X in state ALARM triggered policy Y"
    everything = scaling.describe_scaling_activities(**resource, IncludeNotScaledActivities=True)["ScalingActivities"]
    assert everything[0]["NotScaledReasons"][0]["Code"] == "AlreadyAtMaxCapacity"


def _activity(key: dict, number: int, status: str, start: float, **more: object) -> dict:
    return {
        **key,
        "ActivityId": f"{key['ResourceId']}-{number}",
        "Description": f"Setting desired count to {number}.",
        "Cause": "monitor alarm X in state ALARM triggered policy Y",
        "StartTime": start,
        "StatusCode": status,
        **more,
    }


def _target(server: Server, key: dict) -> dict:
    return server.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[key["ResourceId"]]
    )["ScalableTargets"][0]


def _policy(server: Server, key: dict) -> dict:
    return server.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", ResourceId=key["ResourceId"]
    )["ScalingPolicies"][0]


def _track_cpu(server: Server, key: dict, **settings: object) -> dict:
    specification = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    configuration = {"TargetValue": 60, "PredefinedMetricSpecification": specification, **settings}
    return server.client("application-autoscaling").put_scaling_policy(
        **key,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=configuration,
    )


def _alarm(server: Server, name: str) -> dict:
    return server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def _put_alarm(server: Server, name: str, **settings: object) -> None:
    server.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName="m",
        Statistic="Average",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        **settings,
    )

"""What bears on scaling and is in no plan is listed by logical id, with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastscale.template import Design, read

ECS_TARGET = {
    "ServiceNamespace": "ecs",
    "ScalableDimension": "ecs:service:DesiredCount",
    "ResourceId": "service/main/web",
    "MinCapacity": 1,
    "MaxCapacity": 4,
}
STEPS: dict[str, Any] = {
    "PolicyName": "out",
    "PolicyType": "StepScaling",
    "ScalingTargetId": {"Ref": "Target"},
    "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
    },
}
ALARM = {
    "AlarmName": "hot",
    "Namespace": "Shop",
    "MetricName": "Queued",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": [{"Ref": "Out"}],
}
TARGET, POLICY = (f"AWS::ApplicationAutoScaling::{kind}" for kind in ("ScalableTarget", "ScalingPolicy"))
METRIC_ALARM = "AWS::CloudWatch::Alarm"


def resource(kind: str, properties: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties or {}, **given}


def design(tmp_path: Path, resources: dict[str, Any], **sections: Any) -> Design:
    basis = {"Target": resource(TARGET, ECS_TARGET), "Out": resource(POLICY, STEPS)}
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"Resources": {**basis, **resources}, **sections}))
    return read(path)


def listed(made: Design) -> list[tuple[str, str]]:
    return [(one.where, one.reason) for one in made.not_modelled]


def test_a_service_with_a_step_policy_and_an_alarm_leaves_nothing_over(tmp_path: Path) -> None:
    made = design(tmp_path, {"Hot": resource(METRIC_ALARM, ALARM)})
    assert (made.not_modelled, made.others, made.alarms) == ((), {}, ())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("AWS::AutoScaling::ScalingPolicy", "it scales EC2 instances; only ECS services are modelled"),
        ("AWS::AutoScalingPlans::ScalingPlan", "scaling plans are not modelled"),
        ("AWS::ECS::TaskSet", "only services with the rolling deployment of ECS are modelled"),
        ("AWS::CloudWatch::AnomalyDetector", "anomaly detection is not modelled"),
        ("AWS::Serverless::Function", "it becomes other resources at deployment (AWS SAM)"),
        ("Acme::Web::Service::MODULE", "a module becomes other resources at deployment"),
    ],
)
def test_types_that_bear_on_scaling_and_are_not_modelled(tmp_path: Path, kind: str, reason: str) -> None:
    assert listed(design(tmp_path, {"It": resource(kind)})) == [("It", reason)]


def test_types_without_a_part_in_scaling_are_listed_by_type(tmp_path: Path) -> None:
    made = design(
        tmp_path, {"B": resource("AWS::S3::Bucket"), "C": resource("Custom::Thing"), "A": {"Type": "AWS::S3::Bucket"}}
    )
    assert made.others == {"AWS::S3::Bucket": ("B", "A"), "Custom::Thing": ("C",)}


def test_transforms_and_loops_are_listed_because_they_add_resources(tmp_path: Path) -> None:
    loop = {"Fn::ForEach::Alarms": ["Name", ["a", "b"], {}], "Odd": 3}
    assert listed(design(tmp_path, loop, Transform=["AWS::LanguageExtensions", "Acme"])) == [
        ("Transform", "it changes the template at deployment"),
        ("Transform", "it changes the template at deployment"),
        ("Fn::ForEach::Alarms", "it is not written as a resource; loops (Fn::ForEach) are not expanded"),
        ("Odd", "it is not written as a resource; loops (Fn::ForEach) are not expanded"),
    ]


def test_a_resource_whose_condition_only_a_deployment_knows_is_taken_and_listed(tmp_path: Path) -> None:
    made = design(
        tmp_path,
        {"Hot": resource(METRIC_ALARM, ALARM, Condition="Late")},
        Conditions={"Late": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "1"]}},
    )
    assert listed(made) == [("Hot", "whether it is created only a deployment knows; it is taken as created")]
    assert made.services[0].plan is not None
    assert [alarm.name for alarm in made.services[0].plan.alarms] == ["hot"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"ActionsEnabled": "false"},
            "its actions are switched off (ActionsEnabled is false), so it is modelled without any",
        ),
        (
            {"EvaluateLowSampleCountPercentile": "ignore"},
            "its property EvaluateLowSampleCountPercentile is not modelled",
        ),
        (
            {"InsufficientDataActions": {"Ref": "Out"}},
            "InsufficientDataActions invoke out; only AlarmActions are modelled",
        ),
    ],
)
def test_an_alarm_that_does_more_than_a_plan_says(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    made = design(tmp_path, {"Hot": resource(METRIC_ALARM, {**ALARM, **change})})
    assert listed(made) == [("Hot", reason)]
    [service] = made.services
    assert service.plan is not None
    assert service.plan.alarm("hot").policies == (() if "ActionsEnabled" in change else ("out",))


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({**STEPS, "PolicyType": "PredictiveScaling"}, "predictive scaling is not modelled"),
        (
            {**STEPS, "ScalingTargetId": "table/x|dynamodb:table:ReadCapacityUnits|dynamodb"},
            "only ECS services are modelled",
        ),
        ({"PolicyName": "p", "PolicyType": "StepScaling", "ScalingTargetId": {"Ref": "Target"}}, "is missing"),
        ({**STEPS, "StepScalingPolicyConfiguration": 3}, "its properties are not of the form that the type has"),
        ({**STEPS, "PolicyName": {"Ref": "AWS::NoValue"}}, "PolicyName is missing"),
        (STEPS, "out is also the name of Out"),
    ],
)
def test_policies_that_no_plan_can_hold(tmp_path: Path, properties: dict[str, Any], reason: str) -> None:
    [(where, why)] = listed(design(tmp_path, {"Policy": resource(POLICY, properties)}))
    assert where == "Policy"
    assert reason in why


def test_a_property_deep_inside_that_is_not_known_is_told_of_with_the_one_that_was_meant(tmp_path: Path) -> None:
    config = {**STEPS["StepScalingPolicyConfiguration"], "CoolDown": 60}
    made = design(tmp_path, {"Out": resource(POLICY, {**STEPS, "StepScalingPolicyConfiguration": config})})
    assert listed(made) == [
        ("Out", "its property StepScalingPolicyConfiguration.CoolDown (did you mean Cooldown?) is not modelled")
    ]


@pytest.mark.parametrize("key", ["Period", "EvaluationPeriods", "Threshold"])
def test_a_number_that_is_a_parameter_without_a_value_asks_for_the_parameter(tmp_path: Path, key: str) -> None:
    hot = resource(METRIC_ALARM, {**ALARM, key: {"Ref": "Given"}})
    made = design(tmp_path, {"Hot": hot}, Parameters={"Given": {"Type": "Number"}})
    [(where, reason)] = listed(made)
    assert where == "Hot"
    assert "${Given}" in reason
    assert reason.endswith("give it with --parameter Given=VALUE")


def test_a_task_that_is_not_for_fargate_keeps_the_plans_default(tmp_path: Path) -> None:
    task = {"Family": "f", "ContainerDefinitions": [{"Name": "c", "Memory": 128}]}
    service = {"Cluster": "main", "ServiceName": "web", "TaskDefinition": {"Ref": "Task"}}
    made = design(
        tmp_path,
        {"Task": resource("AWS::ECS::TaskDefinition", task), "Web": resource("AWS::ECS::Service", service)},
    )
    assert listed(made) == [("Task", "is not for Fargate, whose tasks are modelled (Cpu is missing)")]


def test_a_size_that_fargate_does_not_have_is_refused(tmp_path: Path) -> None:
    task = {
        "Cpu": "0.25 vCPU",
        "Memory": "8 GB",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "c"}],
    }
    service = {"Cluster": "main", "ServiceName": "web", "TaskDefinition": {"Ref": "Task"}}
    made = design(
        tmp_path,
        {"Task": resource("AWS::ECS::TaskDefinition", task), "Web": resource("AWS::ECS::Service", service)},
    )
    [one] = made.not_modelled
    assert one.refused
    assert one.reason == "AWS refuses it: memory 8192 does not go with cpu 256: 512, 1024, 2048"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Namespace": ["Shop"]}, "AWS refuses namespace: should be a valid string"),
        ({"Namespace": {}}, "AWS refuses namespace: should be a valid string"),
        ({"Threshold": [1]}, "AWS refuses threshold: should be a valid number"),
    ],
)
def test_a_value_of_another_shape_is_refused_by_its_key(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    made = design(tmp_path, {"Hot": resource(METRIC_ALARM, {**ALARM, **change})})
    assert listed(made) == [("Hot", reason)]


def test_a_managed_policy_that_allows_everything_makes_every_metric_possible(tmp_path: Path) -> None:
    role = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"]}
    assert design(tmp_path, {"Role": resource("AWS::IAM::Role", role)}).publishers.granted == {"*"}


def test_what_is_nested_too_deeply_is_refused_in_one_line(tmp_path: Path) -> None:
    from fastscale.errors import PlanError

    deep: Any = "x"
    for _ in range(300):
        deep = {"Fn::Sub": ["${A}", {"A": deep}]}
    with pytest.raises(PlanError, match=r"t\.json: is nested too deeply for a template"):
        design(tmp_path, {"Hot": resource(METRIC_ALARM, {**ALARM, "AlarmName": deep})})

"""Cloud assemblies: several stacks that refer to each other, stages, nested stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastscale import profiles
from fastscale.errors import PlanError
from fastscale.plan import Alarm, Plan
from fastscale.template import Design, read
from tests import assemblies

AWS_FILLS_IN = ("AWS/ECS", "AWS/ApplicationELB", "ECS/ContainerInsights")


def plans(design: Design) -> dict[str, Plan]:
    return {service.where.partition("/")[0]: service.plan for service in design.services if service.plan}


def without_rendering(alarm: Alarm) -> Alarm:
    """The alarm as a plan writes it: M of "M of N" only where it differs, and no dimensions that rendering adds."""
    metric = alarm.metric
    if metric and metric.namespace in AWS_FILLS_IN:
        metric = metric.model_copy(update={"dimensions": ()})
    datapoints = None if alarm.datapoints_needed == alarm.evaluation_periods else alarm.datapoints_needed
    return alarm.model_copy(update={"metric": metric, "datapoints_to_alarm": datapoints})


def test_the_stacks_of_a_plan_read_back_as_that_plan(tmp_path_factory: pytest.TempPathFactory) -> None:
    plan = profiles.default()
    design = read(assemblies.assembly(plan, tmp_path_factory))
    [read_back] = plans(design).values()
    of_service = [alarm for alarm in read_back.alarms if alarm.name != plan.pulse.heartbeat_alarm]
    assert [without_rendering(alarm) for alarm in of_service] == [without_rendering(one) for one in plan.alarms]
    assert read_back.scaling == plan.scaling
    assert read_back.service == plan.service
    assert read_back.task == plan.task
    assert read_back.load_balancer.health_check == plan.load_balancer.health_check
    assert read_back.metering == plan.metering
    assert read_back.region == plan.region
    assert design.not_modelled == ()


def test_each_stage_of_a_foreign_application_is_a_plan_of_its_own(foreign_assembly: Path) -> None:
    found = plans(read(foreign_assembly))
    assert list(found) == ["Dev-Web", "Prod-Web"]
    assert [plan.scaling.min_capacity for plan in found.values()] == [1, 4]
    for plan in found.values():
        assert (plan.service.cluster, plan.service.name, plan.region) == ("shop", "web", "eu-west-1")
        assert (plan.task.cpu, plan.task.memory, plan.task.port) == (512, 1024, 8081)
        assert plan.scaling.max_capacity == 30


def test_policies_and_alarms_of_the_cdks_helpers_are_read(foreign_assembly: Path) -> None:
    plan = plans(read(foreign_assembly))["Prod-Web"]
    lower, upper = plan.scaling.step_policies
    assert [(step.lower, step.upper, step.adjustment) for step in lower.steps] == [(None, 0, -1)]
    assert [(step.lower, step.upper, step.adjustment) for step in upper.steps] == [(0, 150, 1), (150, None, 4)]
    assert (lower.cooldown_seconds, upper.cooldown_seconds) == (90, 90)
    by_policy = {alarm.policies: (alarm.threshold, alarm.comparison) for alarm in plan.alarms}
    assert by_policy[(lower.name,)] == (10, "LessThanOrEqualToThreshold")
    assert by_policy[(upper.name,)] == (50, "GreaterThanOrEqualToThreshold")
    [tracking] = plan.scaling.target_policies
    assert (tracking.predefined, tracking.target) == ("ECSServiceAverageCPUUtilization", 55)
    [evening] = plan.scaling.schedules
    assert (evening.expression, evening.time_zone, evening.min_capacity) == ("cron(15 20 * * ? *)", "Etc/UTC", 9)


def test_an_alarm_of_a_nested_stack_belongs_to_the_service_it_watches(foreign_assembly: Path) -> None:
    design = read(foreign_assembly)
    for plan in plans(design).values():
        hot = plan.alarm("hot")
        assert hot.metric is not None
        assert dict(hot.metric.dimensions) == {"ClusterName": "shop", "ServiceName": "web"}
        assert (hot.evaluation_periods, hot.datapoints_needed) == (2, 1)
    assert design.alarms == ()


def test_parameters_reach_every_stack_that_declares_them(foreign_assembly: Path) -> None:
    found = plans(read(foreign_assembly, {"Maximum": "77"}))
    assert [plan.scaling.max_capacity for plan in found.values()] == [77, 77]


def assembly(directory: Path, **stacks: dict[str, Any]) -> Path:
    artifacts = {
        name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}} for name in stacks
    }
    (directory / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    for name, template in stacks.items():
        (directory / f"{name}.json").write_text(json.dumps(template))
    return directory


TARGET = {
    "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
    "Properties": {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": {"Fn::ImportValue": "web"},
        "MinCapacity": 1,
        "MaxCapacity": {"Fn::GetStackOutput": {"StackName": "First", "OutputName": "Most"}},
    },
}


def test_exports_and_outputs_of_other_stacks_are_resolved_in_any_order(tmp_path: Path) -> None:
    outputs = {"Id": {"Value": "service/a/b", "Export": {"Name": "web"}}, "Most": {"Value": 8}}
    path = assembly(tmp_path, Second={"Resources": {"Target": TARGET}}, First={"Resources": {}, "Outputs": outputs})
    [plan] = [service.plan for service in read(path).services]
    assert plan is not None
    assert (plan.service.cluster, plan.service.name, plan.scaling.max_capacity) == ("a", "b", 8)


def test_stacks_that_import_from_each_other_in_a_circle_end_as_placeholders(tmp_path: Path) -> None:
    def half(mine: str, theirs: str) -> dict[str, Any]:
        outputs = {"Out": {"Value": {"Fn::ImportValue": theirs}, "Export": {"Name": mine}}}
        return {"Resources": {"Target": TARGET}, "Outputs": outputs}

    design = read(assembly(tmp_path, A=half("web", "other"), B=half("other", "web")))
    assert [service.plan for service in design.services] == []
    assert {one.where for one in design.not_modelled} == {"A/Target", "B/Target"}


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ({"artifacts": {"A": 3}}, "artifact A is not written as one"),
        ({"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}, "A.template.json: there is no such file"),
        ({"artifacts": {"S": {"type": "cdk:cloud-assembly"}}}, "is not a cloud assembly"),
        ({"artifacts": []}, "holds no stacks"),
    ],
)
def test_an_assembly_that_is_not_whole_is_refused(tmp_path: Path, manifest: dict[str, Any], problem: str) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PlanError, match=problem):
        read(tmp_path)


def test_a_nested_stack_beside_its_parent_gets_its_parameters_and_hands_back_its_outputs(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text("""
        Resources:
          Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Cluster: main}}}
          Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://s3.amazonaws.com/b/far.yaml"}}
          Target:
            Type: AWS::ApplicationAutoScaling::ScalableTarget
            Properties:
              ServiceNamespace: ecs
              ScalableDimension: ecs:service:DesiredCount
              ResourceId: !GetAtt Child.Outputs.Id
              MinCapacity: 1
              MaxCapacity: 2
        """)
    (tmp_path / "child.yaml").write_text("""
        Parameters: {Cluster: {Type: String}}
        Resources: {Web: {Type: AWS::ECS::Service, Properties: {Cluster: !Ref Cluster, ServiceName: web}}}
        Outputs: {Id: {Value: !Sub "service/${Cluster}/${Web.Name}"}}
        """)
    design = read(tmp_path / "parent.yaml")
    assert [(service.where, service.cluster, service.name) for service in design.services] == [
        ("Child/Web", "main", "web")
    ]
    assert [(one.where, one.reason) for one in design.not_modelled] == [
        ("Far", "the template of this nested stack is not beside the one that holds it")
    ]
    assert design.others == {}

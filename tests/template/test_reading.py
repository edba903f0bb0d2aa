"""A plain template of a web shop becomes a plan; what a plan cannot hold is listed with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.errors import PlanError
from fastscale.plan import Plan
from fastscale.template import Design, parse_options, read
from fastscale.template.documents import read_template

TEMPLATES = Path(__file__).parent / "templates"


def shop(*options: str) -> Design:
    return read(TEMPLATES / "shop.yaml", parse_options(options))


def plan_of(design: Design) -> Plan:
    [service] = design.services
    assert service.plan is not None
    return service.plan


def reasons(design: Design) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in design.not_modelled:
        found.setdefault(one.where, []).append(one.reason)
    return found


def test_the_service_is_known_by_placeholders_where_only_a_deployment_names_it() -> None:
    [service] = shop().services
    assert (service.where, service.cluster, service.name) == ("Service", "${Cluster}", "${Service.Name}")
    assert service.high_resolution == {"CPUUtilization"}


def test_defaults_of_parameters_choose_sizes_from_mappings() -> None:
    plan = plan_of(shop())
    assert (plan.scaling.min_capacity, plan.scaling.max_capacity) == (1, 5)
    assert (plan.task.cpu, plan.task.memory, plan.task.port, plan.task.stop_timeout_seconds) == (256, 1024, 3000, 60)
    assert plan.task.log_group == "/ecs/shop"
    assert plan.service.desired_count == 3


def test_options_choose_other_conditions_and_sizes() -> None:
    plan = plan_of(shop("Environment=prod", "MaxTasks=33", "CpuTarget=40"))
    assert (plan.scaling.min_capacity, plan.scaling.max_capacity) == (4, 33)
    assert plan.task.cpu == 512
    [tracking] = plan.scaling.target_policies
    assert (tracking.name, tracking.target, tracking.disable_scale_in) == ("shop-cpu", 40, False)
    assert tracking.predefined == "ECSServiceAverageCPUUtilizationHighResolution"
    assert [alarm.name for alarm in plan.alarms] == ["QueueAlarm", "pager"]


def test_health_checks_have_the_target_groups_settings_and_awss_defaults() -> None:
    balancer = plan_of(shop()).load_balancer
    check = balancer.health_check
    assert (check.path, check.interval_seconds, check.success_codes) == ("/ping", 10, "200-299")
    assert (check.timeout_seconds, check.healthy_threshold, check.unhealthy_threshold) == (5, 5, 2)
    assert balancer.deregistration_delay_seconds == 30


def test_an_alarm_finds_its_policy_by_reference() -> None:
    plan = plan_of(shop())
    alarm = plan.alarm("QueueAlarm")
    assert alarm.policies == ("queue",)
    assert alarm.metric is not None
    assert (alarm.metric.statistic, alarm.threshold, alarm.comparison) == (
        "Maximum",
        50,
        "GreaterThanOrEqualToThreshold",
    )
    steps = plan.step_policy("queue").steps
    assert [(step.lower, step.upper, step.adjustment) for step in steps] == [(0, 100, 1), (100, None, 5)]


def test_schedules_keep_time_zone_and_bounds() -> None:
    [morning] = plan_of(shop()).scaling.schedules
    assert (morning.expression, morning.time_zone) == ("cron(0 7 ? * MON-FRI *)", "Europe/Berlin")
    assert (morning.min_capacity, morning.max_capacity, morning.start_time) == (3, None, 1798761600)


def test_what_is_not_modelled_is_listed_with_the_reason() -> None:
    assert reasons(shop()) == {
        "PagerAlarm": ["it is not created: condition IsProd does not hold"],
        "Target.empty": [
            "AWS refuses it: schedule 'empty' changes nothing: give min_capacity or max_capacity",
        ],
        "TableTarget": ["scales dynamodb:table:ReadCapacityUnits of table/orders; only ECS services are modelled"],
        "CpuPolicy": ["target is ${CpuTarget}: give it with --parameter CpuTarget=VALUE"],
        "GapPolicy": ["AWS refuses it: Step adjustment intervals cannot have gaps between them: 10 to 20"],
        "QueueAlarm": ["OKActions invoke queue; only AlarmActions are modelled"],
        "AnomalyAlarm": ["its threshold is an anomaly detection band, which is not modelled"],
        "Composed": ["composite alarms are not modelled; AWS does not let them scale anything"],
    }


def test_every_resource_is_in_a_plan_or_listed() -> None:
    """Nothing is dropped in silence: what is in no plan is listed, one by one or by type."""
    ids = set(read_template(TEMPLATES / "shop.yaml")["Resources"])
    design = shop()
    listed = {one.where.partition(".")[0] for one in design.not_modelled}
    others = {logical_id for logical_ids in design.others.values() for logical_id in logical_ids}
    in_plan = {
        "Cluster",
        "TaskDefinition",
        "TargetGroup",
        "Service",
        "Target",
        "QueuePolicy",
        "QueueAlarm",
        "QueueFilter",
    }
    assert ids == listed | others | in_plan


def test_publishers_are_log_metric_filters_and_roles_that_may_put_metric_data(tmp_path: Path) -> None:
    assert shop().publishers.filters == {("Shop", "Queued")}
    path = tmp_path / "roles.yaml"
    path.write_text(
        """
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement:
                      Effect: Allow
                      Action: cloudwatch:Put*
                      Condition: {StringEquals: {"cloudwatch:namespace": [Shop, "Team/*"]}}
          Reader: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*"}]}}}
        """
    )
    assert read(path).publishers.granted == {"Shop", "Team/*"}


MANY = """
Resources:
  Web: {Type: AWS::ECS::Service, Properties: {ServiceName: web, Cluster: main}}
  Idle: {Type: AWS::ECS::Service, Properties: {ServiceName: idle, Cluster: "arn:aws:ecs:eu-west-1:1:cluster/main"}}
  WebTarget: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ServiceNamespace: ecs, ScalableDimension:
    "ecs:service:DesiredCount", ResourceId: service/main/web, MinCapacity: 1, MaxCapacity: 4, SuspendedState: {}}}
  ElsewhereTarget: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ServiceNamespace: ecs,
    ScalableDimension: "ecs:service:DesiredCount", ResourceId: service/main/api, MinCapacity: 2, MaxCapacity: 2}}
  Out: {Type: AWS::ApplicationAutoScaling::ScalingPolicy, Properties: {PolicyName: out, PolicyType: StepScaling,
    ScalingTargetId: !Ref ElsewhereTarget, StepScalingPolicyConfiguration: {AdjustmentType: ExactCapacity,
    StepAdjustments: [{MetricIntervalLowerBound: 0, ScalingAdjustment: 9}]}}}
  Lost: {Type: AWS::ApplicationAutoScaling::ScalingPolicy, Properties: {PolicyName: lost, PolicyType: StepScaling,
    ScalingTargetId: !ImportValue other, StepScalingPolicyConfiguration: {AdjustmentType: ExactCapacity,
    StepAdjustments: [{MetricIntervalLowerBound: 0, ScalingAdjustment: 9}]}}}
  ByArn: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: by-arn, Namespace: N, MetricName: M, Period: 60,
    EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, Statistic: Sum, AlarmActions: [
    "arn:aws:autoscaling:eu-west-1:1:scalingPolicy:id:resource/ecs/service/main/api:policyName/out"]}}
  About: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: about, Namespace: AWS/ECS, MetricName: CPUUtilization,
    Dimensions: [{Name: ClusterName, Value: main}, {Name: ServiceName, Value: web}], Period: 60, EvaluationPeriods: 1,
    Threshold: 1, ComparisonOperator: GreaterThanThreshold, Statistic: Average}}
  Free: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: free, Namespace: N, MetricName: M, Period: 60,
    EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, Statistic: Sum}}
  Odd: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: odd, Namespace: N, MetricName: M, Period: 15,
    EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, Statistic: Sum}}
"""


def test_alarms_go_to_the_service_they_act_on_or_watch(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text(MANY)
    design = read(path)
    alarms = {
        service.name: [alarm.name for alarm in service.plan.alarms] if service.plan else None
        for service in design.services
    }
    assert alarms == {"web": ["about"], "api": ["by-arn"], "idle": None}
    assert [alarm.name for alarm in design.alarms] == ["free"]
    assert reasons(design) == {
        "Lost": ["its scalable target ${Fn::ImportValue other} is not modelled, or not in these templates"],
        "Odd": ["AWS refuses period = 15: period 15 is not 10, 20, 30 or a multiple of 60 seconds"],
        "WebTarget": ["its property SuspendedState is not modelled"],
    }


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["Environment"], "--parameter 'Environment': write it as Key=Value"),
        (["Enviroment=prod"], "--parameter Enviroment=prod: there is no such parameter; did you mean Environment?"),
        (["Environment=qa"], "--parameter Environment=qa: choose one of dev, prod"),
        (["MaxTasks=many"], "--parameter MaxTasks=many: must be a number"),
    ],
)
def test_options_that_fit_no_parameter_are_refused(options: list[str], line: str) -> None:
    with pytest.raises(PlanError) as caught:
        shop(*options)
    assert str(caught.value) == line

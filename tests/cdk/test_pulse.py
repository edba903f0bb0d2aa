"""Pulse beside the service: its own small task, which may watch and scale that one service and nothing else."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import botocore
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk.assertions import Match, Template

from fastscale import names
from fastscale.cdk.pulse import Pulse, _plan_json
from fastscale.cdk.sources import PACKAGE
from tests.cdk.rendered import actions

PULSE, ECS = names.STACK_PULSE, names.STACK_ECS
PUBLIC_IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python")


@pytest.fixture
def container(pulse):
    (only,) = pulse.only(PULSE, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return only


@pytest.fixture
def statements(pulse):
    """What the tasks of Pulse may do, by statement id; those of the table have none."""
    definition = pulse.only(PULSE, "AWS::ECS::TaskDefinition")
    role = definition["TaskRoleArn"]["Fn::GetAtt"][0]
    policies = pulse.resources(PULSE, "AWS::IAM::Policy").values()
    (policy,) = [policy for policy in policies if {"Ref": role} in policy["Roles"]]
    return {entry.get("Sid", "Table"): entry for entry in policy["PolicyDocument"]["Statement"]}


def test_one_small_task_runs_beside_the_service_without_a_load_balancer(pulse):
    service = pulse.only(PULSE, "AWS::ECS::Service")
    definition = pulse.only(PULSE, "AWS::ECS::TaskDefinition")
    assert (service["ServiceName"], service["DesiredCount"]) == ("fast-scaling-pulse", 1)
    assert (definition["Cpu"], definition["Memory"]) == ("256", "512")
    assert "LoadBalancers" not in service
    assert pulse.follow(PULSE, service["Cluster"])[1]["ClusterName"] == "fast-scaling-cluster"


def test_it_runs_in_private_subnets_without_shells(pulse):
    service = pulse.only(PULSE, "AWS::ECS::Service")
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert not any(pulse.follow(PULSE, subnet)[1]["MapPublicIpOnLaunch"] for subnet in network["Subnets"])
    assert service["EnableExecuteCommand"] is False


def test_it_is_not_root_and_can_write_no_file(container):
    assert container["User"] == "10001:10001"
    assert container["ReadonlyRootFilesystem"] is True


def test_a_controller_that_hangs_is_replaced(container):
    check = container["HealthCheck"]
    assert check["Command"][:2] == ["CMD", "python"]
    assert check["Interval"] * check["Retries"] <= 60


def test_the_health_check_fails_where_nobody_answers(container):
    """The very command, where no controller is: its exit code is what ECS goes by."""
    program, *arguments = container["HealthCheck"]["Command"][1:]
    assert program == "python"
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    assert done.returncode == 1


def test_it_is_told_which_service_it_scales_and_how(pulse, container):
    told = {pair["Name"]: pair["Value"] for pair in container["Environment"]}
    assert pulse.follow(PULSE, told["PULSE_CLUSTER"])[1]["ClusterName"] == "fast-scaling-cluster"
    assert pulse.follow(PULSE, told["PULSE_SERVICE"])[1]["ServiceName"] == "fast-scaling-service"
    assert pulse.follow(PULSE, told["PULSE_TARGET_GROUP_ARN"])[1]["Name"] == "fast-scaling-tg"
    assert pulse.follow(PULSE, told["PULSE_TABLE"])[1]["TableName"] == "fast-scaling-pulse"
    plan = json.loads(told["PULSE_PLAN"])
    assert plan["requests_per_task"] == pulse.plan.requests_per_task
    assert plan["task"]["startup_seconds"] == pulse.plan.task.startup_seconds
    assert plan["metering"]["namespace"] == pulse.plan.metering.namespace
    assert plan["pulse"] == pulse.plan.pulse.model_dump(mode="json", exclude_none=True)


def test_what_it_is_told_holds_no_name_of_an_alarm_or_policy(container):
    """Else every change of an alarm would replace the controller."""
    told = json.dumps(container["Environment"])
    assert "FastScaling-CustomRPS" not in told
    assert "FastScaling-ScaleOut" not in told


def test_it_may_change_this_one_service(pulse, statements):
    scale = statements["ScaleTheService"]
    assert actions(scale) == ["ecs:DescribeServices", "ecs:UpdateService"]
    _, parts = scale["Resource"]["Fn::Join"]
    assert parts[4] == ":service/"
    assert pulse.follow(PULSE, parts[5])[1]["ClusterName"] == "fast-scaling-cluster"
    assert pulse.follow(PULSE, parts[7])[1]["ServiceName"] == "fast-scaling-service"


def test_nothing_else_that_it_may_do_changes_anything_but_its_own_table_and_metrics(statements):
    others = [action for sid, entry in statements.items() if sid != "ScaleTheService" for action in actions(entry)]
    changing = {action for action in others if action.split(":")[1].startswith(("Put", "Update", "Delete", "Set"))}
    assert changing == {"cloudwatch:PutMetricData", "dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_every_statement_names_a_resource_or_says_by_condition_what_it_is_held_to(pulse, statements):
    free = {sid: entry for sid, entry in statements.items() if entry["Resource"] == "*"}
    unconditional = [action for entry in free.values() if "Condition" not in entry for action in actions(entry)]
    # The two know neither resources nor condition keys (Service Authorization Reference), and only read.
    assert unconditional == [
        "application-autoscaling:DescribeScalableTargets",
        "elasticloadbalancing:DescribeTargetHealth",
    ]
    cluster = free["SeeItsTasks"]["Condition"]["ArnEquals"]["ecs:cluster"]
    assert pulse.follow(PULSE, cluster)[1]["ClusterName"] == "fast-scaling-cluster"
    assert free["PublishMetrics"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": ["FastScaling/Application", "FastScaling/Pulse"]}
    }


def test_no_statement_has_a_wildcard_action(statements):
    assert not [action for entry in statements.values() for action in actions(entry) if "*" in action]


def test_it_writes_items_of_its_own_table_alone(pulse, statements):
    assert actions(statements["Table"]) == ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    assert pulse.follow(PULSE, statements["Table"]["Resource"])[1]["TableName"] == "fast-scaling-pulse"


def test_its_table_is_paid_by_request_encrypted_and_recoverable(pulse):
    pulse.template(PULSE).has_resource_properties(
        "AWS::DynamoDB::Table",
        {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"SSEEnabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    )


def test_it_reaches_the_tasks_port_and_nobody_reaches_it(pulse):
    own = pulse.only(PULSE, "AWS::EC2::SecurityGroup")
    tasks = pulse.only(ECS, "AWS::EC2::SecurityGroup")
    way_in = pulse.only(PULSE, "AWS::EC2::SecurityGroupIngress")
    assert pulse.follow(PULSE, way_in["GroupId"])[1] is tasks
    assert pulse.follow(PULSE, way_in["SourceSecurityGroupId"])[1] is own
    assert (way_in["FromPort"], way_in["ToPort"]) == (8080, 8080)
    assert "SecurityGroupIngress" not in own


def test_it_calls_the_tasks_and_aws_and_nothing_else(pulse):
    (to_aws,) = pulse.only(PULSE, "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    to_tasks = pulse.only(PULSE, "AWS::EC2::SecurityGroupEgress")
    assert (to_aws["FromPort"], to_aws["ToPort"]) == (443, 443)
    assert (to_tasks["FromPort"], to_tasks["ToPort"]) == (8080, 8080)
    assert pulse.follow(PULSE, to_tasks["DestinationSecurityGroupId"])[1] is pulse.only(ECS, "AWS::EC2::SecurityGroup")


def test_silence_is_heard(pulse):
    alarm = pulse.only(PULSE, "AWS::CloudWatch::Alarm")
    assert alarm["AlarmName"] == "FastScaling-PulseHeartbeat"
    assert alarm["TreatMissingData"] == "breaching"
    for told in (alarm["AlarmActions"], alarm["OKActions"]):
        assert [pulse.follow(PULSE, topic)[1]["TopicName"] for topic in told] == ["fast-scaling-alerts"]


def test_the_heartbeat_is_that_of_this_service(pulse):
    alarm = pulse.only(PULSE, "AWS::CloudWatch::Alarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("FastScaling/Pulse", "Heartbeat")
    about = {entry["Name"]: pulse.follow(PULSE, entry["Value"])[1] for entry in alarm["Dimensions"]}
    assert about["ClusterName"]["ClusterName"] == "fast-scaling-cluster"
    assert about["ServiceName"]["ServiceName"] == "fast-scaling-service"


def test_logs_go_to_a_group_of_its_own_and_stay_a_week(pulse):
    pulse.template(PULSE).has_resource_properties(
        "AWS::Logs::LogGroup", {"LogGroupName": "/ecs/fast-scaling-pulse", "RetentionInDays": 7}
    )


@pytest.mark.parametrize("stack", names.STACKS)
def test_it_comes_and_goes_without_a_change_of_the_other_stacks_but_for_its_row_on_the_page(
    pulse, without_pulse, stack
):
    page = "AWS::CloudWatch::Dashboard"
    rest, rest_without = (
        {id_: entry for id_, entry in made.json(stack)["Resources"].items() if entry["Type"] != page}
        for made in (pulse, without_pulse)
    )
    assert rest == rest_without
    assert pulse.json(stack)["Outputs"] == without_pulse.json(stack)["Outputs"]


def test_without_the_key_there_is_no_fifth_stack(without_pulse):
    assert not list(without_pulse.directory.glob(f"{PULSE}.*"))


@pytest.fixture
def context(pulse):
    """What the image is built from: the files that the asset was made of."""
    (dockerfile,) = pulse.directory.glob("asset.*/pulse/Dockerfile")
    return dockerfile.parents[1]


IMPORT_ALL = """
import importlib, pkgutil, fastscale
for module in pkgutil.walk_packages(fastscale.__path__, "fastscale."):
    importlib.import_module(module.name)
"""


def test_every_module_of_the_image_finds_the_others_there(context, tmp_path):
    (tmp_path / "fastscale").symlink_to(context)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_installs_the_libraries_that_its_modules_import(context):
    imported = {
        name.split(".")[0]
        for path in context.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
        + ([node.module] if isinstance(node, ast.ImportFrom) and node.module else [])
    }
    installed = set(re.findall(r"^\w+", (context / "pulse" / "requirements.txt").read_text(), re.MULTILINE))
    # boto3 and pydantic bring one more each along.
    assert imported - set(sys.stdlib_module_names) - {"fastscale"} <= installed | {"botocore", "pydantic_core"}


def test_the_image_keeps_the_sdks_descriptions_of_the_services_that_its_modules_call(context):
    texts = [path.read_text() for path in context.rglob("*.py")]
    called = {name for text in texts for name in re.findall(r'clients\("([a-z0-9-]+)"\)', text)}
    kept = set(re.findall(r"! -name ([a-z0-9-]+)", (context / "pulse" / "Dockerfile").read_text()))
    assert kept == called
    assert all((Path(botocore.__file__).parent / "data" / name).is_dir() for name in kept)


def test_no_edit_of_a_part_that_the_controller_does_not_import_makes_a_new_image(context):
    parts = {path.relative_to(context).parts[0] for path in context.rglob("*.py")}
    assert not parts & {"cdk", "cli", "demo", "localcloud", "simulate", "template"}


def test_what_the_image_installs_is_what_the_package_asks_for():
    pyproject = (PACKAGE.parent / "pyproject.toml").read_text()
    for requirement in (PACKAGE / "pulse" / "requirements.txt").read_text().split():
        assert f'"{requirement}"' in pyproject


@pytest.fixture
def add(stack, plan_of):
    """Pulse in one line, for a service that this application only knows by name."""
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="shop", vpc=vpc)
    service = ecs.FargateService.from_fargate_service_attributes(stack, "Web", cluster=cluster, service_name="web")
    group = elbv2.ApplicationTargetGroup.from_target_group_attributes(
        stack, "Targets", target_group_arn="arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/3c4d"
    )
    tasks = ec2.SecurityGroup.from_security_group_id(stack, "Tasks", "sg-1a2b")

    def one(**pulse) -> Template:
        Pulse(
            stack, "Pulse", service=service, target_group=group, tasks=tasks, plan=plan_of(**pulse), image=PUBLIC_IMAGE
        )
        return Template.from_stack(stack)

    return one


def test_a_service_that_was_made_elsewhere_is_watched_too(add):
    template = add()
    template.has_resource_properties("AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-1a2b", "FromPort": 8080})
    template.has_resource_properties("AWS::ECS::Service", {"Cluster": "shop", "ServiceName": "fast-scaling-pulse"})


def test_one_replica_that_does_not_learn_keeps_no_table(add):
    template = add(learn=False)
    template.resource_count_is("AWS::DynamoDB::Table", 0)
    assert "dynamodb" not in json.dumps(template.to_json())
    assert "PULSE_TABLE" not in json.dumps(template.to_json())


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_that_only_looks_on_may_not_change_the_service(add, dry_run):
    template = json.dumps(add(dry_run=dry_run).to_json())
    assert "ecs:DescribeServices" in template
    assert ("ecs:UpdateService" in template) is not dry_run


def test_two_replicas_share_a_table(add):
    template = add(learn=False, replicas=2)
    template.resource_count_is("AWS::DynamoDB::Table", 1)
    template.has_resource_properties("AWS::ECS::Service", {"DesiredCount": 2})


def test_metrics_on_a_port_of_their_own_are_read_there(add):
    template = add(scrape={"port": 9100})
    template.has_resource_properties("AWS::EC2::SecurityGroupIngress", {"FromPort": 9100, "ToPort": 9100})
    template.has_resource_properties("AWS::EC2::SecurityGroupEgress", {"FromPort": 9100, "ToPort": 9100})


def test_another_name_keeps_two_controllers_of_one_account_apart(add):
    template = add(cluster_service="web-pulse", heartbeat_alarm="Web-PulseHeartbeat")
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"AlarmName": "Web-PulseHeartbeat"})
    template.has_resource_properties("AWS::DynamoDB::Table", {"TableName": "web-pulse"})
    template.has_resource_properties("AWS::Logs::LogGroup", {"LogGroupName": "/ecs/web-pulse"})
    template.has_resource_properties("AWS::ECS::TaskDefinition", {"Family": "web-pulse"})
    template.has_resource_properties("AWS::ECS::Service", {"ServiceName": "web-pulse", "Cluster": Match.any_value()})


def test_the_dimensions_of_its_metrics_are_told_where_there_are_some(plan_of):
    plain = plan_of()
    assert "dimensions" not in json.loads(_plan_json(plain))["metering"]
    metering = plain.metering.model_copy(update={"dimensions": (("ClusterName", "shop"),)})
    told = json.loads(_plan_json(plain.model_copy(update={"metering": metering})))
    assert told["metering"]["dimensions"] == [["ClusterName", "shop"]]

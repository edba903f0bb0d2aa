"""The tasks: what they are, who reaches them, what they may do."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Match, Template

from fastscale import names
from fastscale.cdk.cluster import AppCluster
from fastscale.cdk.service import AppService
from fastscale.cdk.task import AppTask
from fastscale.plan import Service, Task

ECS = names.STACK_ECS


def container(reference):
    (only,) = reference.only(ECS, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return only


def statements(reference, *, effect="Allow"):
    policies = reference.resources(ECS, "AWS::IAM::Policy").values()
    return [
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == effect
    ]


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_the_task_has_the_plans_size_and_names(reference):
    reference.template(ECS).has_resource_properties(
        "AWS::ECS::TaskDefinition",
        {
            "Family": "fast-scaling-app",
            "Cpu": "256",
            "Memory": "512",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [
                Match.object_like(
                    {"Name": "app", "StopTimeout": 30, "PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}]}
                )
            ],
        },
    )


def test_the_service_keeps_half_its_tasks_and_rolls_a_failed_deployment_back(reference):
    reference.template(ECS).has_resource_properties(
        "AWS::ECS::Service",
        {
            "ServiceName": "fast-scaling-service",
            "LaunchType": "FARGATE",
            "EnableExecuteCommand": True,
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 50,
                "MaximumPercent": 200,
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
            },
        },
    )


def test_an_update_leaves_the_count_that_scaling_has_made(reference):
    """A count in the template would be written back with every change of the service."""
    assert "DesiredCount" not in reference.only(ECS, "AWS::ECS::Service")


def test_a_new_service_reaches_its_two_tasks_when_it_is_registered_for_scaling(reference):
    target = reference.only(names.STACK_AUTO_SCALING, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["MinCapacity"] == reference.plan.service.desired_count == 2


def test_the_cluster_has_container_insights(reference):
    reference.template(ECS).has_resource_properties(
        "AWS::ECS::Cluster",
        {
            "ClusterName": "fast-scaling-cluster",
            "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
        },
    )


def test_tasks_run_in_private_subnets_and_are_the_load_balancers_targets(reference):
    service = reference.only(ECS, "AWS::ECS::Service")
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    subnets = [reference.follow(ECS, subnet)[1] for subnet in network["Subnets"]]
    assert [subnet["MapPublicIpOnLaunch"] for subnet in subnets] == [False, False, False]
    (target,) = service["LoadBalancers"]
    assert (target["ContainerName"], target["ContainerPort"]) == ("app", 8080)
    assert reference.follow(ECS, target["TargetGroupArn"])[1]["Name"] == "fast-scaling-tg"


def test_only_the_load_balancer_reaches_the_task(reference):
    tasks = reference.only(ECS, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in tasks
    way_in = reference.only(ECS, "AWS::EC2::SecurityGroupIngress")
    assert (way_in["FromPort"], way_in["ToPort"]) == (8080, 8080)
    assert reference.follow(ECS, way_in["GroupId"])[1] is tasks
    balancer = reference.only(names.STACK_NETWORK, "AWS::EC2::SecurityGroup")
    assert reference.follow(ECS, way_in["SourceSecurityGroupId"])[1] is balancer


def test_tasks_call_out_over_tls_only(reference):
    (rule,) = reference.only(ECS, "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)


def test_a_task_publishes_metrics_into_our_namespace_alone(reference):
    (metrics,) = [entry for entry in statements(reference) if "cloudwatch:PutMetricData" in actions(entry)]
    assert actions(metrics) == ["cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "FastScaling/Application"}}


def test_no_permission_names_its_actions_by_a_wildcard(reference):
    for statement in statements(reference):
        assert not [action for action in actions(statement) if "*" in action]


def test_logs_go_to_one_group_and_stay_a_week(reference):
    reference.template(ECS).has_resource_properties(
        "AWS::Logs::LogGroup", {"LogGroupName": "/ecs/fast-scaling-app", "RetentionInDays": 7}
    )
    options = container(reference)["LogConfiguration"]["Options"]
    assert reference.follow(ECS, options["awslogs-group"])[1]["LogGroupName"] == "/ecs/fast-scaling-app"


def test_the_image_is_the_sample_application_built_from_this_project(reference):
    (asset,) = reference.directory.glob("asset.*")
    assert (asset / "app" / "Dockerfile").is_file()
    image = container(reference)["Image"]["Fn::Sub"]
    assert image.endswith(asset.name.removeprefix("asset."))
    assert ".dkr.ecr.ap-northeast-2." in image


def test_the_application_listens_and_publishes_as_the_plan_says(reference):
    environment = {pair["Name"]: pair["Value"] for pair in container(reference)["Environment"]}
    assert environment == {
        "HOST": "0.0.0.0",  # noqa: S104 - inside the task's own network interface
        "PORT": "8080",
        "METER_NAMESPACE": "FastScaling/Application",
        "METER_INTERVAL_SECONDS": "5",
    }


def test_a_container_writes_only_where_the_exec_agent_needs_to(reference):
    assert container(reference)["ReadonlyRootFilesystem"] is True
    assert [mount["ContainerPath"] for mount in container(reference)["MountPoints"]] == [
        "/managed-agents",
        "/var/lib/amazon/ssm",
        "/var/log/amazon/ssm",
    ]


@pytest.fixture
def without_exec(stack: cdk.Stack) -> Template:
    vpc = ec2.Vpc(stack, "Vpc")
    task = AppTask(
        stack,
        "Task",
        task=Task(cpu=512, memory=2048, log_retention_days=90),
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python"),
        environment={},
    )
    task.allow_metrics("Shop")
    cluster = AppCluster(stack, "Cluster", name="shop", vpc=vpc).cluster
    service = Service(name="web", cluster="shop", enable_exec=False)
    AppService(stack, "App", service=service, cluster=cluster, definition=task.definition, on_demand=2)
    return Template.from_stack(stack)


def test_without_exec_a_task_may_open_no_session_and_write_no_file(without_exec):
    without_exec.has_resource_properties("AWS::ECS::Service", {"EnableExecuteCommand": False})
    assert "ssmmessages" not in str(without_exec.find_resources("AWS::IAM::Policy"))
    without_exec.has_resource_properties("AWS::ECS::TaskDefinition", {"Volumes": Match.absent()})


def test_another_plan_makes_another_task(without_exec):
    without_exec.has_resource_properties("AWS::ECS::TaskDefinition", {"Cpu": "512", "Memory": "2048"})
    without_exec.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 90})
    assert "'cloudwatch:namespace': 'Shop'" in str(without_exec.find_resources("AWS::IAM::Policy"))

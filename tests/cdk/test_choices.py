"""What the choices of a plan become in the templates, and that every combination of them stays secure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from fastscale import names, profiles
from tests.cdk.rendered import Properties, Rendered
from tests.cdk.variants import CERTIFICATE, IMAGE, TOPIC, VARIANTS

NETWORK, ECS, SCALING, MONITORING = names.STACKS
SERVICE = "service/fast-scaling-cluster/fast-scaling-service"


@pytest.fixture(params=sorted(VARIANTS))
def variant(request, of_variant) -> Rendered:
    """The stacks of each variant in turn."""
    return of_variant(request.param)


@pytest.fixture
def frugal(of_variant) -> Rendered:
    return of_variant("frugal")


@pytest.fixture
def generous(of_variant) -> Rendered:
    return of_variant("generous")


def stacks(rendered: Rendered) -> list[str]:
    return sorted(path.name.removesuffix(".template.json") for path in rendered.directory.glob("*.template.json"))


def resources(rendered: Rendered, kind: str) -> Iterator[Properties]:
    for stack in stacks(rendered):
        yield from rendered.resources(stack, kind).values()


def way_in(rendered: Rendered) -> Iterator[tuple[str, Properties]]:
    """Every rule that lets somebody in, with what its security group says that it is for."""
    for stack in stacks(rendered):
        for group in rendered.resources(stack, "AWS::EC2::SecurityGroup").values():
            for rule in group.get("SecurityGroupIngress", []):
                yield group["GroupDescription"], rule
        for rule in rendered.resources(stack, "AWS::EC2::SecurityGroupIngress").values():
            yield rendered.follow(stack, rule["GroupId"])[1]["GroupDescription"], rule


def statements(rendered: Rendered, *of: str) -> Iterator[Properties]:
    for stack in of or stacks(rendered):
        for policy in rendered.resources(stack, "AWS::IAM::Policy").values():
            yield from policy["PolicyDocument"]["Statement"]


def attributes(group: Properties) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in group["TargetGroupAttributes"]}


# -- what holds for every plan ---------------------------------------------------------------------------------------


def test_cfn_lint_has_nothing_to_say_about_any_choice(variant):
    for stack in stacks(variant):
        template = json.dumps(variant.json(stack))
        assert lint(template, config=ManualArgs(regions=[variant.plan.region])) == []


def test_the_world_reaches_the_load_balancers_ports_and_no_others(variant):
    open_to_all = {
        (about, rule["FromPort"], rule["ToPort"])
        for about, rule in way_in(variant)
        if rule.get("CidrIp") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"
    }
    ports = (80, 443) if variant.plan.load_balancer.certificate_arn else (80,)
    assert open_to_all == {("Load balancer: the world in, tasks out", port, port) for port in ports}


def test_no_task_has_a_public_address(variant):
    for service in resources(variant, "AWS::ECS::Service"):
        assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"


def test_no_statement_allows_a_whole_service(variant):
    for statement in statements(variant):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if action.endswith(":*") or action == "*"]


def test_what_is_kept_is_encrypted(variant):
    assert all("BucketEncryption" in bucket for bucket in resources(variant, "AWS::S3::Bucket"))
    for balancer in resources(variant, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        given = {pair["Key"]: pair["Value"] for pair in balancer["LoadBalancerAttributes"]}
        assert given["access_logs.s3.enabled"] == "true"


def test_shells_in_running_tasks_are_for_the_plan_that_asks_for_them(frugal, generous):
    assert not profiles.default().service.enable_exec
    (ours,) = frugal.resources(ECS, "AWS::ECS::Service").values()
    (theirs,) = generous.resources(ECS, "AWS::ECS::Service").values()
    assert (ours["EnableExecuteCommand"], theirs["EnableExecuteCommand"]) == (False, True)
    assert "ssmmessages" not in json.dumps(frugal.json(ECS))


# -- network ---------------------------------------------------------------------------------------------------------


def endpoint_services(rendered: Rendered, kind: str) -> set[str]:
    found = [one for one in resources(rendered, "AWS::EC2::VPCEndpoint") if one["VpcEndpointType"] == kind]
    return {_tail(one["ServiceName"]) for one in found}


def _tail(service: Any) -> str:
    """``ecr.api`` of a name that may be put together from the Region."""
    name = service if isinstance(service, str) else service["Fn::Join"][1][-1]
    return name.removeprefix("com.amazonaws.ap-northeast-2").removeprefix(".")


def test_with_endpoints_there_is_no_way_to_the_internet(frugal):
    assert not list(resources(frugal, "AWS::EC2::NatGateway"))
    for stack in (ECS, names.STACK_PULSE):
        (service,) = frugal.resources(stack, "AWS::ECS::Service").values()
        subnets = service["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"]
        assert [frugal.follow(stack, subnet)[1]["MapPublicIpOnLaunch"] for subnet in subnets] == [False, False]
    default_routes = [route for route in resources(frugal, "AWS::EC2::Route") if route.get("GatewayId")]
    assert len(default_routes) == frugal.plan.network.max_azs  # those of the public subnets


def test_with_endpoints_tasks_reach_whatever_the_plan_makes_them_call(frugal):
    pulse = {"ecs", "elasticloadbalancing", "application-autoscaling"}
    assert endpoint_services(frugal, "Interface") == {"ecr.api", "ecr.dkr", "logs", "monitoring"} | pulse
    assert endpoint_services(frugal, "Gateway") == {"s3", "dynamodb"}
    for endpoint in resources(frugal, "AWS::EC2::VPCEndpoint"):
        if endpoint["VpcEndpointType"] == "Interface":
            assert (endpoint["PrivateDnsEnabled"], len(endpoint["SubnetIds"])) == (True, 2)


def test_endpoints_are_open_to_the_vpc_on_port_443_alone(frugal):
    (rule,) = [rule for about, rule in way_in(frugal) if about.startswith("Endpoints")]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.0.0/16", 443, 443)


def test_a_nat_gateway_in_each_zone_when_the_plan_says_so(generous):
    assert len(list(resources(generous, "AWS::EC2::NatGateway"))) == 3
    assert endpoint_services(generous, "Interface") == set()


# -- load balancer ---------------------------------------------------------------------------------------------------


def test_https_speaks_the_plans_tls_policy_and_http_redirects_to_it(frugal):
    listeners = {one["Port"]: one for one in resources(frugal, "AWS::ElasticLoadBalancingV2::Listener")}
    assert listeners[443]["SslPolicy"] == frugal.plan.load_balancer.tls_policy
    assert listeners[443]["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"


def test_the_load_balancer_chooses_targets_as_the_plan_says(variant):
    (group,) = resources(variant, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert attributes(group)["load_balancing.algorithm.type"] == variant.plan.load_balancer.algorithm


# -- tasks and service -----------------------------------------------------------------------------------------------


def test_an_image_in_ecr_is_pulled_from_its_own_repository_alone(frugal):
    (task,) = frugal.resources(ECS, "AWS::ECS::TaskDefinition").values()
    image = "".join(part for part in task["ContainerDefinitions"][0]["Image"]["Fn::Join"][1] if isinstance(part, str))
    account_and_registry, path = IMAGE.split("amazonaws.com")
    assert image.endswith(path)
    assert image.startswith(account_and_registry.removesuffix("."))
    (pull,) = [one for one in statements(frugal, ECS) if "ecr:BatchGetImage" in one["Action"]]
    assert pull["Resource"]["Fn::Join"][1][-1] == ":ecr:ap-northeast-2:111122223333:repository/shop/web"
    assert not list(frugal.directory.glob("asset.*/app"))


def test_a_public_image_is_taken_by_its_name(generous):
    (task,) = resources(generous, "AWS::ECS::TaskDefinition")
    assert task["ContainerDefinitions"][0]["Image"] == generous.plan.task.image


def test_the_task_runs_on_the_plans_processors(variant):
    (task,) = variant.resources(ECS, "AWS::ECS::TaskDefinition").values()
    wanted = {"x86_64": "X86_64", "arm64": "ARM64"}[variant.plan.task.architecture]
    # Pulse, where the plan has it, too.
    running = [one["RuntimePlatform"]["CpuArchitecture"] for one in resources(variant, "AWS::ECS::TaskDefinition")]
    assert set(running) == {wanted}
    assert (task["Cpu"], task["Memory"]) == (str(variant.plan.task.cpu), str(variant.plan.task.memory))


@pytest.mark.parametrize(("name", "on_demand", "spot"), [("frugal", 30, 70), ("generous", 0, 100)])
def test_the_floor_is_never_on_spot_and_the_rest_by_the_plans_share(of_variant, name, on_demand, spot):
    (service,) = of_variant(name).resources(ECS, "AWS::ECS::Service").values()
    assert "LaunchType" not in service
    assert service["CapacityProviderStrategy"] == [
        {"Base": 2, "CapacityProvider": "FARGATE", "Weight": on_demand},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": spot},
    ]
    (associated,) = resources(of_variant(name), "AWS::ECS::ClusterCapacityProviderAssociations")
    assert associated["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.parametrize(("name", "metric"), [("frugal", "CPUUtilization"), ("generous", "MemoryUtilization")])
def test_a_policy_on_20_s_metrics_makes_the_service_publish_them(of_variant, name, metric):
    (service,) = of_variant(name).resources(ECS, "AWS::ECS::Service").values()
    assert service["Monitoring"] == {"MetricConfigurations": [{"MetricNames": [metric], "ResolutionSeconds": 20}]}


def test_a_task_may_protect_tasks_of_its_service_only_where_the_plan_allows_it(frugal, generous):
    (statement,) = [one for one in statements(frugal) if one.get("Sid") == "ProtectItself"]
    assert statement["Action"] == ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    assert statement["Resource"]["Fn::Join"][1][-1].endswith(":task/fast-scaling-cluster/*")
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/aws:ecs:serviceName": "fast-scaling-service"}}
    assert frugal.only(ECS, "AWS::ECS::Service")["EnableECSManagedTags"]  # ECS puts that tag on the tasks
    assert "TaskProtection" not in json.dumps(generous.json(ECS))


def test_pulses_image_is_built_for_the_processors_it_runs_on(frugal):
    assets = json.loads((frugal.directory / f"{names.STACK_PULSE}.assets.json").read_text())["dockerImages"]
    assert [image["source"]["platform"] for image in assets.values()] == ["linux/arm64"]


# -- scaling ---------------------------------------------------------------------------------------------------------


def test_an_event_raises_the_floor_at_its_start_and_restores_it_at_its_end(frugal):
    found = {one["Name"]: one for one in resources(frugal, "AWS::Scheduler::Schedule")}
    assert {name: one["ScheduleExpression"] for name, one in found.items()} == {
        "FastScaling-SpringSale-start": "at(2027-03-01T09:00:00)",
        "FastScaling-SpringSale-end": "at(2027-03-01T17:00:00)",
    }
    for name, floor in (("start", 40), ("end", 5)):
        schedule = found[f"FastScaling-SpringSale-{name}"]
        assert schedule["ScheduleExpressionTimezone"] == "UTC"
        assert schedule["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:applicationautoscaling:registerScalableTarget"
        assert f'"MinCapacity":{floor}}}' in json.dumps(schedule["Target"]["Input"]).replace('\\"', '"')


def test_the_scheduler_may_move_the_limits_of_this_service_and_touch_no_other(frugal):
    found = {one["Sid"]: one for one in statements(frugal) if one.get("Sid") in ("MoveTheFloor", "OfThisService")}
    assert found["MoveTheFloor"]["Action"] == "application-autoscaling:RegisterScalableTarget"
    target = frugal.only(SCALING, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["Tags"] == [{"Key": "fastscale:service", "Value": target["ResourceId"]}]
    assert found["MoveTheFloor"]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/fastscale:service": target["ResourceId"]}
    }
    assert found["OfThisService"]["Action"] == ["ecs:DescribeServices", "ecs:UpdateService"]
    assert "*" not in json.dumps(found["OfThisService"]["Resource"])


@pytest.mark.parametrize(
    ("name", "mode", "metric", "target"),
    [
        ("frugal", "ForecastAndScale", "ALBRequestCount", 600),
        ("generous", "ForecastOnly", "ECSServiceCPUUtilization", 50),
    ],
)
def test_a_predictive_policy_forecasts_what_the_plan_says(of_variant, name, mode, metric, target):
    policies = resources(of_variant(name), "AWS::ApplicationAutoScaling::ScalingPolicy")
    (policy,) = [one for one in policies if one["PolicyType"] == "PredictiveScaling"]
    made = policy["PredictiveScalingPolicyConfiguration"]
    (specification,) = made["MetricSpecifications"]
    pair = specification["PredefinedMetricPairSpecification"]
    assert (made["Mode"], made["MaxCapacityBreachBehavior"]) == (mode, "HonorMaxCapacity")
    assert (pair["PredefinedMetricType"], specification["TargetValue"]) == (metric, target)
    assert ("ResourceLabel" in pair) == (metric == "ALBRequestCount")


# -- notifications ---------------------------------------------------------------------------------------------------


def test_alarms_are_sent_to_the_existing_topic(frugal):
    assert not list(resources(frugal, "AWS::SNS::Topic"))
    told = [alarm["AlarmActions"] for alarm in resources(frugal, "AWS::CloudWatch::Alarm") if "OKActions" in alarm]
    assert told
    assert all(TOPIC in actions for actions in told)
    assert frugal.json(MONITORING)["Outputs"]["AlertTopicArn"]["Value"] == TOPIC


def test_an_address_is_subscribed_to_the_topic_that_is_made(generous):
    (subscription,) = resources(generous, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "team@example.com")

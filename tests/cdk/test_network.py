"""The way in: VPC, load balancer, target group, access logs."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template

from fastscale import names
from fastscale.cdk.load_balancer import PublicLoadBalancer
from fastscale.plan import LoadBalancer

NETWORK = names.STACK_NETWORK
CERTIFICATE = "arn:aws:acm:ap-northeast-2:111122223333:certificate/0f1e"


def test_every_zone_has_a_public_and_a_private_24_subnet(reference):
    reference.template(NETWORK).has_resource_properties("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
    subnets = reference.resources(NETWORK, "AWS::EC2::Subnet").values()
    assert all(subnet["CidrBlock"].endswith("/24") for subnet in subnets)
    zones = [(subnet["AvailabilityZone"]["Fn::Select"][0], subnet["MapPublicIpOnLaunch"]) for subnet in subnets]
    assert sorted(zones) == [(zone, public) for zone in range(3) for public in (False, True)]


def test_private_subnets_leave_through_one_nat_gateway(reference):
    reference.template(NETWORK).resource_count_is("AWS::EC2::NatGateway", 1)
    routes = reference.resources(NETWORK, "AWS::EC2::Route").values()
    assert len([route for route in routes if "NatGatewayId" in route]) == 3


def test_image_layers_reach_the_tasks_without_the_nat_gateway(reference):
    endpoint = reference.only(NETWORK, "AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert endpoint["ServiceName"]["Fn::Join"][1][-1] == ".s3"
    assert len(endpoint["RouteTableIds"]) == 6


def test_targets_are_checked_as_the_plan_says(reference):
    reference.template(NETWORK).has_resource_properties(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "Name": "fast-scaling-tg",
            "Port": 8080,
            "Protocol": "HTTP",
            "TargetType": "ip",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 4,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
            "Matcher": {"HttpCode": "200"},
            "TargetGroupAttributes": Match.array_with([{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}]),
        },
    )


def test_the_world_enters_on_port_80_only(reference):
    balancer = reference.only(NETWORK, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert (balancer["Name"], balancer["Scheme"]) == ("fast-scaling-alb", "internet-facing")
    group = reference.only(NETWORK, "AWS::EC2::SecurityGroup")
    assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupIngress"]] == [
        ("0.0.0.0/0", 80, 80)
    ]
    assert reference.only(NETWORK, "AWS::ElasticLoadBalancingV2::Listener")["DefaultActions"][0]["Type"] == "forward"


def test_the_load_balancer_reaches_nothing_but_the_tasks_port_in_the_vpc(reference):
    (rule,) = reference.only(NETWORK, "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 8080, 8080)
    assert reference.follow(NETWORK, rule["CidrIp"])[0] == "AWS::EC2::VPC"
    assert "AWS::EC2::SecurityGroupEgress" not in reference.kinds()


def test_access_logs_are_private_encrypted_and_kept_30_days(reference):
    template = reference.template(NETWORK)
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": Match.any_value(),
            "LifecycleConfiguration": {"Rules": [{"ExpirationInDays": 30, "Status": "Enabled"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    )
    (bucket,) = reference.resources(NETWORK, "AWS::S3::Bucket")
    template.has_resource_properties(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "LoadBalancerAttributes": Match.array_with(
                [
                    {"Key": "access_logs.s3.enabled", "Value": "true"},
                    {"Key": "access_logs.s3.bucket", "Value": {"Ref": bucket}},
                ]
            )
        },
    )


def test_only_load_balancers_of_the_account_may_write_logs_and_nobody_without_tls(reference):
    statements = reference.only(NETWORK, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    (grant,) = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert grant["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert grant["Action"] == "s3:PutObject"
    assert "aws:SourceArn" in grant["Condition"]["ArnLike"]
    (refusal,) = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.fixture
def with_certificate(stack: cdk.Stack) -> Template:
    PublicLoadBalancer(
        stack,
        "Entrance",
        vpc=ec2.Vpc(stack, "Vpc"),
        load_balancer=LoadBalancer(certificate_arn=CERTIFICATE),
        task_port=9000,
    )
    return Template.from_stack(stack)


def test_with_a_certificate_https_serves_and_http_redirects_to_it(with_certificate):
    listener = "AWS::ElasticLoadBalancingV2::Listener"
    with_certificate.has_resource_properties(
        listener,
        {
            "Port": 443,
            "Protocol": "HTTPS",
            "Certificates": [{"CertificateArn": CERTIFICATE}],
            "DefaultActions": [Match.object_like({"Type": "forward"})],
        },
    )
    with_certificate.has_resource_properties(
        listener,
        {
            "Port": 80,
            "DefaultActions": [
                {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
            ],
        },
    )


def test_with_a_certificate_the_world_also_enters_on_port_443(with_certificate):
    with_certificate.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [Match.object_like({"FromPort": port}) for port in (80, 443)]},
    )

"""Types beyond those of a plain service: each is created, changed in place, and leaves nothing behind."""

from __future__ import annotations

import json

import pytest

from tests.localcloud.server.process import Server
from tests.localcloud.server.templates import Template, att, network, ref

ALLOWED = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}


def deploy(server: Server, name: str, resources: Template, **outputs: Template) -> dict[str, str]:
    """The outputs of the stack, once it is settled in a good state."""
    sections = {key: {"Value": value} for key, value in outputs.items()}
    stack = server.deploy(name, {"Resources": resources, "Outputs": sections})
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack.get("StackStatusReason")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def table(name: str, **properties: object) -> Template:
    settings = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "SSESpecification": {"SSEEnabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": settings | properties}


def test_a_table_keeps_its_items_when_its_settings_change(server: Server, name: str) -> None:
    dynamodb = server.client("dynamodb")
    made = deploy(server, name, {"Table": table(name)}, Name=ref("Table"), Arn=att("Table", "Arn"))
    assert (made["Name"], made["Arn"].endswith(f":table/{name}")) == (name, True)
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires")
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"

    dynamodb.put_item(TableName=name, Item={"pk": {"S": "leader"}})
    deploy(server, name, {"Table": table(name, DeletionProtectionEnabled=True)})
    assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]
    assert dynamodb.scan(TableName=name)["Count"] == 1

    deploy(server, name, {"Table": table(name, DeletionProtectionEnabled=False)})
    assert server.delete(name) == {}
    assert name not in dynamodb.list_tables()["TableNames"]


def schedule(name: str, at: str) -> Template:
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:applicationautoscaling:registerScalableTarget",
        "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
        "Input": json.dumps({"MinCapacity": 20}),
    }
    properties = {
        "Name": name,
        "GroupName": ref("Group"),
        "ScheduleExpression": f"at({at})",
        "ScheduleExpressionTimezone": "Asia/Seoul",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    return {"Type": "AWS::Scheduler::Schedule", "Properties": properties}


def test_a_schedule_changes_in_place(server: Server, name: str) -> None:
    scheduler = server.client("scheduler")
    group = {"Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": name}}}
    for at in ("2027-01-01T09:00:00", "2027-02-01T09:00:00"):
        deploy(server, name, group | {"Campaign": schedule(name, at)})
        found = scheduler.get_schedule(Name=name, GroupName=name)
        assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == (f"at({at})", "Asia/Seoul")
        assert json.loads(found["Target"]["Input"]) == {"MinCapacity": 20}
    assert server.delete(name) == {}
    assert scheduler.list_schedules(GroupName=name)["Schedules"] == []
    assert name not in [found["Name"] for found in scheduler.list_schedule_groups()["ScheduleGroups"]]


def test_a_managed_policy_follows_its_document_and_roles(server: Server, name: str) -> None:
    iam = server.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    roles = {
        key: {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}
        for key in ("First", "Second")
    }
    arns = []
    for number, role in enumerate(("First", "Second", "Second")):
        document = {"Version": "2012-10-17", "Statement": [ALLOWED | {"Sid": f"Version{number}"}]}
        policy = {"ManagedPolicyName": name, "PolicyDocument": document, "Roles": [ref(role)]}
        resources = roles | {"Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy}}
        made = deploy(server, name, resources, Arn=ref("Policy"), Role=ref(role))
        arns.append(made["Arn"])
        attached = iam.list_entities_for_policy(PolicyArn=made["Arn"])["PolicyRoles"]
        assert [entity["RoleName"] for entity in attached] == [made["Role"]]
        (version,) = iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"]
        shown = iam.get_policy_version(PolicyArn=made["Arn"], VersionId=version["VersionId"])["PolicyVersion"]
        assert shown["Document"]["Statement"][0]["Sid"] == f"Version{number}"
    assert len(set(arns)) == 1
    assert server.delete(name) == {}
    assert name not in [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]


def endpoint(*subnets: str) -> Template:
    properties = {
        "VpcId": ref("Vpc"),
        "ServiceName": "com.amazonaws.ap-northeast-2.ecr.api",
        "VpcEndpointType": "Interface",
        "PrivateDnsEnabled": True,
        "SubnetIds": [ref(subnet) for subnet in subnets],
        "SecurityGroupIds": [att("Group", "GroupId")],
    }
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


def test_an_interface_endpoint_is_changed_in_place_and_takes_its_interfaces_along(server: Server, name: str) -> None:
    ec2, basis = server.client("ec2"), network(name)
    before = deploy(server, name, basis | {"Ecr": endpoint("SubnetA")}, Id=ref("Ecr"))["Id"]
    after = deploy(server, name, basis | {"Ecr": endpoint("SubnetA", "SubnetB")}, Id=ref("Ecr"))["Id"]
    assert after == before
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[after])["VpcEndpoints"]
    assert (found["VpcEndpointType"], len(found["SubnetIds"])) == ("Interface", 2)
    assert server.delete(name) == {}
    left = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}])
    assert left["NetworkInterfaces"] == []


@pytest.mark.parametrize("port", [80, 443])
def test_a_listener_may_redirect_or_serve_https(server: Server, name: str, port: int) -> None:
    resources = network(name)
    listener = resources["Listener"]["Properties"]
    if port == 443:
        certificate = "arn:aws:acm:ap-northeast-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"
        listener |= {"Port": 443, "Protocol": "HTTPS", "Certificates": [{"CertificateArn": certificate}]}
        listener["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    else:
        redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        listener["DefaultActions"] = [{"Type": "redirect", "RedirectConfig": redirect}]
    made = deploy(server, name, resources, Arn=ref("Listener"))
    (found,) = server.client("elbv2").describe_listeners(ListenerArns=[made["Arn"]])["Listeners"]
    assert found["Port"] == port
    assert found["DefaultActions"][0]["Type"] == ("forward" if port == 443 else "redirect")
    assert server.delete(name) == {}

"""Creating and deleting stacks, as a client of the CloudFormation API sees it."""

from __future__ import annotations

import json
import re
import time

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import ALB_PORT, Server
from tests.localcloud.server.templates import alarm, att, ref, service_template, topic


def test_a_created_stack_shows_its_outputs_and_every_resource(server: Server, service: str) -> None:
    stack = server.stack(service)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["DnsName"] == f"localhost:{ALB_PORT}"
    assert outputs["TargetGroupArn"].endswith(outputs["TargetGroupFullName"])
    assert outputs["TargetGroupFullName"].startswith(f"targetgroup/{service}/")
    assert outputs["LoadBalancerFullName"].startswith(f"app/{service}/")
    assert outputs["TaskDefinitionArn"].endswith(f":task-definition/{service}:1")

    summaries = server.client("cloudformation").list_stack_resources(StackName=service)["StackResourceSummaries"]
    assert {summary["ResourceStatus"] for summary in summaries} == {"CREATE_COMPLETE"}
    assert len(summaries) == len(service_template(service)["Resources"])


def test_the_stack_of_a_resource_is_known_by_the_physical_id(server: Server, service: str) -> None:
    client = server.client("cloudformation")
    arn = server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]["serviceArn"]
    resources = client.describe_stack_resources(PhysicalResourceId=arn)["StackResources"]
    assert {resource["StackName"] for resource in resources} == {service}
    assert len(resources) == len(service_template(service)["Resources"])
    with pytest.raises(ClientError, match="Stack for nobody does not exist"):
        client.describe_stack_resources(PhysicalResourceId="nobody")


def test_one_resource_is_described_by_its_name_in_the_template(server: Server, service: str) -> None:
    client = server.client("cloudformation")
    found = client.describe_stack_resource(StackName=service, LogicalResourceId="Service")["StackResourceDetail"]
    arn = server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]["serviceArn"]
    assert (found["PhysicalResourceId"], found["ResourceType"]) == (arn, "AWS::ECS::Service")
    assert (found["StackName"], found["ResourceStatus"]) == (service, "CREATE_COMPLETE")
    assert found["LastUpdatedTimestamp"].timestamp() == pytest.approx(time.time(), abs=600)
    with pytest.raises(ClientError, match=f"Resource Nothing does not exist for stack {service}"):
        client.describe_stack_resource(StackName=service, LogicalResourceId="Nothing")


def test_events_tell_resources_in_the_order_of_their_references(server: Server, service: str) -> None:
    events = server.events(service)
    assert events[0] == (service, "CREATE_IN_PROGRESS")
    assert events[-1] == (service, "CREATE_COMPLETE")
    for first, then in [("Vpc", "SubnetA"), ("Targets", "Listener"), ("Listener", "Service"), ("Task", "Service")]:
        assert events.index((first, "CREATE_COMPLETE")) < events.index((then, "CREATE_IN_PROGRESS"))


def test_a_service_keeps_all_settings_of_the_template(server: Server, service: str) -> None:
    described = server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]
    assert described["desiredCount"] == 2
    assert described["healthCheckGracePeriodSeconds"] == 15
    assert described["enableExecuteCommand"] is True
    assert described["deploymentConfiguration"] == {
        "maximumPercent": 200,
        "minimumHealthyPercent": 50,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    }
    assert described["loadBalancers"][0]["containerPort"] == 8080


def test_deleting_a_stack_leaves_nothing(server: Server, name: str) -> None:
    subnets = _subnets(server)
    server.deploy(name, service_template(name))
    assert len(_subnets(server) - subnets) == 2
    stack_id = server.stack(name)["StackId"]
    assert server.delete(name) == {}
    assert server.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert _of_service(server, name) == {"services": 0, "balancers": 0, "log groups": 0}
    assert _subnets(server) == subnets


def test_an_unknown_type_fails_by_name_before_anything_is_created(server: Server, name: str) -> None:
    template = {"Resources": {"Alerts": topic(name), "Queue": {"Type": "AWS::SQS::Queue"}}}
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::SQS::Queue\] \(resources Queue\)"):
        server.deploy(name, template)
    assert server.stack(name) is None
    assert not _topics(server, name)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"MetricName": None}, "MetricName"),
        ({"Period": 15}, "Invalid Period 15"),
        ({"Treshold": 1}, r"extraneous key \[Treshold\]"),
        ({"Threshold": "many"}, "could not convert"),
        ({"AlarmActions": [att("Alerts", "Color")]}, "does not support attribute type Color"),
    ],
)
def test_a_failed_creation_says_why_and_is_rolled_back(server: Server, name: str, broken: dict, reason: str) -> None:
    properties = {key: value for key, value in broken.items() if value is not None}
    bad = alarm(name, **properties)
    bad["DependsOn"] = "Alerts"
    for key, value in broken.items():
        if value is None:
            del bad["Properties"][key]
    stack = server.deploy(name, {"Resources": {"Alerts": topic(name), "Bad": bad}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack["StackStatusReason"].startswith("Bad: ")
    assert re.search(reason, stack["StackStatusReason"])
    assert ("Alerts", "DELETE_COMPLETE") in server.events(name)
    assert not _topics(server, name)
    server.delete(name)


def test_a_half_created_resource_is_rolled_back_too(server: Server, name: str) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"],
        },
    }
    stack = server.deploy(name, {"Resources": {"Role": role}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert name not in {role["RoleName"] for role in server.client("iam").list_roles()["Roles"]}


def test_on_failure_decides_what_remains(server: Server, name: str) -> None:
    template = {"Resources": {"Alerts": topic(name), "Bad": alarm(name, Period=15, AlarmActions=[ref("Alerts")])}}
    assert server.deploy(name, template, OnFailure="DELETE") == {}
    assert not _topics(server, name)
    assert server.deploy(name, template, OnFailure="DO_NOTHING")["StackStatus"] == "CREATE_FAILED"
    assert _topics(server, name)
    assert server.delete(name) == {}


def test_exports_connect_stacks_and_hold_them_together(server: Server, name: str) -> None:
    exporter, importer = f"{name}-a", f"{name}-b"
    exported = {"Arn": {"Value": ref("Alerts"), "Export": {"Name": name}}}
    server.deploy(exporter, {"Resources": {"Alerts": topic(name)}, "Outputs": exported})
    using = {"Alarm": alarm(name, AlarmActions=[{"Fn::ImportValue": name}])}
    assert server.deploy(importer, {"Resources": using})["StackStatus"] == "CREATE_COMPLETE"

    arn = server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmActions"][0]
    assert arn.endswith(f":{name}")
    assert server.client("cloudformation").list_imports(ExportName=name)["Imports"] == [importer]

    refused = server.delete(exporter)
    assert refused["StackStatus"] == "CREATE_COMPLETE"
    assert f"in use by {importer}" in refused["StackStatusReason"]
    assert server.delete(importer) == {}
    assert server.delete(exporter) == {}


def test_an_export_is_of_one_stack_only(server: Server, name: str) -> None:
    template = {"Resources": {"Alerts": topic(name)}, "Outputs": {"A": {"Value": "1", "Export": {"Name": name}}}}
    server.deploy(f"{name}-a", template)
    template["Resources"]["Alerts"] = topic(f"{name}-b")
    stack = server.deploy(f"{name}-b", template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"Export with name {name} is already exported" in stack["StackStatusReason"]


def test_an_import_that_nobody_exports_fails_by_name(server: Server, name: str) -> None:
    stack = server.deploy(name, {"Resources": {"A": alarm(name, AlarmActions=[{"Fn::ImportValue": "nothing"}])}})
    assert "No export named nothing found." in stack["StackStatusReason"]


def test_parameters_have_defaults_and_are_checked(server: Server, name: str) -> None:
    template = {
        "Parameters": {
            "Threshold": {"Type": "Number", "Default": 80, "MinValue": 1},
            "Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"},
        },
        "Resources": {"Alarm": alarm(name, Threshold=ref("Threshold"))},
        "Outputs": {"Version": {"Value": ref("Version")}},
    }
    stack = server.deploy(name, template)
    assert stack["Outputs"][0]["OutputValue"].isdecimal()
    assert server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["Threshold"] == 80
    for parameters, reason in [
        ([{"ParameterKey": "Nope", "ParameterValue": "1"}], r"Parameters: \[Nope\] do not exist"),
        ([{"ParameterKey": "Threshold", "ParameterValue": "x"}], "must be a number"),
        ([{"ParameterKey": "Threshold", "ParameterValue": "0"}], "within MinValue and MaxValue"),
    ]:
        with pytest.raises(ClientError, match=reason):
            server.deploy(name, template, Parameters=parameters)


def test_a_protected_stack_is_not_deleted(server: Server, name: str) -> None:
    server.deploy(name, {"Resources": {"Alerts": topic(name)}}, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        server.delete(name)
    cloudformation = server.client("cloudformation")
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    assert server.delete(name) == {}


def test_retained_resources_outlive_their_stack(server: Server, name: str) -> None:
    kept = topic(name) | {"DeletionPolicy": "Retain"}
    server.deploy(name, {"Resources": {"Alerts": kept}})
    assert server.delete(name) == {}
    assert _topics(server, name)


def test_a_change_set_creates_and_then_finds_nothing_to_change(server: Server, name: str) -> None:
    cloudformation = server.client("cloudformation")
    request = {"StackName": name, "TemplateBody": json.dumps({"Resources": {"Alerts": topic(name)}})}
    cloudformation.create_change_set(**request, ChangeSetName="first", ChangeSetType="CREATE")
    assert server.stack(name)["StackStatus"] == "REVIEW_IN_PROGRESS"
    described = cloudformation.describe_change_set(StackName=name, ChangeSetName="first")
    assert [change["ResourceChange"]["Action"] for change in described["Changes"]] == ["Add"]

    cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    assert server.settled(name)["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.create_change_set(**request, ChangeSetName="second", ChangeSetType="UPDATE")
    described = cloudformation.describe_change_set(StackName=name, ChangeSetName="second")
    assert described["Status"] == "FAILED"
    assert "didn't contain changes" in described["StatusReason"]


def test_change_sets_are_listed_and_deleted(server: Server, name: str) -> None:
    cloudformation = server.client("cloudformation")
    server.deploy(name, {"Resources": {"Alerts": topic(name)}})
    body = json.dumps({"Resources": {"Alerts": topic(name), "Alarm": alarm(name)}})
    for change_set in ("first", "second"):
        cloudformation.create_change_set(StackName=name, TemplateBody=body, ChangeSetName=change_set)
    listed = cloudformation.list_change_sets(StackName=name)["Summaries"]
    assert [(one["ChangeSetName"], one["StackName"]) for one in listed] == [("first", name), ("second", name)]
    assert {(one["Status"], one["ExecutionStatus"]) for one in listed} == {("CREATE_COMPLETE", "AVAILABLE")}

    for _ in range(2):  # AWS answers alike when there is none of that name
        cloudformation.delete_change_set(StackName=name, ChangeSetName="first")
    left = cloudformation.list_change_sets(StackName=name)["Summaries"]
    assert [one["ChangeSetName"] for one in left] == ["second"]
    with pytest.raises(ClientError, match=r"ChangeSet \[first\] does not exist"):
        cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    assert server.stack(name)["StackStatus"] == "CREATE_COMPLETE"


PARAMETERS = {
    "Threshold": {"Type": "Number", "Default": 80, "Description": "Requests/s"},
    "Shown": {"Type": "String", "NoEcho": "false"},
    "Secret": {"Type": "String", "NoEcho": True},
}


def test_a_template_is_validated_and_tells_its_parameters(server: Server, name: str) -> None:
    cloudformation = server.client("cloudformation")
    template = {"Description": "A topic", "Parameters": PARAMETERS, "Resources": {"Alerts": topic(name)}}
    answer = cloudformation.validate_template(TemplateBody=json.dumps(template))
    assert (answer["Description"], answer["Capabilities"]) == ("A topic", [])
    first, *others = answer["Parameters"]
    assert (first["ParameterKey"], first["DefaultValue"], first["Description"]) == ("Threshold", "80", "Requests/s")
    assert [(one["ParameterKey"], one["NoEcho"]) for one in others] == [("Shown", False), ("Secret", True)]
    with pytest.raises(ClientError, match="must contain a Type"):
        cloudformation.validate_template(TemplateBody='{"Resources": {"A": {}}}')


def test_a_stack_or_a_template_is_summed_up(server: Server, name: str) -> None:
    cloudformation = server.client("cloudformation")
    resources = {"Alerts": topic(name), "More": topic(f"{name}-more"), "Alarm": alarm(name)}
    body = {"Description": "Two topics", "Parameters": {"Threshold": PARAMETERS["Threshold"]}, "Resources": resources}
    of_template = cloudformation.get_template_summary(TemplateBody=json.dumps(body))
    assert of_template["ResourceTypes"] == ["AWS::CloudWatch::Alarm", "AWS::SNS::Topic"]
    assert [(one["ParameterKey"], one["ParameterType"]) for one in of_template["Parameters"]] == [
        ("Threshold", "Number")
    ]
    server.deploy(name, body)
    of_stack = cloudformation.get_template_summary(StackName=name)
    assert (of_stack["Description"], of_stack["ResourceTypes"]) == ("Two topics", of_template["ResourceTypes"])
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.get_template_summary(StackName="nobody")


def test_what_is_not_a_template_is_refused(server: Server, name: str) -> None:
    for body, reason in [
        ("{", "Template format error"),
        ('{"Resources": {}}', "At least one Resources member"),
        ('{"Resources": {"A": {}}}', "must contain a Type"),
        (_circle(name), r"Circular dependency between resources: \[A, B\]"),
    ]:
        with pytest.raises(ClientError, match=reason):
            server.client("cloudformation").create_stack(StackName=name, TemplateBody=body)


def _circle(name: str) -> str:
    resources = {"A": alarm(name, AlarmActions=[ref("B")]), "B": topic(name) | {"DependsOn": "A"}}
    return json.dumps({"Resources": resources})


def _topics(server: Server, name: str) -> list[str]:
    topics = server.client("sns").list_topics()["Topics"]
    return [topic["TopicArn"] for topic in topics if topic["TopicArn"].endswith(f":{name}")]


def _subnets(server: Server) -> set[str]:
    return {subnet["SubnetId"] for subnet in server.client("ec2").describe_subnets()["Subnets"]}


def _of_service(server: Server, name: str) -> dict[str, int]:
    services = server.client("ecs").describe_services(cluster=name, services=[name])["services"]
    balancers = server.client("elbv2").describe_load_balancers()["LoadBalancers"]
    groups = server.client("logs").describe_log_groups(logGroupNamePrefix=f"/ecs/{name}")["logGroups"]
    return {
        "services": sum(service["status"] != "INACTIVE" for service in services),
        "balancers": sum(balancer["LoadBalancerName"] == name for balancer in balancers),
        "log groups": len([group for group in groups if group["logGroupName"] == f"/ecs/{name}"]),
    }

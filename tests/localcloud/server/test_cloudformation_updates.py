"""Updating stacks: what changes in place, what is replaced, and what scaling has set in the meantime stays."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import Server
from tests.localcloud.server.templates import Template, alarm, ref, service_template, topic


def test_an_update_without_changes_is_refused(server: Server, name: str) -> None:
    template = {"Resources": {"Alerts": topic(name)}}
    server.deploy(name, template)
    with pytest.raises(ClientError, match="No updates are to be performed"):
        server.deploy(name, template)


def test_a_changed_threshold_keeps_the_state_of_the_alarm(server: Server, name: str) -> None:
    cloudwatch = server.client("cloudwatch")
    server.deploy(name, {"Resources": {"Alarm": alarm(name, Threshold=100)}})
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="surge")
    server.deploy(name, {"Resources": {"Alarm": alarm(name, Threshold=50, MetricName="Connections")}})
    described = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert (described["Threshold"], described["MetricName"]) == (50, "Connections")
    assert (described["StateValue"], described["StateReason"]) == ("ALARM", "surge")


def test_a_new_task_definition_keeps_what_scaling_set_when_the_template_states_no_count(
    server: Server, service: str
) -> None:
    ecs = server.client("ecs")
    server.deploy(service, uncounted(service))
    ecs.update_service(cluster=service, service=service, desiredCount=7)
    stack = server.deploy(service, uncounted(service, image="app:2"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"

    described = ecs.describe_services(cluster=service, services=[service])["services"][0]
    assert described["desiredCount"] == 7
    assert described["taskDefinition"].endswith(f"{service}:2")
    newest = described["deployments"][0]
    assert (newest["status"], newest["desiredCount"], newest["rolloutState"]) == ("PRIMARY", 7, "IN_PROGRESS")
    old = ecs.describe_task_definition(taskDefinition=f"{service}:1")["taskDefinition"]
    assert old["status"] == "INACTIVE"


def test_a_stated_desired_count_is_written_back_with_any_change_of_the_service(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    ecs.update_service(cluster=service, service=service, desiredCount=7)
    server.deploy(service, service_template(service, HealthCheckGracePeriodSeconds=30))
    described = ecs.describe_services(cluster=service, services=[service])["services"][0]
    assert (described["desiredCount"], described["healthCheckGracePeriodSeconds"]) == (2, 30)


def test_a_desired_count_changes_when_the_template_changes_it(server: Server, service: str) -> None:
    server.deploy(service, service_template(service, DesiredCount=4))
    described = server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]
    assert described["desiredCount"] == 4
    assert len(described["deployments"]) == 1


def test_a_service_goes_to_spot_and_back_without_being_replaced(server: Server, service: str) -> None:
    def described() -> tuple[float, list[str]]:
        found = server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]
        return found["createdAt"], [item["capacityProvider"] for item in found.get("capacityProviderStrategy", [])]

    created, _ = described()
    spot = service_template(service, CapacityProviderStrategy=[{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}])
    del spot["Resources"]["Service"]["Properties"]["LaunchType"]
    for template, providers in ((spot, ["FARGATE_SPOT"]), (service_template(service), [])):
        assert server.deploy(service, template)["StackStatus"] == "UPDATE_COMPLETE"
        assert described() == (created, providers)


def test_a_route_takes_another_way_in_place(server: Server, name: str) -> None:
    gateway = {"Type": "AWS::EC2::InternetGateway"}
    resources: Template = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref("Vpc")}},
        "A": gateway,
        "B": gateway,
    }
    for way in ("A", "B"):
        route = {"RouteTableId": ref("Table"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref(way)}
        resources["Route"] = {"Type": "AWS::EC2::Route", "Properties": route}
        outputs = {"Table": {"Value": ref("Table")}, "Gateway": {"Value": ref(way)}}
        stack = server.deploy(name, {"Resources": resources, "Outputs": outputs})
        told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        (table,) = server.client("ec2").describe_route_tables(RouteTableIds=[told["Table"]])["RouteTables"]
        assert told["Gateway"] in [found.get("GatewayId") for found in table["Routes"]]
    assert server.delete(name) == {}


def test_target_group_settings_change_in_place(server: Server, service: str) -> None:
    before = _target_group(server, service)
    template = service_template(service)
    properties = template["Resources"]["Targets"]["Properties"]
    properties |= {"HealthCheckPath": "/healthy", "HealthCheckIntervalSeconds": 10}
    properties["TargetGroupAttributes"] = [{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
    server.deploy(service, template)

    after = _target_group(server, service)
    assert after["TargetGroupArn"] == before["TargetGroupArn"]
    assert (after["HealthCheckPath"], after["HealthCheckIntervalSeconds"]) == ("/healthy", 10)
    elb = server.client("elbv2")
    attributes = elb.describe_target_group_attributes(TargetGroupArn=after["TargetGroupArn"])["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "20"} in attributes


def test_another_name_replaces_the_resource_and_removes_the_old_one(server: Server, name: str) -> None:
    server.deploy(name, _named(f"{name}-old"))
    stack = server.deploy(name, _named(f"{name}-new"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    found = server.client("cloudwatch").describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == [f"{name}-new"]
    assert server.events(name)[-3:] == [
        ("Alarm", "DELETE_IN_PROGRESS"),
        ("Alarm", "DELETE_COMPLETE"),
        (name, "UPDATE_COMPLETE"),
    ]


def test_resources_come_and_go_with_the_template(server: Server, name: str) -> None:
    cloudwatch = server.client("cloudwatch")
    server.deploy(name, {"Resources": {"A": alarm(f"{name}-a"), "B": alarm(f"{name}-b")}})
    server.deploy(name, {"Resources": {"B": alarm(f"{name}-b"), "C": alarm(f"{name}-c")}})
    found = cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == [f"{name}-b", f"{name}-c"]


def test_a_failed_update_goes_back_to_the_old_state(server: Server, name: str) -> None:
    cloudwatch = server.client("cloudwatch")
    server.deploy(name, {"Resources": {"A": alarm(f"{name}-a", Threshold=1)}})
    broken = {
        "A": alarm(f"{name}-a", Threshold=2),
        "B": alarm(f"{name}-b") | {"DependsOn": "A"},
        "C": alarm(f"{name}-c", Period=15) | {"DependsOn": "B"},
    }
    stack = server.deploy(name, {"Resources": broken})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["StackStatusReason"].startswith("C: ")
    found = cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
    assert [(alarm["AlarmName"], alarm["Threshold"]) for alarm in found] == [(f"{name}-a", 1)]
    assert (
        server.deploy(name, {"Resources": {"A": alarm(f"{name}-a", Threshold=3)}})["StackStatus"] == "UPDATE_COMPLETE"
    )


def test_a_parameter_keeps_its_previous_value(server: Server, name: str) -> None:
    template: Template = {
        "Parameters": {"Threshold": {"Type": "Number"}},
        "Resources": {"Alarm": alarm(name, Threshold=ref("Threshold"))},
    }
    server.deploy(name, template, Parameters=[{"ParameterKey": "Threshold", "ParameterValue": "70"}])
    template["Resources"]["Alarm"]["Properties"]["EvaluationPeriods"] = 2
    server.deploy(name, template, Parameters=[{"ParameterKey": "Threshold", "UsePreviousValue": True}])
    described = server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert (described["Threshold"], described["EvaluationPeriods"]) == (70, 2)


def test_an_export_in_use_does_not_change(server: Server, name: str) -> None:
    exporter, importer = f"{name}-a", f"{name}-b"
    template: Template = {
        "Resources": {"Alerts": topic(name)},
        "Outputs": {"Value": {"Value": "80", "Export": {"Name": name}}},
    }
    server.deploy(exporter, template)
    server.deploy(importer, {"Resources": {"Alarm": alarm(name, Threshold={"Fn::ImportValue": name})}})
    template["Outputs"]["Value"]["Value"] = "90"
    stack = server.deploy(exporter, template)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot update export {name} as it is in use by {importer}" in stack["StackStatusReason"]


def uncounted(name: str, **options: str) -> Template:
    """The service without a desired count: it has one task at first, then as many as scaling wants."""
    template = service_template(name, **options)
    del template["Resources"]["Service"]["Properties"]["DesiredCount"]
    return template


def _named(alarm_name: str) -> Template:
    return {"Resources": {"Alarm": alarm(alarm_name)}}


def _target_group(server: Server, name: str) -> dict:
    return server.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"][0]

"""The example applications: synthesized as they are, and held against the rules."""

from collections import Counter

import pytest
from aws_cdk.assertions import Match
from cfnlint.api import ManualArgs, lint

from tests.examples.example import ADDED, Example


@pytest.fixture(params=["adopted", "elsewhere"])
def example(request) -> Example:
    return request.getfixturevalue(request.param)


def test_cfn_lint_has_nothing_to_say_of_what_was_added(example):
    found = lint(example.text, config=ManualArgs(regions=["eu-central-1"]))
    assert [match for match in found if str(match.path[1]).startswith(ADDED)] == []


def test_cdk_nag_finds_nothing_in_what_was_added(example):
    added = tuple(f"{example.name}/{construct}/" for construct in ADDED)
    assert [path for path in example.findings() if path.startswith(added)] == []


def test_cdk_nag_looks_at_the_shop_too(adopted):
    """The shop's network has no flow logs: that nothing is found elsewhere is not for want of looking."""
    assert "Shop/Vpc/Resource" in adopted.findings()


def test_all_that_was_added_begins_with_the_constructs_path(adopted):
    assert adopted.named()
    assert all(name.startswith(("Shop-FastScaling", "/ecs/Shop-FastScaling")) for _, name in adopted.named())


def test_no_two_services_share_a_name(elsewhere):
    assert [named for named, count in Counter(elsewhere.named()).items() if count > 1] == []
    policies = elsewhere.template.find_resources("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    assert max(Counter(policy["Properties"]["PolicyName"] for policy in policies).values()) == 1


def test_each_service_has_metrics_of_its_own(elsewhere):
    alarms = elsewhere.template.find_resources("AWS::CloudWatch::Alarm").values()
    loads = [alarm["Properties"] for alarm in alarms if alarm["Properties"]["MetricName"] == "RequestsPerSecond"]
    assert {(alarm["AlarmName"].split("-")[1], alarm["Namespace"]) for alarm in loads} == {
        ("Web", "FastScaling/ShopScaling-Web"),
        ("Search", "FastScaling/ShopScaling-Search"),
    }


def test_a_service_that_was_made_elsewhere_is_scaled_by_its_name(elsewhere):
    elsewhere.template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {"ResourceId": "service/shop/web", "MinCapacity": 4, "MaxCapacity": 60},
    )
    elsewhere.template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "ShopScaling-Search-HighResponseTime",
            "Dimensions": Match.array_with(
                [
                    {"Name": "LoadBalancer", "Value": "app/shop/fedcba9876543210"},
                    {"Name": "TargetGroup", "Value": "targetgroup/search/89abcdef01234567"},
                ]
            ),
        },
    )


def test_the_tasks_of_the_service_may_publish_and_know_where(adopted):
    adopted.template.has_resource_properties(
        "AWS::ECS::TaskDefinition",
        {
            "ContainerDefinitions": [
                Match.object_like(
                    {"Environment": [{"Name": "METER_NAMESPACE", "Value": "FastScaling/Shop-FastScaling"}]}
                )
            ]
        },
    )

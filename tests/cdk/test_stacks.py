"""What holds for the four stacks together."""

import json
import re

import pytest

from fastscale import names

EXPORTS = {
    names.STACK_NETWORK: ["VpcId", "AlbDnsName", "AlbArn", "TargetGroupArn"],
    names.STACK_ECS: ["ClusterName", "ServiceName", "ServiceArn", "TaskDefinitionArn"],
    names.STACK_AUTO_SCALING: ["ScaleOutPolicyName", "ScaleInPolicyName"],
    names.STACK_MONITORING: ["DashboardUrl", "AlertTopicArn", "LowRpsAlarmName"],
}


@pytest.mark.parametrize(("stack", "key"), [(stack, key) for stack, keys in EXPORTS.items() for key in keys])
def test_the_output_is_exported_under_its_published_name(rendered, stack, key):
    assert rendered.json(stack)["Outputs"][key]["Export"] == {"Name": f"FastScaling-{key}"}


def test_thirteen_outputs_are_published_and_no_more(rendered):
    exported = [
        output["Export"]["Name"]
        for stack in names.STACKS
        for output in rendered.json(stack)["Outputs"].values()
        if output["Export"]["Name"].startswith(names.EXPORT_PREFIX)
    ]
    assert len(exported) == len(set(exported)) == 13


def test_the_policy_and_alarm_names_are_published(rendered):
    scaling = rendered.json(names.STACK_AUTO_SCALING)["Outputs"]
    assert scaling["ScaleOutPolicyName"]["Value"] == "FastScaling-ScaleOut"
    assert scaling["ScaleInPolicyName"]["Value"] == "FastScaling-ScaleIn"
    alarm = rendered.json(names.STACK_MONITORING)["Outputs"]["LowRpsAlarmName"]["Value"]
    assert rendered.follow(names.STACK_MONITORING, alarm)[1]["AlarmName"] == "FastScaling-LowRPS"


def test_the_dashboard_url_leads_to_the_dashboard(rendered):
    url = json.dumps(rendered.json(names.STACK_MONITORING)["Outputs"]["DashboardUrl"]["Value"])
    assert "console.aws.amazon.com/cloudwatch/home" in url
    (dashboard,) = rendered.resources(names.STACK_MONITORING, "AWS::CloudWatch::Dashboard")
    assert dashboard in url


def test_each_stack_is_deployed_after_those_it_uses(rendered):
    manifest = json.loads((rendered.directory / "manifest.json").read_text())["artifacts"]
    for position, stack in enumerate(names.STACKS):
        needed = {name for name in manifest[stack]["dependencies"] if name in names.STACKS}
        assert needed <= set(names.STACKS[:position])
    assert names.STACK_AUTO_SCALING in manifest[names.STACK_MONITORING]["dependencies"]


def test_the_stacks_are_joined_by_exports(rendered):
    """A strong reference: CloudFormation refuses to delete a stack that another one still uses."""
    for stack in names.STACKS[1:]:
        text = json.dumps(rendered.json(stack))
        assert "Fn::ImportValue" in text
        assert "Fn::GetStackOutput" not in text


def test_no_stack_needs_code_of_its_own_to_be_deployed(rendered):
    assert not [
        kind for kind in rendered.kinds() if kind.startswith(("AWS::Lambda", "AWS::CloudFormation", "Custom::"))
    ]


def test_the_templates_fit_any_account(rendered):
    for stack in names.STACKS:
        assert "Parameters" not in rendered.json(stack)
        assert not re.search(r":\d{12}:", json.dumps(rendered.json(stack)))


def test_the_region_is_the_plans(rendered):
    manifest = json.loads((rendered.directory / "manifest.json").read_text())["artifacts"]
    assert {manifest[stack]["environment"] for stack in names.STACKS} == {"aws://unknown-account/ap-northeast-2"}

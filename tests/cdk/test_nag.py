"""cdk-nag and cfn-lint have nothing to say about the stacks, and would speak up if they had."""

import json

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs
from cfnlint.api import ManualArgs, lint

from fastscale import names
from fastscale.cdk.app import add_stacks, new_app


def test_cdk_nag_has_nothing_left_to_say(rendered):
    report = json.loads((rendered.directory / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def test_a_finding_that_nobody_accepted_fails_the_synthesis(reference, tmp_path):
    app = new_app(tmp_path)
    add_stacks(app, reference.plan, region=reference.plan.region)
    sqs.Queue(Stack(app, "Another"), "Queue")
    with pytest.raises(RuntimeError) as refusal:
        app.synth()
    assert "AwsSolutions-SQS4" in str(refusal.value)


def test_cfn_lint_has_nothing_to_say(rendered):
    config = ManualArgs(regions=[rendered.plan.region])
    said = [match for stack in rendered.stacks for match in lint(json.dumps(rendered.json(stack)), config=config)]
    assert said == []


def test_cfn_lint_would_say_something(reference):
    template = reference.json(names.STACK_NETWORK)
    resources = template["Resources"] | {"Bad": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "nowhere"}}}
    assert lint(json.dumps(template | {"Resources": resources}), config=ManualArgs(regions=[reference.plan.region]))

"""A plan that drops what another stack still uses is deployed in two steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastscale.deploy.choice import chosen
from fastscale.deploy.cloudformation import deploy
from fastscale.deploy.deployed import Deployed
from fastscale.deploy.transition import first_step, keeping
from fastscale.errors import DeployError
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import Template, alarm, att, ref, topic
from tests.localcloud.server.test_deploy import assembly

PRODUCER, CONSUMER = "scaling", "watching"


def two_stacks(folder: Path, *policies: str) -> Path:
    """The second stack's alarm acts through ``policies`` of the first, which are topics here."""
    folder.mkdir()
    outputs = {name: {"Value": ref(name), "Export": {"Name": f"policy-{name}"}} for name in policies}
    first = {"Resources": {name: topic(name) for name in policies}, "Outputs": outputs}
    actions = [{"Fn::ImportValue": f"policy-{name}"} for name in policies]
    second = {"Resources": {"Alarm": alarm("rps", AlarmActions=actions)}}
    return assembly(folder, {CONSUMER: second, PRODUCER: first}, {CONSUMER: [PRODUCER]})


def test_policies_are_exchanged_though_an_alarm_acts_through_them(server: Server, tmp_path: Path) -> None:
    deployed = Deployed(server.client("cloudformation"))
    before, after = two_stacks(tmp_path / "before", "Old", "Both"), two_stacks(tmp_path / "after", "Both", "New")
    assert first_step(before, chosen(before, []), deployed, tmp_path / "first") is None
    deploy(before, server.url, REGION, lambda _: None)
    with pytest.raises(DeployError, match="policy-Old as it is in use by watching"):
        deploy(after, server.url, REGION, lambda _: None)

    between = first_step(after, chosen(after, []), deployed, tmp_path / "between")
    assert between is not None
    for folder in (between, after):
        deploy(folder, server.url, REGION, lambda _: None)
    (found,) = server.client("cloudwatch").describe_alarms(AlarmNames=["rps"])["MetricAlarms"]
    assert [arn.rpartition(":")[2] for arn in found["AlarmActions"]] == ["Both", "New"]
    arns = [arn["TopicArn"].rpartition(":")[2] for arn in server.client("sns").list_topics()["Topics"]]
    assert sorted(arns) == ["Both", "New"]
    assert first_step(after, chosen(after, []), deployed, tmp_path / "again") is None
    for name in (CONSUMER, PRODUCER):
        server.delete(name)


def test_a_user_that_is_not_deployed_along_is_named(server: Server, tmp_path: Path) -> None:
    deployed = Deployed(server.client("cloudformation"))
    before, after = two_stacks(tmp_path / "before", "Old"), two_stacks(tmp_path / "after", "New")
    deploy(before, server.url, REGION, lambda _: None)
    with pytest.raises(DeployError, match="watching uses the export policy-Old, which scaling is to lose"):
        first_step(after, chosen(after, [PRODUCER]), deployed, tmp_path / "between")
    for name in (CONSUMER, PRODUCER):
        server.delete(name)


def test_what_is_kept_brings_along_what_it_refers_to() -> None:
    def uses(*names: Any, **more: Any) -> Template:
        return {"Type": "T", "Properties": {"Uses": list(names)}, **more}

    before = {
        "Parameters": {"Size": {"Type": "Number"}},
        "Resources": {
            "Policy": uses(ref("Target"), {"Fn::Sub": "${Role.Arn}/${AWS::Region}/${!Never}"}, DependsOn="First"),
            "Target": uses(ref("Size")),
            "Role": uses(),
            "First": uses({"Fn::GetAtt": "Second.Arn"}),
            "Second": uses(DependsOn=["Third"]),
            "Third": uses(),
            "Never": uses(),
            "Unrelated": uses(ref("Policy")),
        },
        "Outputs": {
            "Used": {"Value": att("Policy", "Arn"), "Export": {"Name": "used"}},
            "Unused": {"Value": ref("Unrelated"), "Export": {"Name": "unused"}},
        },
    }
    after = {"Resources": {"Target": uses("new")}, "Outputs": {"Other": {"Value": "1"}}}
    kept = keeping(before, after, {"used"})
    assert set(kept["Resources"]) == {"Policy", "Target", "Role", "First", "Second", "Third"}
    assert kept["Resources"]["Target"] == uses("new")
    assert set(kept["Outputs"]) == {"Used", "Other"}
    assert kept["Parameters"] == before["Parameters"]


def test_a_kept_template_is_published_under_its_own_hash(server: Server, tmp_path: Path) -> None:
    """The CDK uploads a template only when nothing lies under its hash yet."""
    deployed = Deployed(server.client("cloudformation"))
    before, after = two_stacks(tmp_path / "before", "Old"), two_stacks(tmp_path / "after", "New")
    old, other = "a" * 64, "b" * 64
    manifest = json.loads((after / "manifest.json").read_text())
    url = "s3://assets/{}.json"
    for artifact, made in manifest["artifacts"].items():
        if made["type"] == "aws:cloudformation:stack":
            published = old if PRODUCER in artifact else other
            made["properties"]["stackTemplateAssetObjectUrl"] = url.format(published)
    (after / "manifest.json").write_text(json.dumps(manifest))
    (after / f"{PRODUCER}.assets.json").write_text(json.dumps({"files": {old: {}, other: {}}}))

    deploy(before, server.url, REGION, lambda _: None)
    between = first_step(after, chosen(after, []), deployed, tmp_path / "between")
    assert between is not None
    assert old not in (between / "manifest.json").read_text()
    new, kept = sorted(json.loads((between / f"{PRODUCER}.assets.json").read_text())["files"], key=other.__eq__)
    assert (kept, url.format(new) in (between / "manifest.json").read_text()) == (other, True)
    for name in (CONSUMER, PRODUCER):
        server.delete(name)

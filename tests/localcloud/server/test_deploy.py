"""Deploying a cloud assembly: order, events, outputs and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastscale.deploy.assembly import read_assembly
from fastscale.deploy.cloudformation import deploy
from fastscale.errors import DeployError
from tests.free_ports import free_port
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import alarm, ref, topic


def assembly(
    folder: Path,
    stacks: dict[str, dict[str, Any]],
    needs: dict[str, list[str]] | None = None,
    environment: str = "aws://unknown-account/ap-northeast-2",
) -> Path:
    """A cloud assembly with these templates; ``needs`` says which stack depends on which."""
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree"}}
    for name, template in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[f"Artifact{name}"] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.template.json", "stackName": name},
            "dependencies": [f"Artifact{other}" for other in (needs or {}).get(name, [])] + ["Tree"],
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def exporter(name: str) -> dict[str, Any]:
    outputs = {"Arn": {"Value": ref("Alerts"), "Export": {"Name": name}}}
    return {"Resources": {"Alerts": topic(name)}, "Outputs": outputs}


def test_stacks_are_deployed_in_the_order_of_their_dependencies(server: Server, name: str, tmp_path: Path) -> None:
    first, second = f"{name}-z", f"{name}-a"
    using = {"Resources": {"Alarm": alarm(name, AlarmActions=[{"Fn::ImportValue": name}])}}
    told: list[str] = []
    folder = assembly(tmp_path, {second: using, first: exporter(name)}, {second: [first]})
    outputs = deploy(folder, server.url, REGION, told.append)
    assert list(outputs) == [first, second]
    assert outputs[first]["Arn"].endswith(f":{name}")
    assert outputs[second] == {}
    assert f"{first}: Alerts CREATE_COMPLETE" in told
    assert told[-1] == f"{second}: {second} CREATE_COMPLETE"


def test_a_failure_names_stack_resource_and_reason(server: Server, name: str, tmp_path: Path) -> None:
    folder = assembly(tmp_path, {name: {"Resources": {"Bad": alarm(name, Period=15)}}})
    with pytest.raises(DeployError, match=rf"stack {name}, Bad \(AWS::CloudWatch::Alarm\): .*Invalid Period 15"):
        deploy(folder, server.url, REGION, lambda _: None)
    # The next attempt replaces the remains of the failed one.
    folder = assembly(tmp_path, {name: {"Resources": {"Good": alarm(name)}}})
    assert deploy(folder, server.url, REGION, lambda _: None) == {name: {}}


def test_an_unknown_type_is_named(server: Server, name: str, tmp_path: Path) -> None:
    folder = assembly(tmp_path, {name: {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}})
    with pytest.raises(DeployError, match=rf"stack {name}: .*AWS::SQS::Queue.*Queue"):
        deploy(folder, server.url, REGION, lambda _: None)


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    port = free_port()
    folder = assembly(tmp_path, {"web": exporter("web")})
    with pytest.raises(DeployError, match=rf"stack web: .*127\.0\.0\.1:{port}"):
        deploy(folder, f"http://127.0.0.1:{port}", REGION, lambda _: None)


def test_what_is_not_an_assembly_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"manifest\.json cannot be read as a cloud assembly"):
        read_assembly(tmp_path)
    folder = assembly(tmp_path, {"a": exporter("a"), "b": exporter("b")}, {"a": ["b"], "b": ["a"]})
    with pytest.raises(DeployError, match="cycle"):
        read_assembly(folder)

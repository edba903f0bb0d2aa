"""What a restart of the server keeps, and what it says to those who depend on it."""

from __future__ import annotations

import signal
import subprocess

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fastscale.errors import LocalCloudError
from fastscale.localcloud.server.journal import Journal
from tests.localcloud.server.process import Server, eventually
from tests.localcloud.server.templates import alarm, ref, service_template


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A server of these tests' own, to be killed."""
    started = Server(tmp_path_factory.mktemp("killed") / "state").start()
    yield started
    started.end(signal.SIGKILL)


def test_what_was_deleted_does_not_come_back(own_server: Server) -> None:
    server = own_server
    server.deploy("kept", {"Resources": {"Alarm": alarm("kept")}})
    server.deploy("gone", {"Resources": {"Alarm": alarm("gone")}})
    server.deploy("failed", {"Resources": {"Alarm": alarm("failed", Period=15)}})
    server.delete("gone")
    assert server.end(signal.SIGTERM) == 0
    server.start()
    stacks = server.client("cloudformation").describe_stacks()["Stacks"]
    assert {"kept", "gone", "failed"} & {stack["StackName"] for stack in stacks} == {"kept"}


def test_stacks_and_capacities_survive_a_kill(own_server: Server) -> None:
    server, scaling = own_server, own_server.client("application-autoscaling")
    template = service_template("web")
    template["Parameters"] = {"Threshold": {"Type": "Number", "Default": 1}}
    template["Resources"]["Alarm"] = alarm("web", Threshold=ref("Threshold"))
    given = [{"ParameterKey": "Threshold", "ParameterValue": "70"}]
    server.deploy("web", template, Parameters=given, Tags=[{"Key": "team", "Value": "x"}])
    template["Resources"]["Task"]["Properties"]["Cpu"] = "512"
    before = server.deploy("web", template, Parameters=given)
    key = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/web/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**key, MinCapacity=3, MaxCapacity=9)
    server.client("ecs").update_service(cluster="web", service="web", desiredCount=7)
    boot = server.get("/health")["boot"]

    server.end(signal.SIGKILL)
    server.start(wait=False)
    assert _says_before_it_is_ready(server) == "ServiceUnavailable"
    assert eventually(server.ready, seconds=60)

    assert server.get("/health")["boot"] != boot
    after = server.stack("web")
    for member in ("StackId", "Outputs", "Parameters", "Tags"):
        assert after[member] == before[member]
    service = server.client("ecs").describe_services(cluster="web", services=["web"])["services"][0]
    assert (service["desiredCount"], service["taskDefinition"][-6:]) == (7, "/web:2")
    described = server.client("cloudwatch").describe_alarms(AlarmNames=["web"])["MetricAlarms"][0]
    assert (described["Threshold"], described["StateValue"]) == (70, "INSUFFICIENT_DATA")


def _says_before_it_is_ready(server: Server) -> str:
    """The error that a client gets as soon as the server answers at all."""
    said: list[str] = []

    def asked() -> bool:
        try:
            server.client("cloudformation").describe_stacks()
        except EndpointConnectionError:
            return False
        except ClientError as error:
            said.append(error.response["Error"]["Code"])
        return True

    assert eventually(asked, seconds=60)
    return said[0]


def test_a_taken_port_is_one_clear_line(server: Server, tmp_path) -> None:
    other = Server(tmp_path / "other", server.port)
    ended = subprocess.run(other.command(), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"port {server.port}" in ended.stderr
    assert "--port" in ended.stderr


def test_the_journal_holds_the_newest_capacities(tmp_path) -> None:
    journal = Journal(tmp_path)
    assert journal.capacity() == {}
    journal.save_capacity({"desiredCounts": {"web/web": 2}})
    journal.save_capacity({"desiredCounts": {"web/web": 7}})
    assert Journal(tmp_path).capacity() == {"desiredCounts": {"web/web": 7}}
    assert [path.name for path in tmp_path.iterdir()] == ["capacity.json"]


def test_a_damaged_journal_is_named_with_the_way_out(tmp_path) -> None:
    (tmp_path / "stacks.json").write_text('[{"name": "we')
    with pytest.raises(LocalCloudError, match=r"stacks\.json is damaged .* delete it"):
        Journal(tmp_path).stacks()

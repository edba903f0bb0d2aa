"""The real templates on the local cloud's CloudFormation: each stack is created, changed and deleted alone.

The alarms are in states that somebody set and the service has as many tasks as scaling wanted: an update of any stack
leaves both as they are.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fastscale import names
from fastscale.deploy.assembly import read_assembly
from fastscale.deploy.choice import chosen
from fastscale.deploy.cloudformation import deploy
from fastscale.deploy.deployed import Deployed
from fastscale.deploy.transition import first_step
from fastscale.errors import DeployError
from tests.cdk.inventory import inventory
from tests.localcloud.server.process import REGION, Server

Template = dict[str, Any]
Change = Callable[[Template], None]

TASKS = 7
SERVICE = {"cluster": names.CLUSTER, "service": names.SERVICE}


class World:
    """The deployed stacks of the default profile, each of which was deployed by itself."""

    def __init__(self, server: Server, assembly: Path) -> None:
        self.server, self.assembly = server, assembly
        self.empty = inventory(server.client)
        self.templates = {stack.name: json.loads(stack.template) for stack in read_assembly(assembly)}
        for name, template in self.templates.items():
            stack = server.deploy(name, template)
            assert stack["StackStatus"] == "CREATE_COMPLETE", stack["StackStatusReason"]
        self.scale(TASKS)
        for name in self.alarms():
            server.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    def update(self, stack: str, change: Change) -> None:
        changed = copy.deepcopy(self.templates[stack])
        change(changed)
        told = self.server.deploy(stack, changed)
        assert told["StackStatus"] == "UPDATE_COMPLETE", told["StackStatusReason"]

    def put_back(self, stack: str) -> None:
        assert self.server.deploy(stack, self.templates[stack])["StackStatus"] == "UPDATE_COMPLETE"

    def scale(self, count: int) -> None:
        self.server.client("ecs").update_service(**SERVICE, desiredCount=count)

    def service(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.server.client("ecs").describe_services(
            cluster=names.CLUSTER, services=[names.SERVICE]
        )["services"]
        return found[0]

    def alarms(self) -> dict[str, dict[str, Any]]:
        """The stacks' alarms by name; target tracking has its own."""
        found = self.server.client("cloudwatch").describe_alarms(AlarmNamePrefix="FastScaling-")["MetricAlarms"]
        return {alarm["AlarmName"]: alarm for alarm in found}

    def in_alarm(self) -> set[str]:
        return {name for name, alarm in self.alarms().items() if alarm["StateValue"] == "ALARM"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("lifecycle") / "state").start()
    yield started
    started.end()


@pytest.fixture(scope="module")
def world(server: Server, of_profile) -> World:
    return World(server, of_profile("default").directory)


def resources(template: Template, kind: str) -> Iterator[Template]:
    return (found["Properties"] for found in template["Resources"].values() if found["Type"] == kind)


def of_alarm(name: str, **settings: Any) -> Change:
    def change(template: Template) -> None:
        for alarm in resources(template, "AWS::CloudWatch::Alarm"):
            if alarm["AlarmName"] == name:
                alarm.update(settings)

    return change


def of_all(kind: str, **settings: Any) -> Change:
    def change(template: Template) -> None:
        for properties in resources(template, kind):
            properties.update(settings)

    return change


def new_image(template: Template) -> None:
    for definition in resources(template, "AWS::ECS::TaskDefinition"):
        definition["ContainerDefinitions"][0]["Image"] = "app:2"


CHANGES = {
    "threshold": (names.STACK_MONITORING, of_alarm(names.ALARM_RPS, Threshold=150)),
    "metric": (names.STACK_MONITORING, of_alarm(names.ALARM_LOW_RPS, MetricName="RequestRate")),
    "cooldown": (names.STACK_AUTO_SCALING, of_all("AWS::ApplicationAutoScaling::ScalableTarget", MaxCapacity=60)),
    "image": (names.STACK_ECS, new_image),
    "logs": (names.STACK_ECS, of_all("AWS::Logs::LogGroup", RetentionInDays=30)),
    "health check": (
        names.STACK_NETWORK,
        of_all("AWS::ElasticLoadBalancingV2::TargetGroup", HealthCheckIntervalSeconds=10),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_update_keeps_alarm_states_the_task_count_and_everything_else(world: World, what: str) -> None:
    stack, change = CHANGES[what]
    before, alarms = inventory(world.server.client), world.in_alarm()
    world.update(stack, change)
    assert (world.in_alarm(), world.service()["desiredCount"]) == (alarms, TASKS)
    revisions = {line for line in inventory(world.server.client) ^ before if "task definition" not in line}
    assert revisions == set()
    world.put_back(stack)
    assert (world.in_alarm(), world.service()["desiredCount"]) == (alarms, TASKS)


def test_a_renamed_alarm_is_another_alarm_and_the_others_keep_their_states(world: World) -> None:
    alarms = world.in_alarm()
    world.update(names.STACK_MONITORING, of_alarm(names.ALARM_CONNECTIONS, AlarmName="FastScaling-Renamed"))
    assert world.alarms()["FastScaling-Renamed"]["StateValue"] == "INSUFFICIENT_DATA"
    assert (world.in_alarm(), world.service()["desiredCount"]) == (alarms - {names.ALARM_CONNECTIONS}, TASKS)
    world.put_back(names.STACK_MONITORING)
    assert world.in_alarm() == alarms - {names.ALARM_CONNECTIONS}


def test_an_update_that_fails_leaves_all_as_it_was(world: World) -> None:
    before, alarms = inventory(world.server.client), world.alarms()
    broken = copy.deepcopy(world.templates[names.STACK_MONITORING])
    of_alarm(names.ALARM_RPS, Threshold=1)(broken)
    of_alarm(names.ALARM_LOW_RPS, Period=15)(broken)
    assert world.server.deploy(names.STACK_MONITORING, broken)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert inventory(world.server.client) == before
    assert {name: (alarm["Threshold"], alarm["StateValue"]) for name, alarm in world.alarms().items()} == {
        name: (alarm["Threshold"], alarm["StateValue"]) for name, alarm in alarms.items()
    }


def test_plans_are_exchanged_there_and_back(world: World, of_profile, of_variant, tmp_path: Path) -> None:
    """They have other policies, and alarms act through them, so AutoScaling cannot simply go first.

    The second one has Spot tasks, three NAT gateways and shells too.
    """
    deployed = Deployed(world.server.client("cloudformation"))
    plans = [of_profile("reference"), of_variant("generous"), of_profile("default")]
    with pytest.raises(DeployError, match="in use by"):
        deploy(plans[0].directory, world.server.url, REGION, lambda _: None)
    kept = world.in_alarm()
    for number, rendered in enumerate(plans):
        assembly = rendered.directory
        first = first_step(assembly, chosen(assembly, []), deployed, tmp_path / str(number))
        for folder in filter(None, (first, assembly)):
            deploy(folder, world.server.url, REGION, lambda _: None)
        wanted = {alarm.name for alarm in rendered.plan.alarms}
        # Pulse's stack stays when a plan comes that does not have it, until it is deleted by its name.
        assert set(world.alarms()) == wanted | {names.ALARM_PULSE_HEARTBEAT}
        kept &= wanted | {names.ALARM_PULSE_HEARTBEAT}
        assert kept
        assert (world.in_alarm(), world.service()["desiredCount"]) == (kept, TASKS)


def test_a_stack_that_another_one_needs_cannot_be_deleted(world: World) -> None:
    before = inventory(world.server.client)
    for name in (names.STACK_NETWORK, names.STACK_ECS, names.STACK_AUTO_SCALING):
        assert "in use by" in world.server.delete(name)["StackStatusReason"]
    assert inventory(world.server.client) == before


def test_each_stack_is_deleted_alone_and_nothing_is_left_behind(world: World) -> None:
    buckets = {line for line in inventory(world.server.client) - world.empty if line.startswith("bucket ")}
    for name in reversed(world.templates):
        before = inventory(world.server.client)
        assert world.server.delete(name) == {}
        gone = before - inventory(world.server.client)
        assert f"stack {name}" in gone
        assert len(gone) > 2
    assert inventory(world.server.client) - world.empty == buckets
    assert len(buckets) == 1
    # What they left keeps nobody from deploying them again.
    for name, template in world.templates.items():
        assert world.server.deploy(name, template)["StackStatus"] == "CREATE_COMPLETE"
    assert world.service()["desiredCount"] == 1


@pytest.mark.parametrize("choice", ["frugal", "generous", "pulse"])
def test_every_choice_is_deployed_and_leaves_nothing_behind(server: Server, of_variant, pulse, choice: str) -> None:
    for name in reversed((*names.STACKS, names.STACK_PULSE)):
        server.delete(name)
    before = inventory(server.client)
    assembly = pulse.directory if choice == "pulse" else of_variant(choice).directory
    outputs = deploy(assembly, server.url, REGION, lambda _: None)
    assert (names.STACK_PULSE in outputs) == (choice in ("frugal", "pulse"))
    for name in reversed(outputs):
        assert server.delete(name) == {}
    assert {line.split()[0] for line in inventory(server.client) - before} == {"bucket"}

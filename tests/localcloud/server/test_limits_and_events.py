"""What follows when limits change, by hand or by a schedule of EventBridge Scheduler: a moment at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fastscale.localcloud.activities import Activities
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.bounds import BoundsLoop
from fastscale.localcloud.event_scheduler import EventSchedulerLoop
from tests.localcloud.server.process import Server

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
REGISTER = "arn:aws:scheduler:::aws-sdk:applicationautoscaling:registerScalableTarget"
UPDATE = "arn:aws:scheduler:::aws-sdk:ecs:updateService"


class World:
    """A service of 2 tasks called ``name``, and the loops under test."""

    def __init__(self, server: Server, name: str) -> None:
        self.name, self.said = name, list[str]()
        self.autoscaling, self.ecs = server.client("application-autoscaling"), server.client("ecs")
        self.scheduler = server.client("scheduler")
        self.key = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{name}/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        self.limits = BoundsLoop(
            autoscaling=self.autoscaling,
            ecs=self.ecs,
            activities=Activities(Backstage(server.url)),
            say=self.said.append,
        )
        self.events = EventSchedulerLoop(
            scheduler=self.scheduler,
            clients={"applicationautoscaling": self.autoscaling, "ecs": self.ecs},
            say=self.said.append,
        )

    def register(self, minimum: int, maximum: int) -> None:
        self.autoscaling.register_scalable_target(**self.key, MinCapacity=minimum, MaxCapacity=maximum)

    def set_desired(self, count: int) -> None:
        self.ecs.update_service(cluster=self.name, service=self.name, desiredCount=count)

    def desired(self) -> int:
        services = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        return int(services[0]["desiredCount"])

    def causes(self) -> list[str]:
        found = self.autoscaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=self.key["ResourceId"])
        return [activity["Cause"] for activity in found["ScalingActivities"]]

    def schedule(self, expression: str, target: str, given: object, **more: object) -> None:
        role = "arn:aws:iam::123456789012:role/scheduler"
        self.scheduler.create_schedule(
            Name=self.name,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": target, "RoleArn": role, "Input": json.dumps(given)},
            **more,
        )

    def follow(self, at: float) -> None:
        """Two looks: AWS follows new limits a second later."""
        self.limits.tick(at)
        self.limits.tick(at + 1)


@pytest.fixture
def world(server: Server, service: str) -> Iterator[World]:
    made = World(server, service)
    yield made
    for left in made.scheduler.list_schedules()["Schedules"]:
        made.scheduler.delete_schedule(Name=left["Name"])


def test_a_service_below_its_new_minimum_is_raised_a_second_later(world: World) -> None:
    world.register(3, 10)
    world.limits.tick(NOON)
    assert world.desired() == 2
    world.limits.tick(NOON + 1)
    assert world.desired() == 3
    assert world.causes() == ["minimum capacity was set to 3"]


def test_a_service_above_its_new_maximum_is_cut_to_it(world: World) -> None:
    world.register(1, 10)
    world.set_desired(8)
    world.follow(NOON)
    assert world.desired() == 8
    world.register(1, 5)
    world.follow(NOON + 60)
    assert (world.desired(), world.causes()) == (5, ["maximum capacity was set to 5"])


def test_limits_that_stay_are_enforced_no_second_time(world: World) -> None:
    world.register(2, 10)
    world.follow(NOON)
    world.set_desired(1)
    world.follow(NOON + 60)
    assert world.desired() == 1
    world.autoscaling.deregister_scalable_target(**world.key)
    world.limits.tick(NOON + 90)
    world.register(2, 10)
    world.follow(NOON + 120)
    assert world.desired() == 2


def test_a_one_off_event_raises_the_floor_when_it_is_due_and_only_once(world: World) -> None:
    world.register(2, 30)
    given = world.key | {"MinCapacity": 12}
    world.schedule("at(2026-11-23T21:00:30)", REGISTER, given, ScheduleExpressionTimezone="Asia/Seoul")
    world.events.tick(NOON)
    world.follow(NOON + 5)
    assert world.desired() == 2

    world.events.tick(NOON + 30)
    world.follow(NOON + 31)
    assert world.desired() == 12
    assert world.said[0] == f"schedule {world.name}: called applicationautoscaling:registerScalableTarget"

    world.register(2, 30)
    world.events.tick(NOON + 600)
    (target,) = world.autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[world.key["ResourceId"]]
    )["ScalableTargets"]
    assert target["MinCapacity"] == 2


def test_a_repeating_event_calls_ecs_by_its_own_names_until_its_end(world: World) -> None:
    given = {"Cluster": world.name, "Service": world.name, "DesiredCount": 6}
    end = datetime(2026, 11, 23, 12, 12, tzinfo=UTC)
    world.schedule("cron(0/10 * * * ? *)", UPDATE, given, EndDate=end)
    world.events.tick(NOON + 1)
    assert world.desired() == 2
    world.events.tick(NOON + 601)
    assert world.desired() == 6
    world.set_desired(2)
    world.events.tick(NOON + 1201)
    assert world.desired() == 2


def test_an_event_that_deletes_itself_is_gone_once_it_has_run(world: World) -> None:
    given = world.key | {"MinCapacity": 2, "MaxCapacity": 5}
    world.schedule("at(2026-11-23T12:00:30)", REGISTER, given, ActionAfterCompletion="DELETE")
    world.events.tick(NOON)
    assert world.scheduler.list_schedules(NamePrefix=world.name)["Schedules"] != []
    world.events.tick(NOON + 30)
    assert world.scheduler.list_schedules(NamePrefix=world.name)["Schedules"] == []


@pytest.mark.parametrize(
    ("expression", "target", "given", "told"),
    [
        ("rate(1 minute)", "arn:aws:lambda:ap-northeast-2:123456789012:function:f", {}, "does not call arn:aws:lambda"),
        ("rate(1 minute)", REGISTER.replace("register", "invent"), {}, "has no action inventScalableTarget"),
        ("rate(1 minute)", UPDATE, {"Cluster": "nobody", "Service": "nobody"}, "updateService was refused: "),
        ("rate(1 minute)", UPDATE, {"Replicas": 3}, "updateService was refused: "),
        ("cron(nonsense)", UPDATE, {}, "never runs: schedule 'cron(nonsense)'"),
    ],
)
def test_an_event_that_cannot_run_is_said_and_the_others_go_on(
    world: World, expression: str, target: str, given: object, told: str
) -> None:
    world.schedule(expression, target, given)
    created = time.time()  # a rate begins there, on the server's own clock
    world.events.tick(created)
    world.events.tick(created + 61)
    assert len(world.said) == 1
    assert world.said[0].startswith(f"schedule {world.name}")
    assert told in world.said[0]

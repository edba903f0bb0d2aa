"""Deployments that move the traffic from one target group to another."""

from __future__ import annotations

from typing import Any

import pytest

from fastscale.aws.service_shapes import Counts, counts, target_states
from fastscale.ports import LoadRound, Target
from tests.aws.hands import GROUP, HandAws, HandDesk
from tests.control.fakes import SERVICE, load
from tests.control.test_tick import World

GREEN = "group/green"
BLUE_TASKS = [Target(f"10.0.0.{number}", 8080) for number in range(8)]
GREEN_TASKS = [Target(f"10.0.1.{number}", 8080) for number in range(8)]
NATIVE = {"loadBalancers": [{"targetGroupArn": GROUP, "advancedConfiguration": {"alternateTargetGroupArn": GREEN}}]}


def task_set(group: str, status: str = "STEADY_STATE") -> dict[str, Any]:
    return {"stabilityStatus": status, "loadBalancers": [{"targetGroupArn": group}]}


def seen(**shape: Any) -> Counts:
    tasks = {"status": "ACTIVE", "desiredCount": 8, "runningCount": 8, "pendingCount": 0}
    found = counts({**tasks, **shape})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shape", "deploying"),
    [
        ({}, False),
        ({"deployments": [{"rolloutState": "COMPLETED"}]}, False),
        ({"deployments": [{"rolloutState": "IN_PROGRESS"}]}, True),
        ({"deployments": [{"status": "PRIMARY"}, {"status": "ACTIVE"}]}, True),
        ({"deployments": [], "taskSets": [task_set(GROUP)]}, False),
        ({"deployments": [], "taskSets": [task_set(GROUP, "STABILIZING")]}, True),
        ({"deployments": [], "taskSets": [task_set(GROUP), task_set(GREEN)]}, True),
    ],
)
def test_a_deployment_is_under_way_while_tasks_of_two_kinds_run_or_one_kind_settles(
    shape: dict[str, Any], deploying: bool
) -> None:
    assert seen(**shape).deploying is deploying


def test_groups_between_which_the_traffic_moves_are_read_together() -> None:
    assert seen(**NATIVE).target_groups == ((GROUP, GREEN),)
    moving = seen(loadBalancers=[{"targetGroupArn": GROUP}], taskSets=[task_set(GROUP), task_set(GREEN)])
    assert moving.groups_with(None) == moving.groups_with(GREEN) == (GROUP, GREEN)
    external = seen(taskSets=[task_set(GROUP), task_set(GREEN)])
    assert external.groups_with(None) == (GROUP, GREEN)


def test_another_load_balancer_of_the_service_is_not_read() -> None:
    two = seen(loadBalancers=[{"targetGroupArn": "outer"}, {"loadBalancerName": "old"}, {"targetGroupArn": "inner"}])
    assert two.groups_with(None) == ("outer",)
    assert two.groups_with("inner") == ("inner",)
    assert two.groups_with("elsewhere") == ("elsewhere",)


def test_a_configured_group_that_a_deployment_left_is_read_beside_the_present_one() -> None:
    assert seen(taskSets=[task_set(GREEN)]).groups_with(GROUP) == (GROUP, GREEN)


def test_a_target_of_two_groups_counts_once_with_the_better_state() -> None:
    def answer(state: str) -> dict[str, Any]:
        return {"TargetHealthDescriptions": [{"Target": {"Id": "a", "Port": 80}, "TargetHealth": {"State": state}}]}

    found = target_states(answer("initial"), answer("healthy"))
    assert (found.healthy, found.initial) == ({Target("a", 80)}, frozenset())


def test_after_a_deployment_to_the_alternate_group_its_tasks_are_read() -> None:
    aws = HandAws(desired=8, extra=NATIVE, healthy={GROUP: BLUE_TASKS})
    desk = HandDesk(aws, target_groups={SERVICE: GROUP})
    desk.look_at_all()
    assert list(desk.view().targets) == BLUE_TASKS

    aws.healthy = {GROUP: BLUE_TASKS, GREEN: GREEN_TASKS}
    aws.extra = {**NATIVE, "deployments": [{"rolloutState": "COMPLETED"}, {"rolloutState": "IN_PROGRESS"}]}
    desk.look_at_all()
    assert list(desk.view().targets) == BLUE_TASKS + GREEN_TASKS
    assert desk.view().reading.deploying

    aws.healthy = {GREEN: GREEN_TASKS}
    aws.extra = NATIVE
    desk.look_at_all()
    assert list(desk.view().targets) == GREEN_TASKS
    assert not desk.view().reading.deploying


def test_no_task_leaves_after_codedeploy_moved_the_traffic_until_the_old_ones_are_gone() -> None:
    """The old fleet has no load any more, but CodeDeploy keeps it for the way back."""
    world, aws = World(stable_seconds=10, learn=False), HandAws(desired=8, healthy={GROUP: BLUE_TASKS})
    desk = HandDesk(aws)
    blue, green = task_set(GROUP), task_set(GREEN)

    def second(*sets: dict[str, Any], rate: float) -> None:
        aws.extra = {"loadBalancers": [{"targetGroupArn": GROUP}], "deployments": [], "taskSets": list(sets)}
        desk.look_at_all()
        view = world.services.views[SERVICE] = desk.view()
        told = load(rate, tasks=len(view.targets))
        world.load.answer = lambda _: LoadRound(load=told, asked=8, answered=8)
        desk.clock.pass_time(1)
        world.clock.pass_time(1)
        world.controller.tick()

    for _ in range(30):
        second(blue, rate=640)
    aws.healthy = {GROUP: BLUE_TASKS, GREEN: GREEN_TASKS}
    for _ in range(10):
        second(blue, green, rate=640)
    for _ in range(60):  # the traffic is gone from what was read first
        second(blue, green, rate=100)
    assert world.services.set_counts == []
    aws.healthy = {GREEN: GREEN_TASKS}
    for _ in range(30):
        second(green, rate=100)
    assert world.services.set_counts

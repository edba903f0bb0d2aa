"""What a service starts and stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.localcloud.fargate.definitions import ServiceView
from fastscale.localcloud.fargate.lifecycle import Status, Task, timetables
from fastscale.localcloud.fargate.pace import (
    ACCOUNT_LAUNCH_BURST,
    LONGEST_THROTTLE_SECONDS,
    AccountLaunches,
    LaunchPace,
    throttle_seconds,
)
from fastscale.localcloud.fargate.scheduler import Decision, choose_scale_in, choose_zones, decide
from tests.localcloud.cloud_fakes import FakeApi


def view(**changes: Any) -> ServiceView:
    wanted = FakeApi().wanted
    assert wanted is not None
    return replace(wanted, **changes)


def task(name: str, *, zone: str = "a", status: Status = Status.RUNNING, deployment: int = 1, born: float = 0) -> Task:
    return Task(
        id=name,
        ip="127.0.1.1",
        port=8080,
        deployment_id=f"ecs-svc/{deployment}",
        definition_arn="web:1",
        availability_zone=zone,
        created_at=born,
        timetable=timetables(born, 23, 1)[0],
        stop_timeout_seconds=30,
        status=status,
    )


def ids(tasks: list[Task]) -> set[str]:
    return {entry.id for entry in tasks}


def test_missing_tasks_are_started_and_superfluous_ones_stopped() -> None:
    two = [task("1"), task("2")]
    assert decide(view(desired_count=5), two, healthy=ids(two), unhealthy=()) == Decision(start=3)
    assert len(decide(view(desired_count=1), two, healthy=ids(two), unhealthy=()).stop) == 1
    assert decide(view(desired_count=2), two, healthy=ids(two), unhealthy=()) == Decision()


def test_scale_in_takes_starting_tasks_first_and_then_keeps_the_zones_balanced() -> None:
    tasks = [
        task("a1", zone="a", born=1),
        task("a2", zone="a", born=2),
        task("a3", zone="a", born=3),
        task("b1", zone="b", born=4),
        task("b2", zone="b", born=5, status=Status.PENDING),
    ]
    assert [chosen.id for chosen in choose_scale_in(tasks, 4, healthy=ids(tasks))] == ["b2", "a3", "a2", "b1"]


def test_new_tasks_go_to_the_emptiest_zones() -> None:
    assert Counter(choose_zones(["a", "b", "c"], [task("1", zone="a")], 5)) == {"a": 1, "b": 2, "c": 2}


def test_an_unhealthy_task_is_stopped_only_when_its_replacement_serves() -> None:
    tasks = [task("good"), task("bad")]
    first = decide(view(), tasks, healthy={"good"}, unhealthy={"bad"})
    assert first == Decision(start=1)
    starting = [*tasks, task("new", status=Status.PENDING)]
    assert decide(view(), starting, healthy={"good"}, unhealthy={"bad"}) == Decision()
    running = [*tasks, task("new")]
    assert decide(view(), running, healthy={"good", "new"}, unhealthy={"bad"}) == Decision(replace_unhealthy=("bad",))


def test_without_room_an_unhealthy_task_makes_way_for_its_replacement() -> None:
    tasks = [task("good"), task("bad"), task("worse")]
    full = view(desired_count=3, maximum_percent=100)
    assert decide(full, tasks, healthy={"good"}, unhealthy={"bad", "worse"}) == Decision(1, (), ("bad",))


def test_a_deployment_starts_new_tasks_first_and_stops_old_ones_as_they_serve() -> None:
    new_version = view(deployment_id="ecs-svc/2")
    old = [task("old1"), task("old2")]
    assert decide(new_version, old, healthy=ids(old), unhealthy=()) == Decision(start=2)
    one_serves = [*old, task("new1", deployment=2), task("new2", deployment=2)]
    assert decide(new_version, one_serves, healthy={"old1", "old2", "new1"}, unhealthy=()) == Decision(stop=("old1",))


def test_a_deployment_without_room_stops_old_tasks_down_to_the_minimum() -> None:
    tight = view(deployment_id="ecs-svc/2", desired_count=4, minimum_healthy_percent=50, maximum_percent=100)
    old = [task(f"old{number}", born=number) for number in range(4)]
    assert decide(tight, old, healthy=ids(old), unhealthy=()) == Decision(2, ("old0", "old1"))


#: Cases in which floor and ceiling bind at once are rare: look for them longer.
MANY = settings(max_examples=500)
NAMES = st.sampled_from([f"task{number}" for number in range(12)])


@MANY
@given(
    desired=st.integers(0, 12),
    minimum=st.integers(0, 100),
    maximum=st.integers(100, 200),
    names=st.lists(
        st.tuples(NAMES, st.sampled_from("abc"), st.integers(1, 2), st.booleans()), unique_by=lambda x: x[0]
    ),
    healthy=st.sets(NAMES),
    unhealthy=st.sets(NAMES),
)
def test_a_decision_never_breaks_the_limits_of_the_service(
    desired: int,
    minimum: int,
    maximum: int,
    names: list[tuple[str, str, int, bool]],
    healthy: set[str],
    unhealthy: set[str],
) -> None:
    wanted = view(desired_count=desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    tasks = [
        task(name, zone=zone, deployment=deployment, status=Status.RUNNING if runs else Status.PENDING)
        for name, zone, deployment, runs in names
    ]
    running = {entry.id for entry in tasks if entry.in_service}
    serving = (healthy & running) - unhealthy
    decision = decide(wanted, tasks, healthy=serving, unhealthy=unhealthy & running)
    stopped = [*decision.stop, *decision.replace_unhealthy]
    assert len(set(stopped)) == len(stopped)
    assert set(stopped) <= ids(tasks)
    if decision.start:
        assert len(tasks) - len(stopped) + decision.start <= wanted.ceiling
    assert len(serving & set(stopped)) <= max(0, len(serving) - wanted.floor)


@given(desired=st.integers(0, 8), deployment=st.integers(1, 2))
def test_decisions_reach_what_is_wanted_and_then_rest(desired: int, deployment: int) -> None:
    wanted = view(desired_count=desired, deployment_id=f"ecs-svc/{deployment}")
    tasks = [task("first"), task("second"), task("third")]
    for round_number in range(10):
        decision = decide(wanted, tasks, healthy=ids(tasks), unhealthy=())
        tasks = [entry for entry in tasks if entry.id not in decision.stop]
        tasks += [task(f"{round_number}-{number}", deployment=deployment) for number in range(decision.start)]
    assert len(tasks) == desired
    assert all(entry.deployment_id == wanted.deployment_id for entry in tasks)
    assert decide(wanted, tasks, healthy=ids(tasks), unhealthy=()) == Decision()


def test_launches_keep_to_the_rates_of_the_account_and_the_service() -> None:
    pace = LaunchPace(AccountLaunches())
    assert pace.allow(300, now=0.0) == ACCOUNT_LAUNCH_BURST
    assert pace.allow(300, now=0.5) == 10
    launched = 110 + sum(pace.allow(300, now=second) for second in range(1, 60))
    assert launched == 500
    assert pace.allow(300, now=60.0) > 0


def test_tasks_that_keep_failing_to_start_are_launched_ever_more_slowly() -> None:
    assert [throttle_seconds(failures) for failures in (0, 2, 3, 4, 5)] == [0, 0, 15, 30, 60]
    assert throttle_seconds(100) == LONGEST_THROTTLE_SECONDS
    pace = LaunchPace(AccountLaunches())
    for _ in range(3):
        pace.failed(now=100.0)
    assert pace.allow(5, now=114.9) == 0
    assert pace.allow(5, now=115.0) == 1
    pace.reset()
    assert pace.allow(5, now=115.1) == 5


def test_services_share_the_launches_of_their_account() -> None:
    account = AccountLaunches()
    first, second = LaunchPace(account), LaunchPace(account)
    assert first.allow(90, 0.0) == 90
    assert second.allow(90, 0.0) == 10
    assert second.allow(90, 1.0) == 20
    assert first.allow(90, 1.0) == 0

"""One task, from its creation to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.localcloud.fargate.lifecycle import (
    DEPROVISIONING_SECONDS,
    LISTEN_SECONDS,
    SLOW_LISTENER_SECONDS,
    Action,
    Facts,
    Status,
    StopCode,
    Task,
    advance,
    stop,
    timetables,
)

BORN = 1_000.0
STARTUP = 23.0


def new_task(startup_seconds: float = STARTUP) -> Task:
    return Task(
        id="1",
        ip="127.0.1.1",
        port=8080,
        deployment_id="ecs-svc/1",
        definition_arn="web:1",
        availability_zone="a",
        created_at=BORN,
        timetable=timetables(BORN, startup_seconds, 1)[0],
        stop_timeout_seconds=30.0,
    )


LISTENING = Facts(launched=True, listening=True)
STARTED = Facts(launched=True)


def walk(task: Task, until: float, facts: Callable[[Task], Facts]) -> tuple[Task, list[tuple[float, Action]]]:
    """Advance in steps of 0.1 s; the task at the end and the actions with the seconds since its creation."""
    actions: list[tuple[float, Action]] = []
    launched = False
    for step in range(round((until - BORN) * 10) + 1):
        now = BORN + step / 10
        seen = facts(task)
        task, action = advance(task, replace(seen, launched=seen.launched and launched), now)
        launched = launched or action is Action.LAUNCH
        if action is not None:
            actions.append((round(now - BORN, 1), action))
    return task, actions


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (0.0, Status.PROVISIONING),
        (6.8, Status.PROVISIONING),
        (7.0, Status.PENDING),
        (11.6, Status.ACTIVATING),
        (22.9, Status.ACTIVATING),
        (23.0, Status.RUNNING),
    ],
)
def test_a_task_passes_its_states_in_the_start_up_time(seconds: float, status: Status) -> None:
    task, _ = walk(new_task(), BORN + seconds, lambda _: LISTENING)
    assert task.status is status


def test_the_process_is_launched_shortly_before_the_task_is_due_to_run() -> None:
    _, actions = walk(new_task(), BORN + STARTUP, lambda _: LISTENING)
    assert actions == [(STARTUP - LISTEN_SECONDS, Action.LAUNCH)]


def test_a_slow_listener_delays_running_but_not_forever() -> None:
    task, _ = walk(new_task(), BORN + 40, lambda _: STARTED)
    assert task.status is Status.ACTIVATING
    task, _ = advance(task, LISTENING, BORN + 40.1)
    assert (task.status, task.started_at) == (Status.RUNNING, BORN + 40.1)

    deaf, _ = walk(new_task(), BORN + STARTUP + SLOW_LISTENER_SECONDS, lambda _: STARTED)
    assert deaf.status is Status.RUNNING


def test_a_stopped_task_drains_and_gets_sigterm_and_then_sigkill() -> None:
    running, _ = advance(new_task(), LISTENING, BORN + STARTUP)
    assert running.in_service
    ordered = stop(running, StopCode.SCHEDULER, "Scaling activity", drain_seconds=10, now=BORN + 100)
    assert not ordered.in_service

    draining, action = advance(ordered, LISTENING, BORN + 109.9)
    assert (draining.status, action) == (Status.DEACTIVATING, None)
    stopping, action = advance(draining, LISTENING, BORN + 110)
    assert (stopping.status, action) == (Status.STOPPING, Action.TERMINATE)
    assert advance(stopping, LISTENING, BORN + 139.9)[1] is None
    stopping, action = advance(stopping, LISTENING, BORN + 140)
    assert action is Action.KILL

    ended, _ = advance(stopping, Facts(launched=True, exit_code=137), BORN + 140.1)
    assert (ended.status, ended.exit_code) == (Status.DEPROVISIONING, 137)
    gone, _ = advance(ended, Facts(launched=True, exit_code=137), BORN + 140.1 + DEPROVISIONING_SECONDS)
    assert (gone.status, gone.stop_code) == (Status.STOPPED, StopCode.SCHEDULER)
    assert gone.stopped_at == BORN + 140.1 + DEPROVISIONING_SECONDS


def test_a_process_that_ends_by_itself_ends_its_task_at_once() -> None:
    running, _ = advance(new_task(), LISTENING, BORN + STARTUP)
    dead, action = advance(running, Facts(launched=True, exit_code=1), BORN + 50)
    assert action is None
    assert (dead.status, dead.exit_code, dead.wanted) == (Status.DEPROVISIONING, 1, False)
    assert (dead.stop_code, dead.stopped_reason) == (StopCode.ESSENTIAL_EXITED, "Essential container in task exited")


@pytest.mark.parametrize("age_seconds", [0.0, 8.0, 15.0])
def test_a_task_stopped_before_its_launch_never_gets_a_process(age_seconds: float) -> None:
    task, _ = walk(new_task(), BORN + age_seconds, lambda _: Facts())
    task = stop(task, StopCode.SCHEDULER, "Scaling activity", drain_seconds=10, now=BORN + age_seconds)
    task, action = advance(task, Facts(), BORN + age_seconds)
    assert (task.status, action) == (Status.DEPROVISIONING, None)


def test_the_first_reason_to_stop_stays() -> None:
    task = stop(new_task(), StopCode.USER, "by hand", drain_seconds=0, now=BORN)
    assert stop(task, StopCode.SCHEDULER, "scale-in", drain_seconds=0, now=BORN + 1) == task


@given(st.floats(0, 120), st.integers(1, 40))
def test_timetables_of_a_batch_are_in_order_and_spread_the_launches(startup_seconds: float, count: int) -> None:
    batch = timetables(BORN, startup_seconds, count)
    assert len(batch) == count
    for due in batch:
        assert BORN <= due.pending_at <= due.activating_at <= due.running_at == BORN + startup_seconds
        assert due.activating_at - 1e-6 <= due.launch_at <= due.running_at
    launches = [due.launch_at for due in batch]
    assert launches == sorted(launches)


@given(
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["nothing", "listen", "die", "stop"])), max_size=60),
    st.floats(0, 30),
)
def test_states_only_go_forward_and_a_task_that_is_stopped_always_ends(
    steps: list[tuple[float, str]], startup_seconds: float
) -> None:
    order = list(Status)
    task, facts, now = new_task(startup_seconds), Facts(), BORN
    script = [*steps, (0.0, "stop"), *[(10.0, "nothing")] * 20]
    for wait_seconds, event in script:
        now += wait_seconds
        if event == "stop":
            task = stop(task, StopCode.USER, "by hand", drain_seconds=10, now=now)
        if event == "listen" and facts.launched:
            facts = replace(facts, listening=True)
        if event == "die" and facts.launched and facts.exit_code is None:
            facts = replace(facts, exit_code=1)
        before = task
        task, action = advance(task, facts, now)
        assert order.index(task.status) >= order.index(before.status)
        if action is Action.LAUNCH:
            assert not facts.launched
            facts = replace(facts, launched=True)
        elif action is not None:
            facts = replace(facts, exit_code=143)
    assert task.gone
    assert task.stop_code is not None

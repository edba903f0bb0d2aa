"""One service as timelines: what its clients want, what its tasks do. Processes and time are not real here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from fastscale.errors import LocalCloudError, PortInUseError
from fastscale.localcloud.fargate.addresses import AddressPool
from fastscale.localcloud.fargate.fleet import Fleet
from fastscale.localcloud.fargate.lifecycle import Action, Task
from fastscale.localcloud.fargate.loop import Apis, FargateLoop
from fastscale.localcloud.fargate.pace import AccountLaunches, LaunchPace
from fastscale.localcloud.fargate.rollout import CircuitBreaker
from fastscale.localcloud.fargate.services import TICK_SECONDS
from fastscale.localcloud.fargate.usage import UsageMeter
from tests.localcloud.cloud_fakes import FIRST_DEFINITION, GROUP, SECOND_DEFINITION, FakeApi, FakeRuntime

STARTUP = 23.0


def free(address: str, port: int | None) -> None:
    """Every address is."""


class Timeline:
    """A loop whose clock moves when the test says so; seconds count from its start."""

    def __init__(self, check: Callable[[str, int | None], None] = free) -> None:
        self.api = FakeApi()
        self.runtime = FakeRuntime()
        self.said: list[str] = []
        self.fleet = Fleet(runtime=self.runtime, pool=AddressPool(check))
        self.loop = FargateLoop(
            service_name="web",
            api=Apis(service=self.api, targets=self.api, reports=self.api, metrics=self.api),
            fleet=self.fleet,
            usage=UsageMeter(cluster="shop", service="web"),
            pace=LaunchPace(AccountLaunches()),
            startup_seconds=STARTUP,
            say=self.said.append,
        )
        self._start = 1_800_000_000.0
        self._ticks = 0

    @property
    def seconds(self) -> float:
        return self._ticks * TICK_SECONDS

    def run_until(self, seconds: float) -> None:
        while self.seconds < seconds:
            self.loop.tick(self._start + self.seconds)
            self._ticks += 1

    def run_for(self, seconds: float) -> None:
        self.run_until(self.seconds + seconds)

    def reported(self) -> Counter[str]:
        """Statuses in the last report."""
        return Counter(entry["lastStatus"] for entry in self.api.reports[-1])

    def in_service(self) -> list[Task]:
        return [task for task in self.fleet.tasks if task.in_service]

    def started(self, text: str) -> list[str]:
        return [event for event in self.api.events if text in event]


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def steady(timeline: Timeline) -> Timeline:
    """A service with two tasks in service."""
    timeline.run_until(STARTUP + 3)
    assert len(timeline.in_service()) == 2
    return timeline


def test_new_tasks_run_after_the_start_up_time_and_become_targets(timeline: Timeline) -> None:
    timeline.run_until(1)
    assert timeline.reported() == {"PROVISIONING": 2}
    timeline.run_until(9)
    assert timeline.reported() == {"PENDING": 2}
    timeline.run_until(20)
    assert timeline.reported() == {"ACTIVATING": 2}
    assert not timeline.api.targets
    timeline.run_until(STARTUP + 0.5)
    assert timeline.reported() == {"RUNNING": 2}
    assert {target.ip for target in timeline.api.targets} == {"127.0.1.1", "127.0.1.2"}
    timeline.run_for(2)
    assert [event.partition(":")[0] for event in timeline.api.events] == [
        "(service web) has started 2 tasks",
        "(service web) registered 2 targets in (target-group arn",
        "(service web) (deployment ecs-svc/1) deployment completed.",
        "(service web) has reached a steady state.",
    ]


def test_a_raised_desired_count_starts_tasks_in_the_emptiest_zones(steady: Timeline) -> None:
    steady.api.change(desired_count=6)
    raised_at = steady.seconds
    steady.run_until(raised_at + 1)
    assert steady.reported() == {"RUNNING": 2, "PROVISIONING": 4}
    assert Counter(task.availability_zone for task in steady.fleet.tasks) == {
        "ap-northeast-2a": 3,
        "ap-northeast-2b": 3,
    }
    steady.run_until(raised_at + STARTUP + 1)
    assert len(steady.api.targets) == 6


def test_scale_in_deregisters_drains_and_only_then_ends_the_process(steady: Timeline) -> None:
    steady.api.change(desired_count=1)
    steady.run_for(1)
    assert len(steady.api.targets) == 1
    assert steady.reported() == {"RUNNING": 1, "DEACTIVATING": 1}
    assert not [action for _, action in steady.runtime.actions if action is Action.TERMINATE]
    steady.run_for(8)
    assert steady.reported() == {"RUNNING": 1, "DEACTIVATING": 1}
    steady.run_for(4)
    assert steady.reported() == {"RUNNING": 1, "STOPPED": 1}
    gone = next(entry for entry in steady.api.reports[-1] if entry["lastStatus"] == "STOPPED")
    assert (gone["stopCode"], gone["exitCode"]) == ("ServiceSchedulerInitiated", 143)
    assert gone["stoppedReason"] == "Scaling activity initiated by (deployment ecs-svc/1)"
    assert steady.started("has begun draining connections on 1 tasks.")
    assert steady.started("has stopped 1 running tasks: (task ")


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(steady: Timeline) -> None:
    steady.runtime.deaf = True
    steady.api.change(desired_count=1)
    steady.run_for(39)
    assert [action for _, action in steady.runtime.actions][-1] is Action.TERMINATE
    steady.run_for(3)
    assert [action for _, action in steady.runtime.actions][-1] is Action.KILL
    assert steady.reported() == {"RUNNING": 1, "STOPPED": 1}


def test_an_address_is_used_again_only_when_its_task_is_gone(steady: Timeline) -> None:
    steady.api.change(desired_count=1)
    steady.run_for(5)
    draining = next(task for task in steady.fleet.tasks if not task.wanted)
    steady.api.change(desired_count=2)
    steady.run_for(1)
    assert draining.ip not in [task.ip for task in steady.fleet.tasks if task.wanted]
    steady.run_for(20)
    steady.api.change(desired_count=3)
    steady.run_for(1)
    assert draining.ip in [task.ip for task in steady.fleet.tasks if task.wanted]


def test_a_task_that_dies_is_reported_and_replaced_at_once(steady: Timeline) -> None:
    victim = steady.in_service()[0]
    steady.runtime.die(victim.id)
    steady.run_for(0.6)
    assert victim.ip not in {target.ip for target in steady.api.targets}
    assert steady.reported() == {"RUNNING": 1, "DEPROVISIONING": 1, "PROVISIONING": 1}
    assert steady.api.task(victim.id)["stoppedReason"] == "Essential container in task exited"
    assert steady.api.task(victim.id)["exitCode"] == 137
    assert any("ended by itself" in line and "exit code 137" in line for line in steady.said)
    steady.run_for(STARTUP + 1)
    assert len(steady.api.targets) == 2


def test_stop_task_is_honoured_with_the_reason_of_the_client(steady: Timeline) -> None:
    victim = steady.in_service()[0]
    arn = steady.api.task(victim.id)["taskArn"]
    steady.api.stop_requests[arn] = "by hand"
    steady.run_for(3)
    reported = steady.api.task(victim.id)
    assert (reported["desiredStatus"], reported["stopCode"]) == ("STOPPED", "UserInitiated")
    assert reported["stoppedReason"] == "by hand"
    steady.run_for(12 + STARTUP)
    assert steady.reported() == {"RUNNING": 2, "STOPPED": 1}


def test_an_unhealthy_task_is_replaced_after_its_replacement_serves(steady: Timeline) -> None:
    sick = steady.in_service()[0]
    target = next(target for target in steady.api.targets if target.ip == sick.ip)
    steady.api.targets[target] = "unhealthy"
    steady.run_for(3)
    assert steady.reported() == {"RUNNING": 2, "PROVISIONING": 1}
    assert steady.started(f"(port 8080) is unhealthy in (target-group {GROUP}) due to (reason Request timed out)")
    steady.run_for(STARTUP + 3)
    assert steady.api.task(sick.id)["desiredStatus"] == "STOPPED"
    assert steady.api.task(sick.id)["stoppedReason"] == f"Task failed ELB health checks in (target-group {GROUP})"


def test_an_unhealthy_target_is_forgiven_during_the_grace_period(timeline: Timeline) -> None:
    timeline.api.change(grace_seconds=60)
    timeline.api.new_target_state = "unhealthy"
    timeline.run_until(STARTUP + 58)
    assert timeline.reported() == {"RUNNING": 2}
    timeline.run_until(STARTUP + 63)
    assert timeline.reported() == {"RUNNING": 2, "PROVISIONING": 2}


def test_tasks_that_fail_to_start_are_tried_ever_more_slowly(timeline: Timeline) -> None:
    timeline.runtime.missing_program = True
    timeline.run_until(200)
    launches = Counter(action for _, action in timeline.runtime.actions)[Action.LAUNCH]
    assert 4 <= launches <= 8
    assert timeline.started("is unable to consistently start tasks successfully.")
    failed = next(entry for entry in timeline.api.reports[-1] if entry["lastStatus"] == "STOPPED")
    assert failed["stopCode"] == "TaskFailedToStart"
    assert "program 'uvicorn' was not found" in failed["stoppedReason"]

    timeline.runtime.missing_program = False
    timeline.run_for(300)
    assert len(timeline.in_service()) == 2


def test_a_port_that_is_taken_everywhere_is_said_once_and_tried_again() -> None:
    taken = [True]

    def check(address: str, port: int | None) -> None:
        if taken[0]:
            raise PortInUseError(f"no task can have port {port}")

    timeline = Timeline(check)
    timeline.run_until(120)
    assert [line for line in timeline.said if "can be started" in line] == [
        "no task can be started: no task can have port 8080"
    ]
    assert timeline.started("was unable to place a task. Reason: no task can have port 8080.")
    taken[0] = False
    timeline.run_for(5 + STARTUP)
    assert len(timeline.in_service()) == 2


def test_addresses_that_are_too_few_are_given_back() -> None:
    def check(address: str, port: int | None) -> None:
        if address != "127.0.1.1":
            raise LocalCloudError(f"a task cannot have the address {address}")

    timeline = Timeline(check)
    timeline.run_until(1)
    assert not timeline.fleet.tasks
    timeline.api.change(desired_count=1)
    timeline.run_for(60)
    assert [task.ip for task in timeline.in_service()] == ["127.0.1.1"]


def test_a_new_task_definition_rolls_the_tasks_without_falling_below_the_minimum(steady: Timeline) -> None:
    steady.api.change(deployment_id="ecs-svc/2", definition_arn=SECOND_DEFINITION)
    fewest = 2
    for _ in range(200):
        steady.run_for(0.2)
        fewest = min(fewest, len(steady.api.targets))
    assert fewest == 2
    assert {task.definition_arn for task in steady.in_service()} == {SECOND_DEFINITION}
    assert steady.started("(deployment ecs-svc/2) deployment completed.")
    assert len(steady.api.targets) == 2


def test_force_new_deployment_rolls_tasks_of_the_same_definition(steady: Timeline) -> None:
    before = {task.id for task in steady.in_service()}
    steady.api.change(deployment_id="ecs-svc/2")
    steady.run_for(STARTUP + 16)
    assert len(steady.in_service()) == 2
    assert before.isdisjoint(task.id for task in steady.in_service())


def test_tasks_keep_running_while_the_api_is_away_and_are_told_when_it_is_back(steady: Timeline) -> None:
    steady.api.down = True
    steady.runtime.die(steady.in_service()[0].id)
    steady.run_for(STARTUP + 10)
    assert len(steady.in_service()) == 2
    steady.api.down = False
    steady.run_for(5)
    assert steady.reported() == {"RUNNING": 2, "STOPPED": 1}
    assert len(steady.api.targets) == 2
    assert sum("no use of the API" in line for line in steady.said) == 1
    assert sum("works again" in line for line in steady.said) == 1


def test_a_restarted_server_gets_back_tasks_targets_and_the_desired_count(steady: Timeline) -> None:
    steady.api.change(desired_count=4)
    steady.run_for(STARTUP + 3)
    before = {task.id for task in steady.in_service()}
    steady.api.restart(desired_count=2, deployment_id="ecs-svc/another")
    steady.run_for(1)
    assert steady.api.desired_counts_set == [4]
    assert steady.reported() == {"RUNNING": 4}
    assert len(steady.api.targets) == 4
    assert {entry["startedBy"] for entry in steady.api.reports[-1]} == {"ecs-svc/another"}
    assert not steady.started("(deployment ecs-svc/another)"), "it is the same deployment under another name"
    steady.run_for(STARTUP)
    assert {task.id for task in steady.in_service()} == before


def test_a_server_that_still_restores_its_stacks_is_not_believed(steady: Timeline) -> None:
    steady.api.restart(desired_count=0)
    steady.api.ready = False
    steady.run_for(10)
    assert len(steady.in_service()) == 2
    steady.api.ready = True
    steady.run_for(5)
    assert steady.api.desired_counts_set == [2]
    assert len(steady.api.targets) == 2


def test_a_deleted_service_loses_its_tasks(steady: Timeline) -> None:
    steady.api.wanted = None
    steady.run_for(5)
    assert all(task.gone for task in steady.fleet.tasks)


def test_nothing_runs_before_the_service_exists(timeline: Timeline) -> None:
    wanted, timeline.api.wanted = timeline.api.wanted, None
    timeline.run_until(3)
    assert not timeline.fleet.tasks
    timeline.api.wanted = wanted
    timeline.run_until(4)
    assert len(timeline.fleet.tasks) == 2


def test_without_changes_little_is_asked_and_reported(steady: Timeline) -> None:
    calls = count_calls(steady.api)
    steady.run_for(60)
    assert calls() <= 60 * 7
    assert len(steady.api.reports) <= 45


def count_calls(api: FakeApi) -> Callable[[], int]:
    counted = [0]
    answer = api._answer

    def counting() -> None:
        counted[0] += 1
        answer()

    api._answer = counting  # the fake counts every call there
    return lambda: counted[0]


def test_the_metadata_of_a_task_names_it(steady: Timeline) -> None:
    task = steady.in_service()[0]
    answer = steady.loop.describe(task.id, True)
    assert answer is not None
    assert answer["TaskARN"] == f"arn:aws:ecs:ap-northeast-2:123456789012:task/shop/{task.id}"
    assert (answer["Cluster"].rsplit("/")[-1], answer["Family"], answer["Revision"]) == ("shop", "web", "1")
    assert answer["Limits"] == {"CPU": 0.25, "Memory": 512}
    container = steady.loop.describe(task.id, False)
    assert container is not None
    assert container["Name"] == "app"
    assert steady.loop.describe("another", True) is None


def roll_out_a_broken_definition(steady: Timeline, *, rollback: bool = True) -> None:
    """The circuit breaker watches; tasks of the new definition cannot start."""
    steady.runtime.broken_definition = SECOND_DEFINITION
    steady.api.roll_back_to = ("ecs-svc/1", FIRST_DEFINITION) if rollback else None
    steady.api.change(deployment_id="ecs-svc/2", definition_arn=SECOND_DEFINITION, breaker=CircuitBreaker())


def test_a_deployment_whose_tasks_fail_to_start_is_rolled_back_and_traffic_never_notices(steady: Timeline) -> None:
    before = {task.id for task in steady.in_service()}
    roll_out_a_broken_definition(steady)
    steady.run_for(3 * STARTUP)
    assert steady.api.failures == {"ecs-svc/2": 3}, "two fail together, and the third is too many for two tasks"
    assert {task.id for task in steady.in_service()} == before
    failed_at = steady.api.events.index(
        "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start."
    )
    after = steady.api.events[failed_at + 1 :]
    assert after[0] == "(service web) rolling back to deployment ecs-svc/1."
    assert after[-2:] == [
        "(service web) (deployment ecs-svc/1) deployment completed.",
        "(service web) has reached a steady state.",
    ]


def test_without_rollback_a_failed_deployment_gets_no_more_tasks_and_the_old_ones_stay(steady: Timeline) -> None:
    before = {task.id for task in steady.in_service()}
    roll_out_a_broken_definition(steady, rollback=False)
    steady.run_for(3 * STARTUP)
    started = len(steady.fleet.tasks)
    steady.run_for(10 * STARTUP)
    assert len(steady.fleet.tasks) == started
    assert {task.id for task in steady.in_service()} == before
    assert len(steady.started("deployment failed")) == 1


def test_without_a_circuit_breaker_a_broken_deployment_is_tried_on(steady: Timeline) -> None:
    roll_out_a_broken_definition(steady)
    steady.api.change(breaker=None)
    steady.run_for(8 * STARTUP)
    assert steady.api.failures["ecs-svc/2"] > 3
    assert not steady.started("deployment failed")


def test_a_deployment_whose_tasks_never_get_healthy_is_rolled_back(steady: Timeline) -> None:
    steady.api.roll_back_to = ("ecs-svc/1", FIRST_DEFINITION)
    steady.api.new_target_state = "unhealthy"
    steady.api.change(deployment_id="ecs-svc/2", definition_arn=SECOND_DEFINITION, breaker=CircuitBreaker())
    steady.run_for(6 * STARTUP)
    assert steady.started("rolling back to deployment ecs-svc/1.")
    assert {task.definition_arn for task in steady.in_service()} == {FIRST_DEFINITION}


def test_a_crash_after_the_deployment_was_completed_is_no_concern_of_the_circuit_breaker(steady: Timeline) -> None:
    steady.api.change(breaker=CircuitBreaker())
    for _ in range(5):
        steady.runtime.die(steady.in_service()[0].id)
        steady.run_for(STARTUP + 3)
    assert not steady.started("deployment failed")
    assert len(steady.in_service()) == 2

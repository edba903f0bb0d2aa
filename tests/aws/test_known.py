"""What is known of a service, as answers come and go."""

from __future__ import annotations

import pytest

from fastscale.aws.known import (
    COUNTS_DOUBTED_SECONDS,
    COUNTS_USED_SECONDS,
    TARGETS_DOUBTED_SECONDS,
    TARGETS_USED_SECONDS,
    Known,
)
from fastscale.aws.service_shapes import Counts, Limits, TargetStates, TaskLife, target_states, task_lives
from fastscale.ports import LoadRound, ServiceView, Target, Unseen
from tests.control.fakes import SERVICE, load
from tests.control.test_tick import World

EPOCH = 1_700_000_000.0


class Timeline:
    """A service whose answers come at seconds after the start; monotonic and wall clock run alike."""

    def __init__(self) -> None:
        self.known = Known()

    def counts(self, at: float, desired: int, running: int, pending: int = 0, *, deploying: bool = False) -> None:
        seen = Counts(desired=desired, running=running, pending=pending, deploying=deploying)
        self.known.saw_counts(seen, at=at, now=EPOCH + at)

    def targets(self, at: float, healthy: int, unhealthy: int = 0, initial: int = 0) -> None:
        marks = [Target(f"10.0.0.{number}", 8080) for number in range(healthy + unhealthy + initial)]
        states = TargetStates(
            healthy=frozenset(marks[:healthy]),
            unhealthy=frozenset(marks[healthy : healthy + unhealthy]),
            initial=frozenset(marks[healthy + unhealthy :]),
        )
        self.known.saw_targets(states, at=at, now=EPOCH + at)

    def limits(self, at: float) -> None:
        self.known.saw_limits(Limits(minimum=2, maximum=100), at=at)

    def steady(self, at: float, tasks: int = 2) -> None:
        self.counts(at, tasks, tasks)
        self.targets(at, tasks)
        self.limits(at)

    def task(self, number: int, launched: float, *, host: bool = True) -> TaskLife:
        hosts = frozenset([f"10.0.0.{number}"] if host else [])
        return TaskLife(arn=f"task/{number}", launched_at=EPOCH + launched, hosts=hosts)

    def view(self, at: float) -> ServiceView:
        seen = self.known.view(at)
        assert isinstance(seen, ServiceView), seen
        return seen

    def reason(self, at: float) -> str:
        seen = self.known.view(at)
        assert isinstance(seen, Unseen), seen
        return seen.reason

    def starting(self, at: float) -> list[float]:
        return [launched - EPOCH for launched in self.view(at).reading.starting]


def test_nothing_is_shown_until_all_three_apis_have_answered() -> None:
    line = Timeline()
    assert line.reason(0) == "ECS and Application Auto Scaling and the load balancer did not answer yet"
    line.counts(0, 2, 2)
    line.targets(0, 2)
    assert line.reason(0) == "Application Auto Scaling did not answer yet"
    line.limits(0)
    reading = line.view(0).reading
    assert (reading.desired, reading.running, reading.serving, reading.starting) == (2, 2, 2, ())
    assert (reading.min_capacity, reading.max_capacity) == (2, 100)


def test_a_service_that_is_gone_or_not_registered_is_named() -> None:
    line = Timeline()
    line.steady(0)
    line.known.saw_counts(None, at=1, now=EPOCH + 1)
    line.known.saw_limits(None, at=1)
    assert line.reason(1) == (
        "ECS has no active service of this name; Application Auto Scaling has no scalable target for this service"
    )
    line.steady(2)
    assert line.view(2).reading.desired == 2


def test_counts_that_match_confirm_the_targets_so_few_questions_keep_many_services_known() -> None:
    line = Timeline()
    line.steady(0)
    for at in range(10, 300, 10):
        line.counts(at, 2, 2)
        line.limits(at)
        assert line.view(at).doubts == ()
        assert not line.known.targets_wanted


def test_old_targets_are_used_for_a_minute_once_they_do_not_match() -> None:
    line = Timeline()
    line.steady(0)
    for at in range(1, int(TARGETS_USED_SECONDS)):
        line.counts(at, 3, 2, pending=1)
        line.limits(at)
    assert line.known.targets_wanted
    assert len(line.view(TARGETS_USED_SECONDS).targets) == 2
    assert line.reason(TARGETS_USED_SECONDS + 1) == "the load balancer has not answered for 61 s"


def test_targets_that_do_not_match_the_counts_are_doubted_after_some_seconds() -> None:
    line = Timeline()
    line.steady(0, tasks=4)
    line.counts(1, 8, 8)
    assert line.view(TARGETS_DOUBTED_SECONDS).doubts == ()
    assert line.view(12).doubts == ("the load balancer has not told its present targets for 12 s",)
    line.targets(13, 8)
    assert line.view(14).doubts == ()


def test_no_task_leaves_because_new_ones_are_not_read_yet() -> None:
    """Twice the tasks take half of the load each; of the old targets alone, the load looks halved."""
    line, world = Timeline(), World(stable_seconds=10, learn=False)
    began = world.clock.time
    line.steady(0, tasks=8)

    def second(at: int, rate: float) -> None:
        line.limits(at)
        world.services.views[SERVICE] = line.known.view(at)
        seen = load(rate, tasks=8)
        world.load.answer = lambda _: LoadRound(load=seen, asked=8, answered=8)
        world.clock.time = began + at
        world.controller.tick()

    for at in range(30):
        line.counts(at, 8, 8)
        second(at, rate=640)
    for at in range(30, 80):
        line.counts(at, 16, 16)
        second(at, rate=320)
    assert world.services.set_counts == []
    assert any("present targets" in reason for reason in world.reasons())
    for at in range(80, 100):
        line.counts(at, 16, 16)
        line.targets(at, 16)
        second(at, rate=320)
    assert world.services.set_counts  # on the present targets they leave


def test_a_target_that_did_not_answer_has_targets_asked_for_again() -> None:
    line = Timeline()
    line.steady(0)
    line.known.targets_doubted = True
    assert line.known.targets_wanted
    line.targets(1, 2)
    assert not line.known.targets_wanted


def test_old_counts_and_limits_raise_doubts_then_blindness() -> None:
    line = Timeline()
    line.steady(0)
    line.targets(COUNTS_DOUBTED_SECONDS, 2)
    at = COUNTS_DOUBTED_SECONDS + 1
    assert line.view(at).doubts == (
        "ECS has not answered for 46 s",
        "Application Auto Scaling has not answered for 46 s",
    )
    line.targets(COUNTS_USED_SECONDS, 2)
    assert line.reason(COUNTS_USED_SECONDS + 1) == "ECS has not answered for 121 s"


def test_limits_stay_in_force_however_old_they_are() -> None:
    line = Timeline()
    line.steady(0)
    line.counts(10_000, 2, 2)
    view = line.view(10_000)
    assert view.reading.max_capacity == 100
    assert view.doubts == ("Application Auto Scaling has not answered for 10000 s",)


def test_tasks_that_are_wanted_count_as_starting_before_ecs_lists_them() -> None:
    line = Timeline()
    line.steady(0)
    line.known.changed(Counts(desired=5, running=2, pending=0, deploying=False), at=10, now=EPOCH + 10)
    assert line.starting(10) == [10, 10, 10]
    line.counts(12, 5, 2, pending=2)
    line.known.saw_tasks(
        ["task/0", "task/1", "task/7"], [line.task(0, -90), line.task(1, -90), line.task(7, 11, host=False)]
    )
    assert line.starting(12) == [10, 10, 11]
    line.counts(20, 5, 5)
    line.targets(20, 5)
    assert line.starting(20) == []


def test_an_answer_older_than_our_own_change_is_ignored() -> None:
    line = Timeline()
    line.steady(0)
    line.known.changed(Counts(desired=5, running=2, pending=0, deploying=False), at=10, now=EPOCH + 10)
    line.counts(9.9, 2, 2)
    assert line.view(10).reading.desired == 5
    line.counts(10.1, 4, 2)
    assert line.view(10.1).reading.desired == 4


def test_of_answers_that_overtake_each_other_the_one_asked_for_later_counts() -> None:
    """The looker asks at 100.0, an alarm sets 30 at 100.2, a look of 100.5 sees that, then the first answer lands."""
    line = Timeline()
    line.steady(90, tasks=8)
    line.counts(100.5, 30, 8)
    line.targets(100.5, 9)
    line.known.saw_limits(Limits(minimum=2, maximum=50), at=100.5)

    line.counts(100.0, 8, 8)
    line.targets(100.0, 8)
    line.limits(100.0)
    line.known.saw_counts(None, at=100.1, now=EPOCH + 100.1)
    line.known.saw_limits(None, at=100.1)
    reading = line.view(101).reading
    assert (reading.desired, reading.serving, reading.max_capacity) == (30, 9, 50)

    line.counts(101, 12, 12)
    line.limits(101)
    reading = line.view(101).reading
    assert (reading.desired, reading.max_capacity) == (12, 100)


def test_startup_is_learnt_from_launch_to_first_healthy() -> None:
    line = Timeline()
    line.steady(0)
    line.counts(10, 3, 2, pending=1)
    line.known.saw_tasks(["task/0", "task/1", "task/2"], [line.task(0, -90), line.task(1, -90), line.task(2, 11)])
    line.targets(20, 2, initial=1)
    assert line.known.take_launches() == []
    line.targets(34, 3)
    assert line.known.take_launches() == [23]
    assert line.known.take_launches() == []


def test_startup_is_learnt_when_the_address_is_known_late() -> None:
    line = Timeline()
    line.steady(0)
    line.known.saw_tasks(["task/2"], [line.task(2, 11, host=False)])
    line.targets(34, 3)
    assert line.known.unknown(["task/2"]) == ["task/2"]
    line.known.saw_tasks(["task/2"], [line.task(2, 11)])
    assert line.known.take_launches() == [23]


@pytest.mark.parametrize(
    ("attached", "target"),
    [
        ({"privateIPv4Address": "10.0.0.9", "privateIPv6Address": "2001:db8:0:0::9"}, "10.0.0.9"),
        ({"privateIPv4Address": "10.0.0.9", "privateIPv6Address": "2001:db8:0:0::9"}, "2001:DB8::9"),
        ({"privateIPv6Address": "2001:db8::9"}, "2001:db8::9"),
    ],
)
def test_startup_is_learnt_by_whichever_address_the_target_group_has(attached: dict[str, str], target: str) -> None:
    def answer(state: str) -> TargetStates:
        health = {"Target": {"Id": target, "Port": 8080}, "TargetHealth": {"State": state}}
        return target_states({"TargetHealthDescriptions": [health]})

    details = [{"name": "subnetId", "value": "subnet-1"}, *({"name": key, "value": attached[key]} for key in attached)]
    task = {"taskArn": "task/9", "createdAt": EPOCH + 11, "attachments": [{"details": details}]}
    line = Timeline()
    line.steady(0)
    line.counts(11, 3, 2, pending=1)
    line.known.saw_tasks(["task/9"], task_lives([task]))
    assert line.known.unknown(["task/9"]) == []
    line.known.saw_targets(answer("initial"), at=20, now=EPOCH + 20)
    line.known.saw_targets(answer("healthy"), at=34, now=EPOCH + 34)
    assert line.known.take_launches() == [23]


def test_the_ipv6_address_that_only_the_containers_tell_is_known() -> None:
    containers = [{"networkInterfaces": [{"privateIpv4Address": "10.0.0.9", "ipv6Address": "2001:db8::9"}]}]
    (life,) = task_lives([{"taskArn": "task/9", "createdAt": EPOCH, "containers": containers}])
    assert life.hosts == {"10.0.0.9", "2001:db8::9"}
    (early,) = task_lives([{"taskArn": "task/9", "createdAt": EPOCH}])
    assert early.hosts == frozenset()


def test_a_restart_learns_nothing_from_tasks_that_serve_already() -> None:
    line = Timeline()
    line.steady(0, tasks=3)
    line.known.saw_tasks(["task/0", "task/1", "task/2"], [line.task(number, -500) for number in range(3)])
    line.targets(1, 3)
    assert line.known.take_launches() == []


def test_a_group_without_a_healthy_target_sends_traffic_to_all_of_them() -> None:
    line = Timeline()
    line.steady(0)
    line.targets(1, 0, unhealthy=2)
    assert line.view(1).reading.serving == 2
    line.targets(2, 1, unhealthy=1)
    assert line.view(2).reading.serving == 1

"""CloudWatch's and Application Auto Scaling's parts on the real API server, a moment at a time.

Each test sets a load by putting datapoints with their own timestamps, steps the loops to a moment, and reads what any
AWS client would see.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from botocore.exceptions import EndpointConnectionError

from fastscale.localcloud.alarms import EVALUATION_TIME, OWN_NAMESPACE, AlarmLoop
from fastscale.localcloud.backstage import Backstage
from tests.localcloud.server.process import VISIBILITY_SECONDS, Server, eventually
from tests.localcloud.server.scaling_world import SETTLE_SECONDS, World


@pytest.fixture
def world(server: Server, service: str) -> World:
    return World(server, service)


@pytest.fixture
def now() -> float:
    """The newest whole minute: a period of any length ends there."""
    return float(int(time.time()) // 60 * 60)


def test_a_surge_trips_the_alarm_and_raises_the_desired_count_with_its_cause(world: World, now: float) -> None:
    world.alarm(world.step_policy())
    world.load(now - 15, 50)
    world.evaluate(now - 10)
    assert world.state() == "OK"

    world.load(now - 5, 300)
    world.evaluate(now)
    assert world.state() == "ALARM"
    world.scaling_loop.tick(time.time())
    assert world.desired() == 5
    activity = world.activities()[0]
    assert activity["Description"] == "Setting desired count to 5."
    assert activity["Cause"] == f"monitor alarm {world.name} in state ALARM triggered policy out"
    assert activity["StatusCode"] == "InProgress"

    world.run_tasks(5)
    world.scaling_loop.tick(time.time())
    assert world.activities()[0]["StatusCode"] == "Successful"


def test_an_invocation_is_applied_once_however_often_the_loop_looks(world: World, now: float) -> None:
    world.alarm(world.step_policy(Cooldown=0))
    world.load(now - 5, 300)
    world.evaluate(now)
    world.scaling_loop.tick(time.time())
    world.run_tasks(5)
    for _ in range(3):
        world.scaling_loop.tick(time.time())
    assert world.desired() == 5


def test_an_alarm_does_not_wait_for_the_notifications_of_another(server: Server, name: str, now: float) -> None:
    cloudwatch = server.client("cloudwatch")
    seen: list[list[str]] = []

    class Sns:
        def publish(self, **_: str) -> None:
            described = cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
            seen.append([alarm["StateValue"] for alarm in described])

    topic = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
    for number in (1, 2):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{name}-{number}",
            Namespace="Shop",
            MetricName=name,
            Statistic="Average",
            Period=10,
            EvaluationPeriods=1,
            Threshold=100,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            OKActions=[topic],
        )
    loop = AlarmLoop(
        cloudwatch=cloudwatch,
        sns=Sns(),
        backstage=Backstage(server.url),
        say=lambda _: None,
        settle_seconds=SETTLE_SECONDS,
    )
    loop.tick(now + SETTLE_SECONDS)
    cloudwatch.delete_alarms(AlarmNames=[f"{name}-1", f"{name}-2"])
    assert seen == [["OK", "OK"], ["OK", "OK"]]


def test_an_invocation_is_found_behind_a_hundred_other_actions(world: World, now: float) -> None:
    """DescribeAlarmHistory answers with at most 100 items; alarms that notify topics write Action items too."""
    world.alarm(world.step_policy())
    notified = {"notificationResource": "arn:aws:sns:ap-northeast-2:123456789012:alerts"}
    item = {
        "AlarmName": "other",
        "HistoryItemType": "Action",
        "HistorySummary": "",
        "HistoryData": json.dumps(notified),
    }
    for number in range(100):
        world.server.post("/cloudwatch/history", item | {"Timestamp": now - 100 + number / 100})
    world.load(now - 5, 300)
    world.evaluate(now)
    world.scaling_loop.tick(time.time())
    assert world.desired() == 5


def test_the_action_repeats_a_minute_later_while_the_alarm_persists(world: World, now: float) -> None:
    world.alarm(world.step_policy(AdjustmentType="ChangeInCapacity", StepAdjustments=[step(1)], Cooldown=0))
    begin = now - 60
    for second in range(5, 75, 10):
        world.load(begin + second, 300)
    actions = []
    for evaluation in range(10, 80, 10):
        world.evaluate(begin + evaluation)
        history = world.cloudwatch.describe_alarm_history(AlarmName=world.name, HistoryItemType="Action")
        actions.append(len(history["AlarmHistoryItems"]))
    assert actions == [1, 1, 1, 1, 1, 1, 2]


def step(adjustment: int, lower: float | None = 0, upper: float | None = None) -> dict:
    bounds = {"MetricIntervalLowerBound": lower, "MetricIntervalUpperBound": upper}
    return {"ScalingAdjustment": adjustment} | {name: bound for name, bound in bounds.items() if bound is not None}


def test_a_state_that_a_client_sets_lasts_until_the_next_evaluation(world: World, now: float) -> None:
    world.alarm(world.step_policy())
    world.load(now - 5, 50)
    world.cloudwatch.set_alarm_state(AlarmName=world.name, StateValue="ALARM", StateReason="drill")
    world.evaluate(now)
    assert world.state() == "OK"


def test_alarms_on_metric_math_are_evaluated(world: World, now: float) -> None:
    world.cloudwatch.put_metric_alarm(
        AlarmName=world.name,
        EvaluationPeriods=1,
        Threshold=500,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "twice", "Expression": "load * 2", "ReturnData": True},
            {
                "Id": "load",
                "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": world.name}, "Period": 60, "Stat": "Sum"},
                "ReturnData": False,
            },
        ],
    )
    world.load(now - 30, 300)
    world.evaluate(now)
    assert world.state() == "ALARM"


def test_suspended_scale_out_leaves_the_service_alone(world: World, now: float) -> None:
    world.alarm(world.step_policy())
    world.suspend_scale_out(True)
    world.load(now - 5, 300)
    world.evaluate(now)
    world.scaling_loop.tick(time.time())
    assert (world.state(), world.desired(), world.activities()) == ("ALARM", 2, [])


def test_what_was_not_done_while_suspended_starts_no_cooldown(world: World, now: float) -> None:
    """The alarm calls again a minute later: by then scale-out is resumed, and five minutes of cooldown would hold."""
    begin = now - 60
    world.alarm(world.step_policy(Cooldown=300))
    world.suspend_scale_out(True)
    world.load(begin + 5, 300)
    world.evaluate(begin + 10)
    world.scaling_loop.tick(begin + 11)
    assert (world.desired(), world.said[-1]) == (2, f"{world.name} -> out: Not scaled: scale-out is suspended.")

    world.suspend_scale_out(False)
    world.load(begin + 65, 300)
    world.evaluate(begin + 70)
    world.scaling_loop.tick(begin + 71)
    assert world.desired() == 5


def test_a_count_that_could_not_be_set_is_set_by_the_next_attempt(world: World, now: float) -> None:
    world.alarm(world.step_policy(Cooldown=300))
    world.load(now - 5, 300)
    world.evaluate(now)
    moment = time.time()
    with without_update_service(world.server):
        world.scaling_loop.tick(moment)
    assert (world.desired(), world.activities()) == (2, [])

    world.scaling_loop.tick(moment + 3)
    assert world.desired() == 5
    assert world.activities()[0]["Description"] == "Setting desired count to 5."
    assert not any("cooldown" in line for line in world.said)


@contextmanager
def without_update_service(server: Server) -> Iterator[None]:
    """As long as this lasts no UpdateService of the loops reaches the server."""
    events = server.client("ecs").meta.events

    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url=server.url)

    events.register("before-call.ecs.UpdateService", fail)
    try:
        yield
    finally:
        events.unregister("before-call.ecs.UpdateService", fail)


def test_target_tracking_sizes_the_fleet_by_its_metric(world: World, now: float) -> None:
    world.autoscaling.put_scaling_policy(
        **world.identity,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60,
            "CustomizedMetricSpecification": {"Namespace": "Shop", "MetricName": world.name, "Statistic": "Average"},
        },
    )
    for minutes in (1, 2, 3):
        world.load(now - 60 * minutes + 30, 150)
    world.evaluate(now)
    world.scaling_loop.tick(time.time())
    assert world.desired() == 5  # 2 x 150 / 60


def test_a_scheduled_action_moves_the_limits_and_the_tasks(world: World) -> None:
    moment = time.time()
    at = datetime.fromtimestamp(moment + 30, UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
    world.autoscaling.put_scheduled_action(
        **world.identity,
        ScheduledActionName="campaign",
        Schedule=at,
        ScalableTargetAction={"MinCapacity": 6, "MaxCapacity": 30},
    )
    world.schedule_loop.tick(moment)
    assert world.desired() == 2
    world.schedule_loop.tick(moment + 31)
    target = world.autoscaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource_id(world)])
    limits = target["ScalableTargets"][0]
    assert (limits["MinCapacity"], limits["MaxCapacity"], world.desired()) == (6, 30, 6)
    causes = [activity["Cause"] for activity in world.activities()]
    assert causes == ["minimum capacity was set to 6", "scheduled action name campaign was triggered"]

    world.schedule_loop.tick(moment + 62)
    assert len(world.activities()) == 2


def test_a_scheduled_action_runs_behind_fifty_others(world: World) -> None:
    """DescribeScheduledActions answers with at most 50."""
    moment = time.time()
    later, soon = (datetime.fromtimestamp(moment + seconds, UTC) for seconds in (9000, 30))
    for number in range(51):
        world.autoscaling.put_scheduled_action(
            **world.identity,
            ScheduledActionName=f"campaign-{number}",
            Schedule=f"at({soon if number == 50 else later:%Y-%m-%dT%H:%M:%S})",
            ScalableTargetAction={"MinCapacity": 6, "MaxCapacity": 30},
        )
    world.schedule_loop.tick(moment)
    world.schedule_loop.tick(moment + 31)
    assert world.desired() == 6
    assert world.activities()[-1]["Cause"] == "scheduled action name campaign-50 was triggered"


def resource_id(world: World) -> str:
    return str(world.identity["ResourceId"])


def test_the_loop_tells_once_a_minute_how_long_its_evaluations_took(world: World, now: float) -> None:
    world.alarm()
    world.evaluate(now)
    time.sleep(VISIBILITY_SECONDS)
    points = world.cloudwatch.get_metric_statistics(
        Namespace=OWN_NAMESPACE,
        MetricName=EVALUATION_TIME,
        StartTime=time.time() - 120,
        EndTime=time.time() + 60,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert 0 < max(point["Maximum"] for point in points) < 5000


def test_alarms_of_one_period_share_a_call_and_each_sees_its_own_periods(world: World, now: float) -> None:
    """One of 1 of 1 sees the newest period alone, one of 2 of 2 the last two."""
    both = f"{world.name}-both"
    world.alarm()
    world.alarm(AlarmName=both, EvaluationPeriods=2)
    asked: list[int] = []

    def count(params: dict, **_: object) -> None:
        asked.append(str(params["MetricDataQueries"]).count(f"'MetricName': '{world.name}'"))

    world.cloudwatch.meta.events.register("provide-client-params.cloudwatch.GetMetricData", count)
    world.load(now - 15, 50)
    world.load(now - 5, 300)
    world.evaluate(now)
    world.cloudwatch.meta.events.unregister("provide-client-params.cloudwatch.GetMetricData", count)
    found = world.cloudwatch.describe_alarms(AlarmNamePrefix=world.name)["MetricAlarms"]
    world.cloudwatch.delete_alarms(AlarmNames=[both])
    assert {alarm["AlarmName"]: alarm["StateValue"] for alarm in found} == {world.name: "ALARM", both: "OK"}
    assert [calls for calls in asked if calls] == [2]


def test_no_evaluation_pays_for_the_first_calls_of_the_process(server: Server) -> None:
    cloudwatch, called, said = server.client("cloudwatch"), list[str](), list[str]()

    class Recording:
        def __getattr__(self, operation: str) -> object:
            called.append(operation)
            return getattr(cloudwatch, operation)

    stop = Event()
    stop.set()
    loop = AlarmLoop(
        cloudwatch=Recording(), sns=None, backstage=Backstage(server.url), say=said.append, settle_seconds=0
    )
    loop.run(stop)
    assert {"get_metric_data", "set_alarm_state"} <= set(called)
    assert said == []


def test_loops_outlive_a_server_that_is_away_and_say_so_once(tmp_path, now: float) -> None:
    away = Server(tmp_path / "state")
    said: list[str] = []
    loop = AlarmLoop(
        cloudwatch=away.client("cloudwatch"),
        sns=away.client("sns"),
        backstage=Backstage(away.url),
        say=said.append,
        settle_seconds=SETTLE_SECONDS,
    )
    stop = Event()
    thread = Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        assert eventually(lambda: len(said) == 1)
        time.sleep(1.0)
        assert len(said) == 1
        away.start()
        assert eventually(lambda: len(said) == 2, seconds=10)
        assert "works again" in said[1]
    finally:
        stop.set()
        thread.join(5)
        away.end()
    assert not thread.is_alive()

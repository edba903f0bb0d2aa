"""The watcher against the real API server, filled through the AWS API and the routes of AWS's own back ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fastscale import names
from fastscale.aws.session import local_client
from fastscale.demo.ledger import local_ledger
from fastscale.demo.records import Datapoint, Evidence, Sample
from fastscale.demo.settings import CloudAddress, ServiceNames
from fastscale.demo.watch import Watcher
from fastscale.localcloud.backstage import ApiUnavailableError, Backstage
from tests.load.servers import free_port

CLUSTER, SERVICE, REGION = names.CLUSTER, names.SERVICE, names.REGION


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudAddress]:
    """The API server alone, holding a service with two targets, of which one is healthy."""
    port = free_port()
    folder = tmp_path_factory.mktemp("api")
    command = [sys.executable, "-m", "fastscale.localcloud.server", "--port", str(port), "--state-dir", str(folder)]
    address = CloudAddress(f"http://localhost:{port}", "http://localhost:1", REGION)
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=os.environ) as server,
    ):
        try:
            wait_until_ready(Backstage(address.endpoint_url), folder)
            fill(address)
            yield address
        finally:
            server.terminate()


def wait_until_ready(backstage: Backstage, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(ApiUnavailableError):
            if backstage.boot().ready:
                return
        time.sleep(0.1)
    pytest.fail((folder / "log").read_text())


def client(cloud: CloudAddress, name: str) -> Any:
    return local_client(name, endpoint_url=cloud.endpoint_url, region=cloud.region)


def fill(cloud: CloudAddress) -> None:
    group_arn = make_target_group(cloud)
    make_service(cloud)
    policy_arn = make_policy(cloud)
    make_alarms(cloud, policy_arn)
    targets = [{"id": f"127.0.1.{n}", "port": 8080, "state": state} for n, state in ((1, "healthy"), (2, "initial"))]
    client(cloud, "elbv2").register_targets(
        TargetGroupArn=group_arn, Targets=[{"Id": target["id"], "Port": 8080} for target in targets]
    )
    backstage = Backstage(cloud.endpoint_url)
    backstage.post("/elbv2/target-health", {"targetGroupArn": group_arn, "targets": targets})
    backstage.post(
        "/ecs/tasks", {"cluster": CLUSTER, "service": SERVICE, "tasks": [task("one", 100.5), task("two", None)]}
    )


def make_target_group(cloud: CloudAddress) -> str:
    """A target group behind a load balancer: without one its targets are unused, whatever their health."""
    ec2, elb = client(cloud, "ec2"), client(cloud, "elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="alb", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    groups = elb.create_target_group(Name=names.TARGET_GROUP, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")
    arn = str(groups["TargetGroups"][0]["TargetGroupArn"])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    return arn


def make_service(cloud: CloudAddress) -> None:
    ecs = client(cloud, "ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    ecs.register_task_definition(family="app", containerDefinitions=[{"name": "app", "image": "app", "memory": 512}])
    ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition="app", desiredCount=2)


def make_policy(cloud: CloudAddress) -> str:
    scaling = client(cloud, "application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{SERVICE}",
        "ScalableDimension": names.SCALABLE_DIMENSION,
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=100)
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    policy = scaling.put_scaling_policy(
        **target,
        PolicyName="out",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps},
    )
    return str(policy["PolicyARN"])


def make_alarms(cloud: CloudAddress, policy_arn: str) -> None:
    cloudwatch = client(cloud, "cloudwatch")
    for name, metric, threshold, comparison, actions in (
        ("High", names.REQUESTS_PER_SECOND, 100, "GreaterThanThreshold", [policy_arn]),
        ("Higher", names.REQUESTS_PER_SECOND, 450, "GreaterThanThreshold", [policy_arn]),
        ("HighCPU", "CPUUtilization", 70, "GreaterThanThreshold", [policy_arn]),
        ("Low", names.REQUESTS_PER_SECOND, 50, "LessThanThreshold", [policy_arn]),
        ("Notify", names.REQUESTS_PER_SECOND, 80, "GreaterThanThreshold", []),
    ):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=names.NAMESPACE,
            MetricName=metric,
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=threshold,
            ComparisonOperator=comparison,
            AlarmActions=actions,
        )


def task(name: str, started_at: float | None) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:{REGION}:123456789012:task/{CLUSTER}/{name}",
        "taskDefinitionArn": f"arn:aws:ecs:{REGION}:123456789012:task-definition/app:1",
        "lastStatus": "RUNNING" if started_at else "PENDING",
        "desiredStatus": "RUNNING",
        "healthStatus": "UNKNOWN",
        "createdAt": 90.25,
        "startedAt": started_at,
        "group": f"service:{SERVICE}",
    }


@pytest.fixture
def watcher(cloud: CloudAddress) -> Watcher:
    return Watcher(cloud.client, ServiceNames())


def test_a_sample_shows_the_service_as_any_client_sees_it(watcher: Watcher) -> None:
    sample = watcher.sample(1234.5)

    assert sample.at == 1234.5
    assert (sample.desired, sample.running, sample.pending, sample.healthy) == (2, 1, 1, 1)
    assert sample.alarms == dict.fromkeys(("High", "Higher", "HighCPU", "Low", "Notify"), "INSUFFICIENT_DATA")
    assert sample.activity is None


def test_the_newest_datapoint_is_the_average_over_the_tasks(cloud: CloudAddress, watcher: Watcher) -> None:
    now = time.time()
    for value, at in ((10, now - 15), (200, now), (300, now)):
        client(cloud, "cloudwatch").put_metric_data(
            Namespace=names.NAMESPACE,
            MetricData=[
                {"MetricName": names.REQUESTS_PER_SECOND, "Value": value, "Timestamp": at, "StorageResolution": 1}
            ],
        )
    deadline = time.monotonic() + 10  # CloudWatch shows a datapoint some seconds after it was put
    expected = Datapoint(at=now // 10 * 10, value=250)
    while watcher.sample(now).load != expected and time.monotonic() < deadline:
        time.sleep(0.2)

    assert watcher.sample(now).load == expected


def test_the_evidence_has_the_alarms_that_scale_out_and_the_lowest_threshold_of_load(watcher: Watcher) -> None:
    evidence = watcher.evidence(time.time())

    assert set(evidence.scale_out_alarms) == {"High", "Higher", "HighCPU"}
    assert evidence.load_threshold == 100


def test_the_evidence_has_the_apis_own_timestamps(cloud: CloudAddress, watcher: Watcher) -> None:
    since = time.time()
    client(cloud, "cloudwatch").set_alarm_state(AlarmName="High", StateValue="ALARM", StateReason="a test")
    cause = "monitor alarm High in state ALARM triggered policy out"
    Backstage(cloud.endpoint_url).post(
        "/autoscaling/activities", activity("Setting desired count to 12.", cause, since)
    )
    evidence = watcher.evidence(since - 1)

    assert [(change.alarm, change.state) for change in evidence.alarm_changes] == [("High", "ALARM")]
    assert evidence.alarm_changes[0].at == pytest.approx(since, abs=2)
    assert [(item.desired, item.cause) for item in evidence.activities] == [(12, cause)]
    assert evidence.activities[0].at == pytest.approx(since, abs=0.01)
    assert {(life.task, life.created_at, life.started_at) for life in evidence.tasks} == {
        ("one", 90.25, 100.5),
        ("two", 90.25, None),
    }
    assert watcher.sample(since).activity == evidence.activities[0]


def test_the_evidence_has_what_ecs_wrote_about_the_service_since(cloud: CloudAddress, watcher: Watcher) -> None:
    since = time.time()
    message = f"(service {SERVICE}) has reached a steady state."
    Backstage(cloud.endpoint_url).post("/ecs/events", {"cluster": CLUSTER, "service": SERVICE, "message": message})
    (event,) = watcher.evidence(since - 1).service_events

    assert (event.message, event.at) == (message, pytest.approx(since, abs=2))
    assert watcher.sample(since).event == event
    assert watcher.evidence(since + 60).service_events == ()


def test_the_evidence_has_who_set_the_count_what_pulse_wrote_and_which_alarms_called(cloud: CloudAddress) -> None:
    service = ServiceNames()
    watcher = Watcher(cloud.client, service, local_ledger(cloud.endpoint_url, service))
    since = time.time()
    write_pulse_log(cloud, since)
    client(cloud, "ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=7)
    call_policy(cloud, "High", since)
    call_policy(cloud, "Low", since)
    evidence = watcher.evidence(since - 0.01)
    client(cloud, "ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=2)

    assert [(change.previous, change.desired, change.by) for change in evidence.count_changes] == [(2, 7, "")]
    assert since <= evidence.count_changes[0].at <= time.time()
    assert [call.alarm for call in evidence.policy_calls] == ["High"], "the other one takes capacity away"
    assert [(note.move, note.desired, note.reason) for note in evidence.pulse] == [
        ("hold", None, "2 tasks are enough"),
        ("surge", 7, "10 times"),
    ]
    assert watcher.sample(since + 1).pulse == evidence.pulse[-1]


def write_pulse_log(cloud: CloudAddress, at: float) -> None:
    """Two decisions about the service, one about another, and a line that is none."""
    group, stream = {"logGroupName": names.PULSE_LOG_GROUP}, {"logStreamName": "pulse/1"}
    logs, resource_id = client(cloud, "logs"), f"service/{CLUSTER}/{SERVICE}"
    lines = [
        {"service": resource_id, "move": "hold", "desired": 2, "reason": "2 tasks are enough", "at": at},
        {"service": "service/other/one", "move": "surge", "wanted": 9, "reason": "not ours", "at": at},
        {"service": resource_id, "move": "surge", "desired": 2, "wanted": 7, "reason": "10 times", "at": at + 0.5},
        {"level": "INFO", "message": "watching"},
    ]
    messages = ["started", *map(json.dumps, lines)]
    logs.create_log_group(**group)
    logs.create_log_stream(**group, **stream)
    logs.put_log_events(
        **group, **stream, logEvents=[{"timestamp": int(at * 1000) + 1, "message": message} for message in messages]
    )


def call_policy(cloud: CloudAddress, alarm: str, at: float) -> None:
    data = {"actionState": "Succeeded", "notificationResource": "arn:aws:autoscaling:r:1:scalingPolicy:out"}
    item = {"AlarmName": alarm, "HistoryItemType": "Action", "HistorySummary": "", "Timestamp": at}
    Backstage(cloud.endpoint_url).post("/cloudwatch/history", item | {"HistoryData": json.dumps(data)})


def test_the_evidence_has_more_activities_than_one_answer_holds(cloud: CloudAddress, watcher: Watcher) -> None:
    """DescribeScalingActivities answers with at most 50."""
    since = time.time() - 60
    for number in range(52):
        made = activity(f"Setting desired count to {number}.", "a cause", since + number)
        Backstage(cloud.endpoint_url).post("/autoscaling/activities", made | {"ActivityId": f"many-{number}"})
    evidence = watcher.evidence(since + 0.5)

    assert [item.desired for item in evidence.activities] == [*range(1, 52)]
    assert watcher.sample(since).activity == evidence.activities[-1]


def activity(description: str, cause: str, at: float) -> dict[str, Any]:
    return {
        "ActivityId": "00000000-0000-4000-8000-000000000001",
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{SERVICE}",
        "ScalableDimension": names.SCALABLE_DIMENSION,
        "Description": description,
        "Cause": cause,
        "StartTime": at,
        "EndTime": at,
        "StatusCode": "Successful",
    }


def test_an_api_that_is_away_is_absence() -> None:
    away = Watcher(CloudAddress(f"http://localhost:{free_port()}", "http://localhost:1").client, ServiceNames())

    assert away.sample(1) == Sample(at=1)
    assert away.evidence(0) == Evidence()

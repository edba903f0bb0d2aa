"""One `fastscale local up`, in order: the runbook's answers of what runs, a scale-in under load, and parts killed.

The tests share the cloud and follow each other: each leaves it in order for the next.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest

from fastscale import names, profiles
from fastscale.aws.session import local_client
from fastscale.load.driver import LoadDriver
from fastscale.load.records import Summary
from fastscale.load.settings import LoadSettings
from fastscale.load.shape import Point, Shape
from tests.assemblies import begin_with
from tests.cli.test_demo_end_to_end import Place
from tests.localcloud.aws_cli import installed
from tests.localcloud.server.process import eventually

RESOURCE = f"service/{names.CLUSTER}/{names.SERVICE}"
#: Of the load while a service scales in, in requests/s: one task alone could carry it.
RATE = 60.0
#: Within this long everything that was killed is there again, and healthy, on a busy machine.
RECOVERY_SECONDS = 60.0
#: What a load balancer answers, or does not, when a target goes before its requests have.
BROKEN = ("connection", "gateway")


class Cloud:
    """A running local cloud, as its users see it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.endpoint_url = f"http://localhost:{place.port}"
        self.alb_url = f"http://localhost:{place.alb_port}"

    def client(self, service: str) -> Any:
        return local_client(service, endpoint_url=self.endpoint_url, region=names.REGION)

    def aws(self, *words: str) -> Any:
        cli = installed()[0]
        return cli.answer(self.endpoint_url, names.REGION, *words)

    def service(self) -> dict[str, Any]:
        described = self.client("ecs").describe_services(cluster=names.CLUSTER, services=[names.SERVICE])
        return dict(described["services"][0])

    def counts(self) -> tuple[int, int, int]:
        """Desired, running and pending tasks."""
        service = self.service()
        return service["desiredCount"], service["runningCount"], service["pendingCount"]

    def group(self) -> str:
        groups = self.client("elbv2").describe_target_groups(Names=[names.TARGET_GROUP])["TargetGroups"]
        return str(groups[0]["TargetGroupArn"])

    def health(self) -> list[str]:
        described = self.client("elbv2").describe_target_health(TargetGroupArn=self.group())
        return [target["TargetHealth"]["State"] for target in described["TargetHealthDescriptions"]]

    def settled(self, tasks: int) -> bool:
        """Whether so many tasks run, all of them healthy targets, and the load balancer answers; False while away."""
        try:
            with urllib.request.urlopen(f"{self.alb_url}/", timeout=2) as answered:
                return (
                    answered.status == 200
                    and self.counts() == (tasks, tasks, 0)
                    and self.health() == ["healthy"] * tasks
                )
        except Exception:  # noqa: BLE001 - what is being restarted fails in as many ways as there are clients
            return False

    def processes(self, word: str) -> list[psutil.Process]:
        """The supervisor's living children whose command line has ``word`` in it."""
        return [child for child in self.place.supervisor().children(recursive=True) if word in words_of(child)]


def words_of(process: psutil.Process) -> str:
    """The command line; nothing of a process that has ended."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    place = Place(tmp_path_factory.mktemp("cloud"))
    begin_with(profiles.default(), place.folder, tmp_path_factory)
    ports = ["--port", str(place.port), "--alb-port", str(place.alb_port)]
    code, _, err = place.run("local", "up", "--startup", "1", "--no-pulse", *ports)
    try:
        assert code == 0, err
        cloud = Cloud(place)
        assert eventually(lambda: cloud.settled(2), seconds=RECOVERY_SECONDS), place.events()
        yield cloud
        assert place.run("local", "down")[0] == 0
    finally:
        left = place.processes()
        for process in left:
            process.kill()
        assert not left, f"left behind: {left}"


def test_the_runbook_tells_the_service_as_it_runs(cloud: Cloud) -> None:
    named = ["--cluster", names.CLUSTER]
    tasks = cloud.aws("ecs", "list-tasks", *named, "--service-name", names.SERVICE)["taskArns"]
    assert len(tasks) == 2
    service = cloud.aws("ecs", "describe-services", *named, "--services", names.SERVICE)["services"][0]
    assert [service[f"{count}Count"] for count in ("desired", "running", "pending")] == [2, 2, 0]
    events = [event["message"] for event in service["events"]]
    assert any("has reached a steady state" in message for message in events)
    assert any("registered 1 targets in" in message for message in events), events
    health = cloud.aws("elbv2", "describe-target-health", "--target-group-arn", cloud.group())
    assert [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]] == ["healthy"] * 2
    logged = cloud.aws("logs", "filter-log-events", "--log-group-name", names.LOG_GROUP)["events"]
    assert any("app" in event["message"] for event in logged)


def test_the_runbook_tells_of_a_surge(cloud: Cloud) -> None:
    """The load is told as the application tells it: as datapoints of its metric, every few seconds."""
    began = time.time()
    metric = ["--namespace", names.NAMESPACE, "--metric-name", names.REQUESTS_PER_SECOND]

    def surging() -> bool:
        tell_load(cloud, 150.0)
        time.sleep(1.0)
        return cloud.counts()[0] > 2

    assert eventually(surging, seconds=RECOVERY_SECONDS), cloud.place.events()

    alarm = cloud.aws("cloudwatch", "describe-alarms", "--alarm-names", names.ALARM_RPS)["MetricAlarms"][0]
    assert alarm["StateValue"] == "ALARM"
    history = cloud.aws("cloudwatch", "describe-alarm-history", "--alarm-name", names.ALARM_RPS)["AlarmHistoryItems"]
    assert "Alarm updated from OK to ALARM" in [item["HistorySummary"] for item in history]
    assert any(item["HistoryItemType"] == "Action" for item in history)

    resource = ["--service-namespace", "ecs", "--resource-id", RESOURCE]
    activities = cloud.aws("application-autoscaling", "describe-scaling-activities", *resource)["ScalingActivities"]
    causes = [activity["Cause"] for activity in activities]
    # At some hours a scheduled action of the plan comes in between, and moves the limits.
    [first, *_] = [cause for cause in reversed(causes) if cause.startswith("monitor alarm FastScaling-CustomRPS")]
    assert "in state ALARM triggered policy FastScaling-ScaleOut" in first
    assert causes[-1] == "minimum capacity was set to 2"

    start, end = (datetime.fromtimestamp(moment, UTC).isoformat() for moment in (began - 20, began + 120))
    window = ["--start-time", start, "--end-time", end, "--period", "10", "--statistics", "Average"]
    points = cloud.aws("cloudwatch", "get-metric-statistics", *metric, *window)["Datapoints"]
    assert len(points) >= 2, "one for each 10 s"
    assert max(point["Average"] for point in points) > 100


def tell_load(cloud: Cloud, rate: float) -> None:
    """One datapoint of 100 tasks that get ``rate`` requests/s each: the two real ones, which get none, hardly count."""
    alarm = cloud.client("cloudwatch").describe_alarms(AlarmNames=[names.ALARM_RPS])["MetricAlarms"][0]
    datum = {
        "MetricName": names.REQUESTS_PER_SECOND,
        "Dimensions": alarm["Dimensions"],
        "Values": [rate],
        "Counts": [100],
        "StorageResolution": 1,
    }
    cloud.client("cloudwatch").put_metric_data(Namespace=names.NAMESPACE, MetricData=[datum])


def test_a_scale_in_under_load_drains_and_ends_tasks_without_breaking_a_request(cloud: Cloud) -> None:
    before = cloud.counts()[0]
    assert before > 2
    assert eventually(lambda: cloud.settled(before), seconds=RECOVERY_SECONDS), cloud.place.events()
    tasks = cloud.processes("-m app")
    summaries: list[Summary] = []

    def keep(record: object) -> None:
        if isinstance(record, Summary):
            summaries.append(record)

    load = LoadSettings(host=cloud.alb_url, shape=Shape((Point(0.0, RATE), Point(600.0, RATE))))
    with LoadDriver(load, keep):
        time.sleep(2.0)
        cloud.client("ecs").update_service(cluster=names.CLUSTER, service=names.SERVICE, desiredCount=2)
        assert eventually(lambda: "draining" in cloud.health(), seconds=RECOVERY_SECONDS)
        assert eventually(lambda: alive(tasks) == 2 and cloud.settled(2), seconds=RECOVERY_SECONDS)
    assert summaries[0].ok > 10 * RATE
    assert {kind: count for kind, count in summaries[0].failed.items() if kind in BROKEN} == {}


def alive(processes: list[psutil.Process]) -> int:
    return sum(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_the_api_server_traefik_and_a_task_are_killed_and_all_is_well_again(cloud: Cloud) -> None:
    server, traefik = cloud.processes("fastscale.localcloud.server"), cloud.processes("traefik")
    tasks = cloud.processes("-m app")
    assert (len(server), len(traefik), len(tasks)) == (1, 1, 2)
    killed = [server[0], traefik[0], tasks[0]]
    for process in killed:
        process.kill()

    renewed = renewal(cloud, killed)
    assert eventually(lambda: renewed() and cloud.settled(2), seconds=RECOVERY_SECONDS), cloud.place.events()
    assert tasks[1].is_running(), "what was not killed keeps running"
    assert any("the API server ended (exit code 137)" in line for line in cloud.place.events())
    alarm = cloud.aws("cloudwatch", "describe-alarms", "--alarm-names", names.ALARM_RPS)["MetricAlarms"]
    assert len(alarm) == 1, "the stacks were restored"


def renewal(cloud: Cloud, killed: list[psutil.Process]) -> Callable[[], bool]:
    """Says whether there are as many of each part as before, none of them one that was killed."""
    gone = {process.pid for process in killed}

    def renewed() -> bool:
        parts = [cloud.processes(word) for word in ("fastscale.localcloud.server", "traefik", "-m app")]
        return [len(part) for part in parts] == [1, 1, 2] and gone.isdisjoint(
            child.pid for part in parts for child in part
        )

    return renewed

"""The shop of the first example on the local cloud: deployed, served by its own program, and taken away."""

import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Self

import pytest

from fastscale import names
from fastscale.deploy.cloudformation import deploy
from fastscale.localcloud.fargate import part as fargate
from fastscale.localcloud.fargate.images import LocalImage, LocalImages
from fastscale.localcloud.processes import Processes
from tests.cdk.inventory import inventory
from tests.examples.example import EXAMPLES, Example
from tests.localcloud.server.process import REGION, Server, eventually

SHOP_IMAGE = LocalImage(argv=(sys.executable, "shop.py"), cwd=EXAMPLES / "adopt_in_one_line" / "web")
IDLE_IMAGE = LocalImage(argv=(sys.executable, "-c", "import time; time.sleep(60)"))


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("cloud") / "state").start()
    yield started
    started.end()


@pytest.fixture(scope="module")
def untouched(server: Server) -> set[str]:
    """What is there before anything is deployed."""
    return inventory(server.client)


@pytest.fixture(scope="module")
def deployed(server: Server, untouched: set[str], adopted: Example) -> Server:
    """The server with the shop on it."""
    deploy(adopted.directory, server.url, REGION, lambda _: None)
    return server


def services(server: Server) -> list[str]:
    ecs = server.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    return ecs.list_services(cluster=cluster)["serviceArns"]


def test_the_shop_deploys_with_its_alarms_policies_and_controller(deployed):
    alarms = deployed.client("cloudwatch").describe_alarms(AlarmNamePrefix="Shop-FastScaling")["MetricAlarms"]
    policies = deployed.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")
    assert {"Shop-FastScaling-CustomRPS", "Shop-FastScaling-PulseHeartbeat"} <= {alarm["AlarmName"] for alarm in alarms}
    assert "Shop-FastScaling-ScaleOut" in {policy["PolicyName"] for policy in policies["ScalingPolicies"]}
    assert len(services(deployed)) == 2


class Running:
    """The local cloud's ECS, with the shop's program for its image. Its tasks end with it, as when they are stopped."""

    def __init__(self, server: Server, processes: Processes) -> None:
        self._ecs = server.client("ecs")
        settings = fargate.FargateSettings(startup_seconds=0.0, task_environment=task_environment(server))
        self._part = fargate.build(
            settings,
            endpoint_url=server.url,
            region=REGION,
            processes=processes,
            images=LocalImages({"*": SHOP_IMAGE}, containers={names.PULSE_CONTAINER: IDLE_IMAGE}),
            say=lambda _: None,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._part.run, args=(self._stop,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def address(self) -> str | None:
        """Of the shop's first task that runs."""
        (cluster,) = self._ecs.list_clusters()["clusterArns"]
        arns = self._ecs.list_tasks(cluster=cluster)["taskArns"]
        for task in self._ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []:
            if task["lastStatus"] == "RUNNING" and task["containers"][0]["name"] == "Web":
                details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
                return str(details["privateIPv4Address"])
        return None


def task_environment(server: Server) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return {"AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": REGION, "PYTHONPATH": str(EXAMPLES.parent), **keys}


def get(address: str, path: str, **headers: str) -> str:
    request = urllib.request.Request(f"http://{address}:8080{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return str(answer.read().decode())


def test_its_task_is_healthy_counts_what_it_serves_and_publishes_where_the_alarm_looks(deployed, adopted):
    (group,) = deployed.client("elbv2").describe_target_groups()["TargetGroups"]
    with Processes() as processes, Running(deployed, processes) as running:
        assert eventually(running.address, seconds=20)
        address = str(running.address())
        assert get(address, group["HealthCheckPath"]) == '{"status":"ok"}'
        assert [get(address, "/") for _ in range(5)] == ['{"shop":"open"}'] * 5
        assert "\nfastscale_requests_total 5\n" in get(address, "/metrics", Accept="text/plain;version=0.0.4")

    cloudwatch = deployed.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["Shop-FastScaling-CustomRPS"])["MetricAlarms"]

    def published() -> float:
        found = cloudwatch.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=names.TOTAL_REQUESTS,
            StartTime=time.time() - 300,
            EndTime=time.time() + 60,
            Period=10,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    assert eventually(lambda: published() == 5, seconds=10)


def test_the_shop_goes_and_leaves_nothing_behind(deployed, untouched):
    cluster, *_ = deployed.client("ecs").list_clusters()["clusterArns"]
    for service in services(deployed):
        # Nobody runs tasks here: without this report the deletion would wait for them to stop.
        deployed.post("/ecs/tasks", {"cluster": cluster.split("/")[-1], "service": service.split("/")[-1], "tasks": []})
    deployed.delete("Shop")
    assert inventory(deployed.client) == untouched

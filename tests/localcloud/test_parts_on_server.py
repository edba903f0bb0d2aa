"""ECS's and ELB's parts on the real API server, with real tasks behind the real proxy, as an AWS client sees them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fastscale.aws.session import local_client
from fastscale.localcloud.backstage import ApiUnavailableError, Backstage
from fastscale.localcloud.balancer import part as balancer
from fastscale.localcloud.fargate import part as fargate
from fastscale.localcloud.fargate.images import LocalImage, LocalImages, base_environment
from fastscale.localcloud.processes import Child, Processes
from tests.free_ports import free_port

REGION = "ap-northeast-2"
CLUSTER = "shop"
SERVICE = "web"

#: Answers every request with the task's own ARN, as its metadata endpoint tells it.
TASK = """
import http.server, json, os, urllib.request
arn = json.load(urllib.request.urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task"))["TaskARN"].encode()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(arn)))
        self.end_headers()
        self.wfile.write(arn)
    def log_message(self, *_):
        print("asked for", self.path, flush=True)
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


#: Listens nowhere.
WORKER = "import time; time.sleep(600)"


def template(port: int) -> str:
    """A service of two tasks behind a load balancer, as small as ECS accepts it."""
    subnets = {
        f"Subnet{zone}": resource(
            "EC2::Subnet",
            VpcId={"Ref": "Vpc"},
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone=f"{REGION}{zone.lower()}",
        )
        for number, zone in enumerate("AB")
    }
    references = [{"Ref": name} for name in subnets]
    resources = subnets | {
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Name="shop-alb", Subnets=references),
        "Targets": resource(
            "ElasticLoadBalancingV2::TargetGroup",
            **{"Name": "web", "Port": port, "Protocol": "HTTP", "TargetType": "ip", "VpcId": {"Ref": "Vpc"}},
            **{"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthCheckPath": "/health"},
            TargetGroupAttributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "2"}],
        ),
        "Listener": resource(
            "ElasticLoadBalancingV2::Listener",
            **{"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 80, "Protocol": "HTTP"},
            DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        ),
        "Cluster": resource("ECS::Cluster", ClusterName=CLUSTER),
        "Logs": resource("Logs::LogGroup", LogGroupName="/ecs/web"),
        "Definition": resource(
            "ECS::TaskDefinition",
            **{"Family": "web", "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc"},
            RequiresCompatibilities=["FARGATE"],
            ContainerDefinitions=[container(port)],
        ),
        "Service": resource(
            "ECS::Service",
            **{"ServiceName": SERVICE, "Cluster": {"Ref": "Cluster"}, "DesiredCount": 2},
            **{"TaskDefinition": {"Ref": "Definition"}, "LaunchType": "FARGATE"},
            LoadBalancers=[{"ContainerName": "app", "ContainerPort": port, "TargetGroupArn": {"Ref": "Targets"}}],
            NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": references}},
        )
        | {"DependsOn": "Listener"},
    }
    return json.dumps({"Resources": resources})


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def container(port: int) -> dict[str, Any]:
    options = {"awslogs-group": "/ecs/web", "awslogs-stream-prefix": "ecs", "awslogs-region": REGION}
    return {
        "Name": "app",
        "Image": "shop/web",
        "PortMappings": [{"ContainerPort": port}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": options},
    }


class Cloud:
    """An API server with the parts that run one service."""

    def __init__(self, processes: Processes, directory: Path) -> None:
        self.port, self.alb_port, self.task_port = free_port(), free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        self.ecs, self.elbv2, self.logs = map(self.client, ("ecs", "elbv2", "logs"))
        self.said: list[str] = []
        self._processes = processes
        self._directory = directory
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.server = self.start_server()

    def start_server(self) -> Child:
        options = {"--port": self.port, "--state-dir": self._directory / "api", "--alb-port": self.alb_port}
        words = [str(word) for option in options.items() for word in option]
        server = self._processes.spawn(
            [sys.executable, "-m", "fastscale.localcloud.server", *words],
            name="api-server",
            env=base_environment(),
            log_path=self._directory / "server.log",
        )
        self.wait_for(self._ready, 60)
        return server

    def start_parts(self) -> None:
        web, worker = LocalImage((sys.executable, "-u", "-c", TASK)), LocalImage((sys.executable, "-c", WORKER))
        images = LocalImages({"shop/web": web}, containers={"worker": worker})
        common: dict[str, Any] = {"endpoint_url": self.url, "region": REGION, "processes": self._processes}
        settings = fargate.FargateSettings(startup_seconds=1.0)
        runs = [
            fargate.build(settings, **common, images=images, say=self.said.append).run,
            balancer.build(
                "shop-alb", **common, port=self.alb_port, directory=self._directory, say=self.said.append
            ).run,
        ]
        self._threads = [threading.Thread(target=run, args=(self._stop,)) for run in runs]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def client(self, name: str) -> Any:
        return local_client(name, endpoint_url=self.url, region=REGION)

    def service(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])
        return answer["services"][0]

    def counts(self) -> tuple[int, int, int]:
        seen = self.service()
        return seen["desiredCount"], seen["runningCount"], seen["pendingCount"]

    def target_states(self) -> Counter[str]:
        group = self.service()["loadBalancers"][0]["targetGroupArn"]
        answer = self.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return Counter(entry["TargetHealth"]["State"] for entry in answer)

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []

    def answering_tasks(self) -> set[str]:
        """Who answers through the load balancer; a status where nobody does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.alb_port, timeout=10)
        answers = set()
        for _ in range(8):
            connection.request("GET", "/")
            answer = connection.getresponse()
            text = answer.read().decode()
            answers.add(text if answer.status == 200 else str(answer.status))
        connection.close()
        return answers

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            return Backstage(self.url).boot().ready
        except ApiUnavailableError:
            return False


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Processes() as processes:
        cloud = Cloud(processes, tmp_path_factory.mktemp("cloud"))
        formation = cloud.client("cloudformation")
        formation.create_stack(StackName="shop", TemplateBody=template(cloud.task_port))
        formation.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
        cloud.start_parts()
        yield cloud
        cloud.close()


def test_tasks_start_become_healthy_and_answer_through_the_load_balancer(cloud: Cloud) -> None:
    cloud.wait_for(lambda: cloud.target_states() == {"healthy": 2})
    assert cloud.counts() == (2, 2, 0)
    arns = {task["taskArn"] for task in cloud.tasks()}
    cloud.wait_for(lambda: cloud.answering_tasks() == arns)
    assert {task["availabilityZone"] for task in cloud.tasks()} == {f"{REGION}a", f"{REGION}b"}
    cloud.wait_for(lambda: cloud.service()["events"][0]["message"] == "(service web) has reached a steady state.")


def test_a_stopped_task_drains_and_is_replaced(cloud: Cloud) -> None:
    victim = cloud.tasks()[0]["taskArn"]
    cloud.ecs.stop_task(cluster=CLUSTER, task=victim, reason="by hand")
    cloud.wait_for(lambda: cloud.target_states() == {"healthy": 2} and victim not in cloud.answering_tasks())
    cloud.wait_for(lambda: [task["lastStatus"] for task in cloud.tasks("STOPPED")] == ["STOPPED"])
    stopped = cloud.tasks("STOPPED")[0]
    assert (stopped["taskArn"], stopped["stopCode"], stopped["stoppedReason"]) == (victim, "UserInitiated", "by hand")
    assert stopped["containers"][0]["exitCode"] == 128 + signal.SIGTERM


def test_the_output_of_tasks_is_in_their_log_streams(cloud: Cloud) -> None:
    task_id = cloud.tasks()[0]["taskArn"].rsplit("/", 1)[-1]
    stream = {"logGroupName": "/ecs/web", "logStreamName": f"ecs/app/{task_id}"}

    def lines() -> list[str]:
        try:
            return [event["message"] for event in cloud.logs.get_log_events(**stream)["events"]]
        except cloud.logs.exceptions.ResourceNotFoundException:
            return []

    cloud.wait_for(lambda: "asked for /health" in lines())


def test_a_service_without_a_load_balancer_in_another_cluster_lives_beside_it(cloud: Cloud) -> None:
    cloud.ecs.create_cluster(clusterName="back-office")
    cloud.ecs.register_task_definition(
        family="worker", cpu="256", memory="512", containerDefinitions=[{"name": "worker", "image": "shop/worker"}]
    )
    cloud.ecs.create_service(cluster="back-office", serviceName="worker", taskDefinition="worker", desiredCount=1)

    def worker() -> dict[str, Any]:
        answer: dict[str, Any] = cloud.ecs.describe_services(cluster="back-office", services=["worker"])
        return answer["services"][0]

    cloud.wait_for(lambda: worker()["deployments"][0]["rolloutState"] == "COMPLETED")
    cloud.wait_for(lambda: worker()["events"][0]["message"] == "(service worker) has reached a steady state.")
    cloud.ecs.delete_service(cluster="back-office", service="worker", force=True)
    cloud.wait_for(lambda: worker()["status"] == "INACTIVE")
    assert cloud.target_states() == {"healthy": 2}


def test_a_restarted_server_finds_everything_as_it_was(cloud: Cloud) -> None:
    cloud.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=3)
    cloud.wait_for(lambda: cloud.target_states() == {"healthy": 3})
    arns = {task["taskArn"] for task in cloud.tasks()}
    cloud.wait_for(lambda: cloud.answering_tasks() == arns)
    os.kill(cloud.server.pid, signal.SIGKILL)
    cloud.server.wait()
    assert cloud.answering_tasks() == arns
    cloud.server = cloud.start_server()
    cloud.wait_for(lambda: cloud.counts() == (3, 3, 0) and cloud.target_states() == {"healthy": 3})
    cloud.wait_for(lambda: cloud.answering_tasks() == arns)


def test_a_broken_deployment_is_rolled_back_while_the_old_tasks_answer(cloud: Cloud) -> None:
    before = cloud.service()["deployments"][0]
    arns = {task["taskArn"] for task in cloud.tasks()}
    definition = cloud.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    containers = [{**definition["containerDefinitions"][0], "image": "shop/broken"}]
    cloud.ecs.register_task_definition(family="web", cpu="256", memory="512", containerDefinitions=containers)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    cloud.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition="web", deploymentConfiguration=breaker)

    def back() -> bool:
        deployments = cloud.service()["deployments"]
        return [(one["id"], one["rolloutState"]) for one in deployments] == [(before["id"], "COMPLETED")]

    cloud.wait_for(back)
    assert {task["taskArn"] for task in cloud.tasks()} == arns
    assert cloud.answering_tasks() == arns
    messages = [event["message"] for event in reversed(cloud.service()["events"])]
    failed = next(number for number, message in enumerate(messages) if "deployment failed: tasks failed" in message)
    assert messages[failed + 1] == f"(service web) rolling back to deployment {before['id']}."
    reasons = {task["stoppedReason"] for task in cloud.tasks("STOPPED")}
    assert any("no local command stands for image 'shop/broken'" in reason for reason in reasons)

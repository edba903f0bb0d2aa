"""The local API server with one service, whose tasks are stubs: what ECS and the load balancer would do, in short."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config

from benchmarks.pulse_parts.stub_tasks import StubTask, StubTasks
from fastscale import names
from fastscale.aws.session import local_client

CLUSTER = SERVICE = "chaos"
RESOURCE_ID = f"service/{CLUSTER}/{SERVICE}"
REGION = names.REGION
#: From launch to RUNNING, and to the first passed health check, in seconds.
RUNNING_AFTER_SECONDS = 2.0
HEALTHY_AFTER_SECONDS = 4.0


def free_port() -> int:
    """A port that is free on loopback now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """The API server as a child process."""

    def __init__(self, state_dir: Path) -> None:
        self.url = f"http://localhost:{(port := free_port())}"
        options = {"--port": port, "--state-dir": state_dir, "--alb-port": free_port(), "--region": REGION}
        words = [str(word) for option in options.items() for word in option]
        log = (state_dir.parent / "server.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fastscale.localcloud.server", *words], stdout=log, stderr=log
        )
        self._wait()

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client of it."""
        return local_client(service, endpoint_url=self.url, region=REGION, config=config)

    def post(self, path: str, body: object) -> None:
        """Write a state that has no public API."""
        content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_fastscale{path}", content, headers)
        urllib.request.urlopen(request, timeout=10).close()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_fastscale/health", timeout=2) as answer:
                    if json.load(answer)["ready"]:
                        return
            except OSError:
                time.sleep(0.1)
        self._process.kill()
        sys.exit("error: the API server did not start")


@dataclass
class Running:
    """A task and when it was launched (epoch seconds)."""

    stub: StubTask
    number: int
    launched_at: float

    def status(self, now: float) -> str:
        """As ECS names it."""
        return "RUNNING" if now >= self.launched_at + RUNNING_AFTER_SECONDS else "PENDING"

    def healthy(self, now: float) -> bool:
        """Whether it takes traffic."""
        return now >= self.launched_at + HEALTHY_AFTER_SECONDS


@dataclass
class Cloud:
    """One service between ``minimum`` and ``maximum`` tasks."""

    server: Server
    tasks: StubTasks
    minimum: int
    maximum: int
    running: list[Running] = field(default_factory=list)
    desired: int = 0
    _launched: int = 0
    _registered: set[str] = field(default_factory=set)
    _reported: object = None

    def deploy(self) -> None:
        """Make the service, with its load balancer and scalable target."""
        template = json.dumps({"Resources": _resources(self.minimum, self.tasks.port)})
        cloudformation = self.server.client("cloudformation")
        cloudformation.create_stack(StackName=SERVICE, TemplateBody=template)
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=SERVICE, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        self._ecs, self._elb = self.server.client("ecs"), self.server.client("elbv2")
        groups = self._elb.describe_target_groups(Names=[SERVICE])["TargetGroups"]
        self._group = groups[0]["TargetGroupArn"]
        self._autoscaling = self.server.client("application-autoscaling")
        self.limit(self.minimum, self.maximum)

    def limit(self, minimum: int, maximum: int) -> None:
        """Move the limits, as an operator or a schedule would; the count stays as it is."""
        self.minimum, self.maximum = minimum, maximum
        self._autoscaling.register_scalable_target(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceId=RESOURCE_ID,
            ScalableDimension=names.SCALABLE_DIMENSION,
            MinCapacity=minimum,
            MaxCapacity=maximum,
        )

    def step(self) -> None:
        """Start and stop tasks as the desired count says, and report what changed."""
        now = time.time()
        answer = self._ecs.describe_services(cluster=CLUSTER, services=[SERVICE])
        self.desired = answer["services"][0]["desiredCount"]
        while len(self.running) < self.desired:
            self._launch(now)
        while len(self.running) > self.desired:
            self.end(self.running[-1])
        self._report(now)

    def end(self, task: Running) -> None:
        """Let a task die; ECS replaces it in the next step if it is still wanted."""
        self.running.remove(task)
        self.tasks.kill(task.stub)

    def serving(self) -> list[Running]:
        """Who takes traffic."""
        now = time.time()
        return [task for task in self.running if task.healthy(now)]

    def set_desired(self, desired: int) -> None:
        """As an operator would."""
        self._ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=desired)

    def _launch(self, now: float) -> None:
        self._launched += 1
        number = self._launched
        stub = StubTask(f"127.0.{100 + number // 250 % 100}.{number % 250 + 1}")
        self.tasks.start(stub)
        self.running.append(Running(stub, number, now))

    def _report(self, now: float) -> None:
        reported = [(task.number, task.status(now), task.healthy(now)) for task in self.running]
        if reported == self._reported:
            return
        self.server.post("/ecs/tasks", {"cluster": CLUSTER, "service": SERVICE, "tasks": self._task_reports(now)})
        registered = {task.stub.host for task in self.running if task.status(now) == "RUNNING"}
        self._register(registered)
        healths = [
            {"id": task.stub.host, "port": self.tasks.port, "state": "healthy" if task.healthy(now) else "initial"}
            for task in self.running
            if task.stub.host in registered
        ]
        self.server.post("/elbv2/target-health", {"targetGroupArn": self._group, "targets": healths})
        self._reported = reported

    def _task_reports(self, now: float) -> list[dict[str, Any]]:
        prefix = f"arn:aws:ecs:{REGION}:123456789012"
        return [
            {
                "taskArn": f"{prefix}:task/{CLUSTER}/{task.number:032x}",
                "taskDefinitionArn": f"{prefix}:task-definition/{SERVICE}:1",
                "lastStatus": task.status(now),
                "desiredStatus": "RUNNING",
                "createdAt": task.launched_at,
                "cpu": "256",
                "memory": "512",
                "privateIp": task.stub.host,
            }
            for task in self.running
        ]

    def _register(self, hosts: set[str]) -> None:
        def shapes(chosen: set[str]) -> list[dict[str, Any]]:
            return [{"Id": host, "Port": self.tasks.port} for host in sorted(chosen)]

        if gone := self._registered - hosts:
            self._elb.deregister_targets(TargetGroupArn=self._group, Targets=shapes(gone))
        if new := hosts - self._registered:
            self._elb.register_targets(TargetGroupArn=self._group, Targets=shapes(new))
        self._registered = hosts


def spread(total: float, tasks: list[Running], dice: random.Random) -> None:
    """Add ``total`` requests to the counters of ``tasks``, unevenly, as a load balancer does."""
    shares = [dice.uniform(0.8, 1.2) for _ in tasks]
    for task, share in zip(tasks, shares, strict=True):
        task.stub.requests += total * share / sum(shares)


def _resources(desired: int, port: int) -> dict[str, Any]:
    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::{kind}", "Properties": properties}

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
    container = {"Name": "app", "Image": "app", "PortMappings": [{"ContainerPort": port}]}
    target_group = {"Name": SERVICE, "Port": port, "Protocol": "HTTP", "TargetType": "ip", "VpcId": {"Ref": "Vpc"}}
    balancer = {"ContainerName": "app", "ContainerPort": port, "TargetGroupArn": {"Ref": "Targets"}}
    return subnets | {
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Name=SERVICE, Subnets=references),
        "Targets": resource("ElasticLoadBalancingV2::TargetGroup", **target_group),
        "Listener": resource(
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn={"Ref": "Balancer"},
            Port=80,
            Protocol="HTTP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        ),
        "Cluster": resource("ECS::Cluster", ClusterName=CLUSTER),
        "Definition": resource(
            "ECS::TaskDefinition",
            Family=SERVICE,
            Cpu="256",
            Memory="512",
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            ContainerDefinitions=[container],
        ),
        "Service": resource(
            "ECS::Service",
            ServiceName=SERVICE,
            Cluster={"Ref": "Cluster"},
            DesiredCount=desired,
            TaskDefinition={"Ref": "Definition"},
            LaunchType="FARGATE",
            LoadBalancers=[balancer],
            NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": references}},
        )
        | {"DependsOn": "Listener"},
    }

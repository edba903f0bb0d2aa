"""A service on the real API server, whose tasks and targets are what a test says they are."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.session import CONTROL_CONFIG, LOCAL_KEY, MakeClient, quick_session
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import service_template

PREFIX = "arn:aws:ecs:ap-northeast-2:123456789012"


@cache
def shared_server() -> Server:
    """The API server of this test process, started when the first test asks for it and ended with the process."""
    directory = Path(tempfile.mkdtemp(prefix="fastscale-test-"))
    server = Server(directory / "state").start()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    atexit.register(server.end)
    return server


class Shop:
    """One service behind a load balancer, registered with Application Auto Scaling for 2 to 20 tasks."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.id = f"service/{name}/{name}"
        self.hosts: list[tuple[str, int]] = []
        stack = server.deploy(name, service_template(name))
        assert stack["StackStatus"] == "CREATE_COMPLETE", server.events(name)
        groups = server.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"]
        self.group = groups[0]["TargetGroupArn"]
        self.limit(2, 20)

    def limit(self, minimum: int, maximum: int, **suspended: bool) -> None:
        self.server.client("application-autoscaling").register_scalable_target(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceId=self.id,
            ScalableDimension=names.SCALABLE_DIMENSION,
            MinCapacity=minimum,
            MaxCapacity=maximum,
            **({"SuspendedState": suspended} if suspended else {}),
        )

    def tasks(self, statuses: Sequence[str], *, hosts: Sequence[tuple[str, int]] = (), launched: float = 0) -> None:
        """The service's tasks; each has the address at its place in ``hosts``, or one made up."""
        reports = []
        for number, status in enumerate(statuses):
            host = hosts[number][0] if number < len(hosts) else f"127.0.2.{number + 1}"
            reports.append(
                {
                    "taskArn": f"{PREFIX}:task/{self.name}/{number:032x}",
                    "taskDefinitionArn": f"{PREFIX}:task-definition/{self.name}:1",
                    "lastStatus": status,
                    "desiredStatus": "RUNNING",
                    "createdAt": launched or time.time(),
                    "cpu": "256",
                    "memory": "512",
                    "privateIp": host,
                }
            )
        self.server.post("/ecs/tasks", {"cluster": self.name, "service": self.name, "tasks": reports})

    def targets(self, states: Sequence[str], *, hosts: Sequence[tuple[str, int]] = ()) -> None:
        """The registered targets and their health; all others leave."""
        wanted = [hosts[n] if n < len(hosts) else (f"127.0.2.{n + 1}", 8080) for n in range(len(states))]
        elb = self.server.client("elbv2")
        gone = [pair for pair in self.hosts if pair not in wanted]
        if gone:
            elb.deregister_targets(TargetGroupArn=self.group, Targets=_shapes(gone))
        if wanted:
            elb.register_targets(TargetGroupArn=self.group, Targets=_shapes(wanted))
        self.hosts = wanted
        reported = [
            {"id": host, "port": port, "state": state} for (host, port), state in zip(wanted, states, strict=True)
        ]
        self.server.post("/elbv2/target-health", {"targetGroupArn": self.group, "targets": reported})

    def serving(self, tasks: int, **options: Any) -> None:
        """That many tasks run and serve."""
        self.tasks(["RUNNING"] * tasks, **options)
        self.targets(["healthy"] * tasks)

    def desired(self) -> int:
        described = self.server.client("ecs").describe_services(cluster=self.name, services=[self.name])
        return int(described["services"][0]["desiredCount"])

    def set_desired(self, desired: int) -> None:
        self.server.client("ecs").update_service(cluster=self.name, service=self.name, desiredCount=desired)

    def close(self) -> None:
        self.server.post("/ecs/tasks", {"cluster": self.name, "service": self.name, "tasks": []})
        self.server.delete(self.name)


def clients(server: Server, *, refuse: dict[str, float] | None = None, seed: int = 1) -> MakeClient:
    """Clients of the server, of which the operations in ``refuse`` are throttled with that probability.

    The key ``*`` stands for every operation that is not named.
    """
    dice = random.Random(seed)
    shares = {} if refuse is None else refuse

    def before_call(model: Any, **_: Any) -> None:
        if dice.random() < shares.get(model.name, shares.get("*", 0.0)):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, model.name)

    def make(service: str) -> Any:
        client = _session().client(service, endpoint_url=server.url, config=CONTROL_CONFIG)
        client.meta.events.register("before-call", before_call)
        return client

    return make


@cache
def _session() -> Any:
    """One session for all clients, as a controller has it: it reads the large description of each API only once."""
    return quick_session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=REGION)


def _shapes(pairs: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"Id": host, "Port": port} for host, port in pairs]

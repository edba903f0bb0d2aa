"""What tests of the local cloud share: an API server in memory, processes that are none, a free port."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastscale.errors import MissingPartError
from fastscale.localcloud.backstage import ApiUnavailableError, Boot
from fastscale.localcloud.fargate.api import DEFAULT_STOP_REASON, TargetState
from fastscale.localcloud.fargate.definitions import LogTarget, ServiceView, TaskDefinition
from fastscale.localcloud.fargate.lifecycle import Action, Facts, Task
from fastscale.localcloud.targets import Target

GROUP = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/web/73e2d6bc24d8a067"
SERVICE_ARN = "arn:aws:ecs:ap-northeast-2:123456789012:service/shop/web"
FIRST_DEFINITION = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web:1"
SECOND_DEFINITION = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web:2"


def definition(arn: str = FIRST_DEFINITION, **changes: Any) -> TaskDefinition:
    return replace(
        TaskDefinition(
            arn=arn,
            family="web",
            revision=int(arn.rsplit(":", 1)[-1]),
            cpu_units=256,
            memory_mib=512,
            container="app",
            image="123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/web:latest",
            port=8080,
            environment={"COLOR": "blue"},
            stop_timeout_seconds=30.0,
            log=LogTarget("/ecs/web", "ecs"),
        ),
        **changes,
    )


@dataclass
class FakeApi:
    """What the loops read and write; ``down`` makes every call fail, as an API server that is away."""

    wanted: ServiceView | None = field(
        default_factory=lambda: ServiceView(
            arn=SERVICE_ARN,
            cluster_arn="arn:aws:ecs:ap-northeast-2:123456789012:cluster/shop",
            desired_count=2,
            deployment_id="ecs-svc/1",
            definition_arn=FIRST_DEFINITION,
            subnets=("subnet-a", "subnet-b"),
            target_group_arn=GROUP,
            container_port=8080,
            minimum_healthy_percent=50,
            maximum_percent=200,
        )
    )
    definitions: dict[str, TaskDefinition] = field(
        default_factory=lambda: {arn: definition(arn) for arn in (FIRST_DEFINITION, SECOND_DEFINITION)}
    )
    boot_id: str = "first"
    ready: bool = True
    down: bool = False
    delay_seconds: float = 10.0
    new_target_state: str = "healthy"
    targets: dict[Target, str] = field(default_factory=dict)
    deregistered: list[Target] = field(default_factory=list)
    reports: list[Sequence[Mapping[str, Any]]] = field(default_factory=list)
    stop_requests: dict[str, str] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    desired_counts_set: list[int] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    roll_back_to: tuple[str, str] | None = None

    def change(self, **changes: Any) -> None:
        """A client changes the service."""
        assert self.wanted is not None
        self.wanted = replace(self.wanted, **changes)

    def restart(self, **changes: Any) -> None:
        """The server process is another one, which knows its stacks and nothing else."""
        self.boot_id += "+"
        self.targets.clear()
        self.reports.clear()
        self.change(**changes)

    def task(self, task_id: str) -> Mapping[str, Any]:
        """A task as last reported."""
        return next(entry for entry in self.reports[-1] if entry["taskArn"].endswith(task_id))

    def boot(self) -> Boot:
        self._answer()
        return Boot(self.boot_id, self.ready)

    def view(self) -> ServiceView | None:
        self._answer()
        return self.wanted

    def task_definition(self, arn: str) -> TaskDefinition:
        self._answer()
        return self.definitions[arn]

    def set_desired_count(self, count: int) -> None:
        self._answer()
        self.desired_counts_set.append(count)
        self.change(desired_count=count)

    def zones(self, subnets: Sequence[str]) -> Sequence[str]:
        self._answer()
        return [subnet.replace("subnet-", "ap-northeast-2") for subnet in subnets]

    def stop_reasons(self, task_arns: Sequence[str]) -> Mapping[str, str]:
        self._answer()
        return {arn: self.stop_requests.get(arn, DEFAULT_STOP_REASON) for arn in task_arns}

    def register(self, group_arn: str, targets: Collection[Target]) -> None:
        self._answer()
        assert group_arn == GROUP
        self.targets |= dict.fromkeys(targets, self.new_target_state)

    def deregister(self, group_arn: str, targets: Collection[Target]) -> None:
        self._answer()
        assert group_arn == GROUP
        self.deregistered.extend(targets)
        for target in targets:
            self.targets.pop(target, None)

    def health(self, group_arn: str) -> Mapping[Target, TargetState]:
        self._answer()
        return {target: TargetState(state, "Request timed out") for target, state in self.targets.items()}

    def deregistration_delay_seconds(self, group_arn: str) -> float:
        self._answer()
        return self.delay_seconds

    def report_tasks(self, tasks: Sequence[Mapping[str, Any]]) -> Sequence[str]:
        self._answer()
        self.reports.append(tasks)
        alive = {task["taskArn"] for task in tasks if task["lastStatus"] != "STOPPED"}
        return sorted(alive & self.stop_requests.keys())

    def add_event(self, message: str) -> None:
        self._answer()
        self.events.append(message)

    def report_failures(self, deployment_id: str, count: int) -> None:
        self._answer()
        self.failures[deployment_id] = count

    def fail_deployment(self, deployment_id: str) -> str | None:
        """Roll back to ``roll_back_to`` (deployment and definition), or leave the deployment failed."""
        self._answer()
        if self.roll_back_to is None:
            self.change(failed=True)
            return None
        self.change(deployment_id=self.roll_back_to[0], definition_arn=self.roll_back_to[1])
        return self.roll_back_to[0]

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        self._answer()
        self.metrics.extend({"Namespace": namespace, **datum} for datum in data)

    def _answer(self) -> None:
        if self.down:
            raise ApiUnavailableError("connection refused")


@dataclass
class FakeRuntime:
    """Processes by task id; ``deaf`` ones ignore SIGTERM, and those of a broken definition cannot start."""

    listens: bool = True
    missing_program: bool = False
    deaf: bool = False
    broken_definition: str | None = None
    launched: list[str] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    actions: list[tuple[str, Action]] = field(default_factory=list)

    def die(self, task_id: str, exit_code: int = 137) -> None:
        """The process of a task ends by itself."""
        self.ended[task_id] = exit_code

    def facts(self, task: Task) -> Facts:
        return Facts(launched=task.id in self.launched, listening=self.listens, exit_code=self.ended.get(task.id))

    def act(self, task: Task, action: Action, definition: TaskDefinition) -> None:
        self.actions.append((task.id, action))
        if action is Action.LAUNCH:
            if self.missing_program or definition.arn == self.broken_definition:
                raise MissingPartError("program 'uvicorn' was not found")
            self.launched.append(task.id)
        elif action is Action.KILL:
            self.ended[task.id] = 137
        elif not self.deaf:
            self.ended[task.id] = 143

    def pid(self, task_id: str) -> int | None:
        return None

    def forget(self, task_id: str) -> None:
        self.launched.remove(task_id) if task_id in self.launched else None

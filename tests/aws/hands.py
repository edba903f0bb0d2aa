"""AWS in memory, for tests that decide themselves when which answer comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from fastscale.aws.services import EcsServices
from fastscale.ports import ServiceView, Target
from tests.control.fakes import SERVICE, FakeLease, HandClock

GROUP = "group/blue"


@dataclass
class HandAws:
    """One service; ``before_answering`` is run between what an operation sees and its answer, once."""

    desired: int = 5
    limits: tuple[int, int] = (2, 100)
    #: What DescribeServices says beside the counts.
    extra: Mapping[str, Any] = field(default_factory=lambda: {"loadBalancers": [{"targetGroupArn": GROUP}]})
    healthy: dict[str, Sequence[Target]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    before_answering: Callable[[str], None] | None = None
    asked: list[str] = field(default_factory=list)
    set_counts: list[int] = field(default_factory=list)

    def client(self, name: str) -> Any:
        return self

    @property
    def meta(self) -> Any:
        """Where a client lets others know of its requests: this one sends none."""
        return SimpleNamespace(events=SimpleNamespace(register=lambda *_: None))

    def describe_services(self, *, cluster: str, services: Sequence[str]) -> Any:
        return self._answer("describe_services", {"services": [self._service()]})

    def update_service(self, *, cluster: str, service: str, desiredCount: int) -> Any:  # noqa: N803 - AWS's word
        if "update_service" not in self.errors:
            self.desired = desiredCount
            self.set_counts.append(desiredCount)
        return self._answer("update_service", {"service": self._service()})

    def describe_scalable_targets(self, **_: Any) -> Any:
        minimum, maximum = self.limits
        target = {
            "ResourceId": SERVICE,
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": minimum,
            "MaxCapacity": maximum,
        }
        return self._answer("describe_scalable_targets", {"ScalableTargets": [target]})

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803 - AWS's word
        found = [
            {"Target": {"Id": target.host, "Port": target.port}, "TargetHealth": {"State": "healthy"}}
            for target in self.healthy.get(TargetGroupArn, ())
        ]
        return self._answer(f"describe_target_health {TargetGroupArn}", {"TargetHealthDescriptions": found})

    def _service(self) -> dict[str, Any]:
        counts = {"desiredCount": self.desired, "runningCount": self.desired, "pendingCount": 0}
        return {"serviceName": "web", "status": "ACTIVE", **counts, **self.extra}

    def _answer(self, operation: str, seen: Any) -> Any:
        self.asked.append(operation)
        meanwhile, self.before_answering = self.before_answering, None
        if meanwhile is not None:
            meanwhile(operation)
        if operation in self.errors:
            raise self.errors[operation]
        return seen


class HandDesk:
    """The port on a :class:`HandAws`, without threads: looks are taken when a test says so."""

    def __init__(self, aws: HandAws, *, target_groups: Mapping[str, str] | None = None) -> None:
        self.aws = aws
        self.clock = HandClock(100.0)
        self.lease = FakeLease()
        self.services = EcsServices(
            [SERVICE], clients=aws.client, clock=self.clock, lease=self.lease, target_groups=target_groups
        )
        self._asks = {look.name: look.ask for look in self.services.looks}

    def look(self, name: str) -> None:
        self._asks[name]([SERVICE])

    def look_at_all(self) -> None:
        for name in ("DescribeServices", "DescribeScalableTargets", "DescribeTargetHealth"):
            self.look(name)

    def view(self) -> ServiceView:
        seen = self.services.view(SERVICE, 0.0)
        assert isinstance(seen, ServiceView), seen
        return seen

"""The load balancer, its target group and who is registered there, read through the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from fastscale.localcloud.backstage import Backstage, Boot, api_errors
from fastscale.localcloud.balancer.health import HealthSettings, TargetHealth
from fastscale.localcloud.targets import Target

Shape = Mapping[str, Any]


@dataclass(frozen=True)
class TargetGroup:
    """The target group that the load balancer forwards to."""

    arn: str
    load_balancer_arn: str
    health_check: HealthSettings

    @property
    def load_balancer_name(self) -> str:
        """The value of the LoadBalancer dimension, as in ``app/my-alb/50dc6c495c0c9188``."""
        return self.load_balancer_arn.partition(":loadbalancer/")[2]

    @property
    def full_name(self) -> str:
        """The value of the TargetGroup dimension, as in ``targetgroup/my-targets/73e2d6bc24d8a067``."""
        return self.arn.rsplit(":", 1)[-1]


@dataclass(frozen=True)
class Registration:
    """A registered target; ``draining`` once it was deregistered. ``registered_at`` in epoch seconds."""

    target: Target
    registered_at: float
    draining: bool = False


class BalancerApi(Protocol):
    """What the load balancer needs of the API."""

    def boot(self) -> Boot:
        """Which run of the API server answers."""
        ...

    def group(self) -> TargetGroup | None:
        """The load balancer's target group; None while there is none."""
        ...

    def registrations(self, group_arn: str) -> Sequence[Registration]:
        """The targets of a group, draining ones included."""
        ...

    def report(self, group_arn: str, healths: Mapping[Target, TargetHealth]) -> None:
        """Tell the health of all registered targets."""
        ...


class BotoBalancerApi:
    """BalancerApi on a boto3 client of ``elbv2`` and the private routes, for the load balancer called ``name``."""

    def __init__(self, *, elbv2: Any, backstage: Backstage, name: str) -> None:
        self._elbv2 = elbv2
        self._backstage = backstage
        self._name = name

    def boot(self) -> Boot:
        """Which run of the API server answers."""
        return self._backstage.boot()

    def group(self) -> TargetGroup | None:
        """The target group that the first forwarding listener forwards to by default."""
        try:
            with api_errors(ignore=("LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound")):
                return self._find_group()
        except ClientError:
            return None

    def registrations(self, group_arn: str) -> Sequence[Registration]:
        """The targets of a group, draining ones included."""
        answer = self._backstage.get("/elbv2/targets", targetGroupArn=group_arn)
        return [
            Registration(
                Target(str(entry["id"]), int(entry["port"])),
                float(entry["registeredAt"]),
                draining=entry.get("deregisteredAt") is not None,
            )
            for entry in answer
        ]

    def report(self, group_arn: str, healths: Mapping[Target, TargetHealth]) -> None:
        """Tell the health of all registered targets."""
        targets = [
            {
                "id": target.ip,
                "port": target.port,
                "state": health.state.value,
                "reason": health.reason,
                "description": health.description,
            }
            for target, health in healths.items()
        ]
        self._backstage.post("/elbv2/target-health", {"targetGroupArn": group_arn, "targets": targets})

    def _find_group(self) -> TargetGroup | None:
        balancer = self._elbv2.describe_load_balancers(Names=[self._name])["LoadBalancers"][0]
        arn = balancer["LoadBalancerArn"]
        listeners = self._elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        group_arn = next(filter(None, map(_forwards_to, listeners)), None)
        if group_arn is None:
            return None
        group = self._elbv2.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]
        return TargetGroup(group_arn, arn, health_settings(group))


def health_settings(shape: Shape) -> HealthSettings:
    """The health check of a target group of DescribeTargetGroups."""
    return HealthSettings(
        path=shape.get("HealthCheckPath") or "/",
        interval_seconds=float(shape["HealthCheckIntervalSeconds"]),
        timeout_seconds=float(shape["HealthCheckTimeoutSeconds"]),
        healthy_threshold=int(shape["HealthyThresholdCount"]),
        unhealthy_threshold=int(shape["UnhealthyThresholdCount"]),
        codes=(shape.get("Matcher") or {}).get("HttpCode") or "200",
    )


def _forwards_to(listener: Shape) -> str | None:
    for action in listener.get("DefaultActions") or ():
        if action.get("Type") == "forward":
            weighted = (action.get("ForwardConfig") or {}).get("TargetGroups") or [{}]
            arn = action.get("TargetGroupArn") or weighted[0].get("TargetGroupArn")
            return str(arn) if arn else None
    return None

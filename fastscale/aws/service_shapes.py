"""What the ECS, ELB and Application Auto Scaling APIs say of a service, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastscale import names
from fastscale.aws.shapes import epoch
from fastscale.ports import Target

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceId:
    """An ECS service, as Application Auto Scaling names it: ``service/<cluster>/<name>``."""

    cluster: str
    name: str

    @classmethod
    def of(cls, resource_id: str) -> ServiceId:
        """From ``service/<cluster>/<name>``."""
        _, cluster, name = resource_id.split("/")
        return cls(cluster, name)

    @property
    def resource_id(self) -> str:
        """``service/<cluster>/<name>``."""
        return f"service/{self.cluster}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What DescribeServices says: tasks wanted, running and pending, and whether a deployment is under way."""

    desired: int
    running: int
    pending: int
    deploying: bool
    target_groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What DescribeScalableTargets says: capacities in tasks, and which kinds of scaling are suspended."""

    minimum: int
    maximum: int
    out_suspended: bool = False
    in_suspended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetStates:
    """What DescribeTargetHealth says. ``draining`` targets take no new requests and are left out."""

    healthy: frozenset[Target]
    unhealthy: frozenset[Target] = frozenset()
    initial: frozenset[Target] = frozenset()

    @property
    def serving(self) -> frozenset[Target]:
        """Who takes traffic: the healthy targets, and all of them when none is healthy.

        Elastic Load Balancing user guide, "Health checks for Application Load Balancer target groups": a target group
        with unhealthy targets only is sent requests all the same.
        """
        return self.healthy or self.unhealthy


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskLife:
    """What DescribeTasks says: when the task was created (seconds since 1970) and its address once it has one."""

    arn: str
    launched_at: float
    host: str | None


def counts(service: Shape) -> Counts | None:
    """One service of DescribeServices or UpdateService; None when it is not active."""
    if service["status"] != "ACTIVE":
        return None
    deployments = service.get("deployments") or []
    return Counts(
        desired=service["desiredCount"],
        running=service["runningCount"],
        pending=service["pendingCount"],
        deploying=len(deployments) > 1 or any(one.get("rolloutState") == "IN_PROGRESS" for one in deployments),
        target_groups=tuple(
            balancer["targetGroupArn"]
            for balancer in service.get("loadBalancers") or []
            if "targetGroupArn" in balancer
        ),
    )


def limits(answer: Shape) -> dict[str, Limits]:
    """The scalable targets of one answer of DescribeScalableTargets, by resource id."""
    return {
        target["ResourceId"]: _limits(target)
        for target in answer["ScalableTargets"]
        if target["ScalableDimension"] == names.SCALABLE_DIMENSION
    }


def _limits(target: Shape) -> Limits:
    suspended = target.get("SuspendedState") or {}
    return Limits(
        minimum=target["MinCapacity"],
        maximum=target["MaxCapacity"],
        out_suspended=bool(suspended.get("DynamicScalingOutSuspended")),
        in_suspended=bool(suspended.get("DynamicScalingInSuspended")),
    )


def target_states(answer: Shape) -> TargetStates:
    """One answer of DescribeTargetHealth."""
    by_state: dict[str, set[Target]] = {}
    for description in answer["TargetHealthDescriptions"]:
        target = Target(description["Target"]["Id"], int(description["Target"]["Port"]))
        by_state.setdefault(description["TargetHealth"]["State"], set()).add(target)
    return TargetStates(
        healthy=frozenset(by_state.get("healthy", ())),
        unhealthy=frozenset(by_state.get("unhealthy", ())),
        initial=frozenset(by_state.get("initial", ())),
    )


def task_lives(tasks: Iterable[Shape]) -> list[TaskLife]:
    """The tasks of DescribeTasks; one that has no creation time yet is not known well enough."""
    found = []
    for task in tasks:
        launched_at = epoch(task.get("createdAt"))
        if launched_at is not None:
            found.append(TaskLife(arn=task["taskArn"], launched_at=launched_at, host=_address(task)))
    return found


def _address(task: Shape) -> str | None:
    for attachment in task.get("attachments") or []:
        for detail in attachment.get("details") or []:
            if detail.get("name") == "privateIPv4Address":
                return str(detail["value"])
    return None

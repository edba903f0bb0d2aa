"""What the ECS, ELB and Application Auto Scaling APIs say of a service, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from itertools import chain, zip_longest
from typing import Any

from fastscale import names
from fastscale.aws.shapes import epoch
from fastscale.ports import Target

Shape = Mapping[str, Any]

_ADDRESS_DETAILS = ("privateIPv4Address", "privateIPv6Address", "ipv6Address")


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
    """What DescribeServices says: tasks wanted, running and pending, and whether a deployment is under way.

    ``target_groups`` has the ARNs of each load balancer's groups: several where deployments go from one to another.
    """

    desired: int
    running: int
    pending: int
    deploying: bool
    target_groups: tuple[tuple[str, ...], ...] = ()

    def groups_with(self, configured: str | None) -> tuple[str, ...]:
        """The target groups that hold the tasks which share traffic with those of the ``configured`` one.

        Without one the first load balancer counts. A configured group that ECS names no more, because a deployment left
        it, is read beside the groups of the only load balancer there is.
        """
        if configured is None:
            return self.target_groups[0] if self.target_groups else ()
        for groups in self.target_groups:
            if configured in groups:
                return groups
        return (configured, *self.target_groups[0]) if len(self.target_groups) == 1 else (configured,)


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
    """What DescribeTasks says: when the task was created (seconds since 1970) and its addresses once it has them.

    A task in a dual-stack subnet has two; which one is registered is the target group's affair.
    """

    arn: str
    launched_at: float
    hosts: frozenset[str] = frozenset()


def counts(service: Shape) -> Counts | None:
    """One service of DescribeServices or UpdateService; None when it is not active."""
    if service["status"] != "ACTIVE":
        return None
    return Counts(
        desired=service["desiredCount"],
        running=service["runningCount"],
        pending=service["pendingCount"],
        deploying=_deploying(service),
        target_groups=_target_groups(service),
    )


def _deploying(service: Shape) -> bool:
    """Whether tasks of two kinds run, or those of a new kind come.

    Services whose deployments CodeDeploy or somebody else controls have task sets instead of deployments; one is steady
    when all of its tasks run and are healthy (ECS API reference, Service, Deployment and TaskSet). While both of a
    blue/green deployment run, the tasks that lost the traffic have no load, yet are kept for the way back.
    """
    deployments, sets = service.get("deployments") or [], service.get("taskSets") or []
    if len(deployments) > 1 or len(sets) > 1:
        return True
    coming = any(one.get("rolloutState") == "IN_PROGRESS" for one in deployments)
    return coming or any(one.get("stabilityStatus") != "STEADY_STATE" for one in sets)


def _target_groups(service: Shape) -> tuple[tuple[str, ...], ...]:
    """Of each load balancer the groups of the service and of its task sets, which name them in the same order."""
    lists = [one.get("loadBalancers") or [] for one in (service, *(service.get("taskSets") or []))]
    places = (dict.fromkeys(chain.from_iterable(map(_groups_of, place))) for place in zip_longest(*lists, fillvalue={}))
    return tuple(tuple(place) for place in places if place)


def _groups_of(balancer: Shape) -> Iterator[str]:
    """A group and, for ECS's own blue/green, linear and canary deployments, its alternate.

    Which of the two has the traffic changes with each deployment, and the shape does not tell (ECS developer guide,
    "Application Load Balancer resources for blue/green, linear, and canary deployments").
    """
    groups = (
        balancer.get("targetGroupArn"),
        (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn"),
    )
    yield from (group for group in groups if group)


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


def target_states(*answers: Shape) -> TargetStates:
    """Answers of DescribeTargetHealth, one for each target group; a target of several has the best of its states."""
    by_state: dict[str, set[Target]] = {}
    for description in chain.from_iterable(answer["TargetHealthDescriptions"] for answer in answers):
        target = Target(_plain(description["Target"]["Id"]), int(description["Target"]["Port"]))
        by_state.setdefault(description["TargetHealth"]["State"], set()).add(target)
    healthy, unhealthy, initial = (by_state.get(state, set()) for state in ("healthy", "unhealthy", "initial"))
    return TargetStates(
        healthy=frozenset(healthy),
        unhealthy=frozenset(unhealthy - healthy),
        initial=frozenset(initial - unhealthy - healthy),
    )


def task_lives(tasks: Iterable[Shape]) -> list[TaskLife]:
    """The tasks of DescribeTasks; one that has no creation time yet is not known well enough."""
    found = []
    for task in tasks:
        launched_at = epoch(task.get("createdAt"))
        if launched_at is not None:
            found.append(TaskLife(arn=task["taskArn"], launched_at=launched_at, hosts=_addresses(task)))
    return found


def _addresses(task: Shape) -> frozenset[str]:
    """Those of the task's network interface, and of its containers, which name the one of IPv6 for certain.

    ECS API reference, Attachment and NetworkInterface.
    """
    attached = (detail for one in task.get("attachments") or [] for detail in one.get("details") or [])
    found = [detail["value"] for detail in attached if detail.get("name") in _ADDRESS_DETAILS and detail.get("value")]
    for container in task.get("containers") or []:
        for interface in container.get("networkInterfaces") or []:
            found += [interface[key] for key in ("privateIpv4Address", "ipv6Address") if interface.get(key)]
    return frozenset(map(_plain, found))


def _plain(host: str) -> str:
    """An IPv6 address in its short form, so that two spellings of it are one; anything else as it is."""
    try:
        return IPv6Address(host).compressed if ":" in host else host
    except AddressValueError:
        return host

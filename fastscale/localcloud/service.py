"""The ECS service behind a scalable target, as Application Auto Scaling reads and sets it through the ECS API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastscale import names
from fastscale.decide.observation import ServiceState

#: What Application Auto Scaling's part calls itself where it sets a desired count.
AUTO_SCALING_CLIENT = "application-autoscaling"


@dataclass(frozen=True)
class ScalableTarget:
    """One scalable target of the ECS namespace; capacities in tasks.

    ``resource_id`` is ``service/<cluster>/<service>``. The flags say which kinds of scaling are suspended.
    """

    resource_id: str
    minimum: int
    maximum: int
    out_suspended: bool
    in_suspended: bool
    scheduled_suspended: bool

    @property
    def cluster(self) -> str:
        """The name of the cluster."""
        return self.resource_id.split("/")[1]

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.resource_id.split("/")[2]


def scalable_targets(autoscaling: Any) -> dict[str, ScalableTarget]:
    """All scalable targets of the ECS namespace by resource id."""
    pages = autoscaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace=names.SERVICE_NAMESPACE_ECS
    )
    return {
        shape["ResourceId"]: _target(shape)
        for page in pages
        for shape in page["ScalableTargets"]
        if shape["ScalableDimension"] == names.SCALABLE_DIMENSION
    }


def _target(shape: dict[str, Any]) -> ScalableTarget:
    suspended = shape.get("SuspendedState") or {}
    return ScalableTarget(
        resource_id=shape["ResourceId"],
        minimum=shape["MinCapacity"],
        maximum=shape["MaxCapacity"],
        out_suspended=bool(suspended.get("DynamicScalingOutSuspended")),
        in_suspended=bool(suspended.get("DynamicScalingInSuspended")),
        scheduled_suspended=bool(suspended.get("ScheduledScalingSuspended")),
    )


def read_state(ecs: Any, target: ScalableTarget) -> ServiceState | None:
    """What a decision may see of the service now; None when there is no active service any more."""
    answer = ecs.describe_services(cluster=target.cluster, services=[target.service])
    for service in answer["services"]:
        if service["status"] == "ACTIVE":
            return ServiceState(
                running=service["runningCount"],
                desired=service["desiredCount"],
                minimum=target.minimum,
                maximum=target.maximum,
                deploying=any(deployment["status"] == "ACTIVE" for deployment in service["deployments"]),
            )
    return None


def set_desired_count(ecs: Any, target: ScalableTarget, desired: int) -> None:
    """Set the service's desired count, in tasks."""
    ecs.update_service(cluster=target.cluster, service=target.service, desiredCount=desired)

"""Bring a server back to where it was, and keep its journal from then on."""

from __future__ import annotations

import logging
import time

from moto.core.exceptions import ServiceException

from fastscale.localcloud.server.autoscaling import models as autoscaling
from fastscale.localcloud.server.cloudformation import models as cloudformation
from fastscale.localcloud.server.cloudformation.request import StackRequest
from fastscale.localcloud.server.cloudformation.template import parse
from fastscale.localcloud.server.ecs import models as ecs
from fastscale.localcloud.server.journal import Journal
from fastscale.localcloud.server.shapes import Shape, pick
from fastscale.pauses import set_aside_what_stays

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.02
_TARGET_MEMBERS = (
    "ServiceNamespace",
    "ResourceId",
    "ScalableDimension",
    "MinCapacity",
    "MaxCapacity",
    "SuspendedState",
)


def restore(journal: Journal) -> None:
    """Deploy the saved stacks again, in their order, and set the capacities that scaling had set.

    A stack that cannot be deployed any more is logged and left out; the others follow.
    """
    capacity = journal.capacity()
    ecs.backend().resume(revisions=capacity.get("revisions", {}))
    for saved in journal.stacks():
        _deploy(saved)
    for target in capacity.get("targets", []):
        _set_target(target)
    for key, count in capacity.get("desiredCounts", {}).items():
        cluster, _, service = key.partition("/")
        if ecs.backend().find_active(cluster, service) is not None:
            ecs.backend().update_own_service({"cluster": cluster, "service": service, "desiredCount": count})


def keep(journal: Journal) -> None:
    """From now on write every change that must survive into the journal."""
    stacks, tasks, scaling = cloudformation.backend(), ecs.backend(), autoscaling.backend()

    def save_stacks() -> None:
        journal.save_stacks(list(stacks.stacks.values()))
        set_aside_what_stays()  # the resources, and what moto loaded for types that were not used before

    def save_capacity() -> None:
        targets = [pick(target, _TARGET_MEMBERS) for target in list(scaling.targets.values())]
        counts, revisions = tasks.desired_counts(), tasks.revisions()
        journal.save_capacity({"desiredCounts": counts, "targets": targets, "revisions": revisions})

    stacks.on_settled = save_stacks
    tasks.on_change = scaling.on_change = save_capacity
    save_stacks()
    save_capacity()


def _deploy(saved: Shape) -> None:
    request = StackRequest(
        name=saved["name"],
        template=parse(saved["template"]),
        parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in saved["parameters"].items()],
        tags=saved["tags"],
        capabilities=saved["capabilities"],
        termination_protection=saved["terminationProtection"],
    )
    try:
        stack = cloudformation.backend().create(request, stack_id=saved["stackId"])
    except ServiceException as error:
        logger.error("stack %s cannot be deployed again: %s", saved["name"], error.message)  # noqa: TRY400 - a reason
        return
    while stack.busy:
        time.sleep(_POLL_SECONDS)
    if stack.status != "CREATE_COMPLETE":
        logger.error("stack %s could not be deployed again: %s", stack.name, stack.reason)


def _set_target(target: Shape) -> None:
    key = (target["ServiceNamespace"], target["ResourceId"], target["ScalableDimension"])
    if key in autoscaling.backend().targets:
        autoscaling.backend().register_scalable_target(target)

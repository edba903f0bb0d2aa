"""The resource types that the local CloudFormation knows.

A type that is in neither table fails the deployment by its name, before anything is created.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.resources import (
    access,
    autoscaling,
    ec2,
    ecs,
    elbv2,
    endpoints,
    observability,
    registry,
    scheduler,
    security_groups,
    storage,
    tables,
)
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType
from fastscale.localcloud.server.shapes import Shape


def _nothing(context: Context, _: Properties) -> Physical:
    return Physical(context.logical_id)


def _nothing_to_delete(_: Context, __: Physical, ___: Properties) -> None:
    return None


#: Types that may be in a template though nothing is made of them.
ALLOWED_WITHOUT_EFFECT = {
    # The CDK's usage record: AWS creates nothing for it either.
    "AWS::CDK::Metadata": ResourceType(_nothing, _nothing_to_delete),
}

TYPES: dict[str, ResourceType] = {
    **ec2.TYPES,
    **endpoints.TYPES,
    **security_groups.TYPES,
    **elbv2.TYPES,
    **ecs.TYPES,
    **autoscaling.TYPES,
    **observability.TYPES,
    **access.TYPES,
    **storage.TYPES,
    **tables.TYPES,
    **scheduler.TYPES,
    **registry.TYPES,
    **ALLOWED_WITHOUT_EFFECT,
}


def check_types(resources: Mapping[str, Shape]) -> None:
    """Raise ValidationError that names every type that is not known, and the resources that have it."""
    unknown = sorted({resource["Type"] for resource in resources.values()} - TYPES.keys())
    if not unknown:
        return
    users = sorted(name for name, resource in resources.items() if resource["Type"] in unknown)
    raise ValidationError(
        f"Template format error: Unrecognized resource types: [{', '.join(unknown)}] (resources {', '.join(users)}): "
        "the local cloud does not implement them"
    )

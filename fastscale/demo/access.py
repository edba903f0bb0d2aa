"""Whether the AWS API lets us see what a report needs: asked before any load is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.aws.session import MakeClient
from fastscale.demo.settings import ServiceNames
from fastscale.errors import InputError


def require_access(client: MakeClient, service: ServiceNames) -> None:
    """Raise InputError in one line unless the service is there and all of its records can be read."""
    answer = _ask(client("ecs").describe_services, cluster=service.cluster, services=[service.service])
    if not any(found["status"] == "ACTIVE" for found in answer["services"]):
        raise InputError(
            f"cluster {service.cluster} has no service {service.service} in this Region: deploy it, or name the plan "
            "that was deployed by --plan"
        )
    _ask(client("elbv2").describe_target_groups, Names=[service.target_group])
    _ask(client("cloudwatch").describe_alarms, MaxRecords=1)
    _ask(client("cloudwatch").describe_alarm_history, MaxRecords=1)
    _ask(
        client("application-autoscaling").describe_scaling_activities,
        ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
        ResourceId=service.resource_id,
        MaxResults=1,
    )


def _ask(operation: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return operation(**arguments)
    except (ClientError, *NO_ANSWER) as error:
        raise InputError(
            f"the AWS API does not show what the report needs: {cause(error)}; check credentials, Region and "
            "permissions, `fastscale doctor` names what is missing"
        ) from error

"""Clusters, task definitions and services."""

from __future__ import annotations

import time
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

#: How long a deleted service may take to stop its tasks, in seconds: SIGTERM to SIGKILL is 120 s at most, and targets
#: drain before that.
SERVICE_STOP_SECONDS = 300.0
_POLL_SECONDS = 0.2


_STRATEGY = "CapacityProviderStrategy"


def _tagged(context: Context, properties: Properties) -> Properties:
    tags = context.tag_list(properties)
    return {**properties, "Tags": tags} if tags else properties


def _create_cluster(context: Context, properties: Properties) -> Physical:
    ecs = context.client("ecs")
    named = {"ClusterName": context.name(properties), **_tagged(context, properties)}
    given = arguments(ecs, "CreateCluster", _cluster_settings(named))
    cluster = ecs.create_cluster(**given)["cluster"]
    return Physical(cluster["clusterName"], {"Arn": cluster["clusterArn"]})


def _update_cluster(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    ecs = context.client("ecs")
    given = arguments(ecs, "UpdateCluster", only(_cluster_settings(new), "Settings", "Configuration"))
    ecs.update_cluster(cluster=physical.id, **given)
    return physical


def _cluster_settings(properties: Properties) -> Properties:
    """The template says ClusterSettings where the API says settings."""
    renamed = {name: value for name, value in properties.items() if name != "ClusterSettings"}
    return renamed | ({"Settings": properties["ClusterSettings"]} if "ClusterSettings" in properties else {})


def _delete_cluster(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ecs").delete_cluster(cluster=physical.id)


def _associate_providers(context: Context, properties: Properties) -> Physical:
    ecs = context.client("ecs")
    ecs.put_cluster_capacity_providers(**arguments(ecs, "PutClusterCapacityProviders", properties))
    return Physical(properties["Cluster"])


def _update_providers(context: Context, _: Physical, __: Properties, new: Properties) -> Physical:
    return _associate_providers(context, new)


def _dissociate_providers(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ecs").put_cluster_capacity_providers(
        cluster=physical.id, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )


def _create_task_definition(context: Context, properties: Properties) -> Physical:
    ecs = context.client("ecs")
    named = {"Family": context.name(properties, max_length=255), **_tagged(context, properties)}
    made = ecs.register_task_definition(**arguments(ecs, "RegisterTaskDefinition", named))
    arn = made["taskDefinition"]["taskDefinitionArn"]
    return Physical(arn, {"TaskDefinitionArn": arn})


def _delete_task_definition(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ecs").deregister_task_definition(taskDefinition=physical.id)


def _create_service(context: Context, properties: Properties) -> Physical:
    """CreateService; unlike AWS's, the stack does not wait for the tasks, which may start after the last stack."""
    ecs = context.client("ecs")
    named = {"ServiceName": context.name(properties, max_length=255), "DesiredCount": 1, **_tagged(context, properties)}
    service = ecs.create_service(**arguments(ecs, "CreateService", named))["service"]
    return Physical(service["serviceArn"], {"Name": service["serviceName"], "ServiceArn": service["serviceArn"]})


def _update_service(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    """UpdateService with what the template changes, and with the desired count whenever the template states one.

    So does AWS's CloudFormation, and cuts a scaled-out service back to the template's count with any change of it;
    where the template says nothing the service keeps the count that scaling has made
    (aws-cloudformation/cloudformation-coverage-roadmap, issue 187, and aws/containers-roadmap, issue 493).
    """
    ecs = context.client("ecs")
    changed = {name: value for name, value in new.items() if old.get(name) != value and name != "Tags"}
    if _STRATEGY in old and _STRATEGY not in new:
        changed[_STRATEGY] = []  # back to the launch type
    stated = only(new, "DesiredCount")
    given = arguments(ecs, "UpdateService", changed | stated, leave={"Cluster", "ServiceName", "LaunchType"})
    if given:
        ecs.update_service(cluster=new.get("Cluster", "default"), service=physical.attributes["Name"], **given)
    return physical


def _delete_service(context: Context, physical: Physical, properties: Properties) -> None:
    """DeleteService, then wait until its tasks have stopped, as CloudFormation does."""
    ecs, cluster = context.client("ecs"), properties.get("Cluster", "default")
    ecs.delete_service(cluster=cluster, service=physical.id, force=True)
    deadline = time.monotonic() + SERVICE_STOP_SECONDS
    while _status(ecs, cluster, physical.id) != "INACTIVE":
        if time.monotonic() > deadline:
            raise ValidationError(f"Service {physical.attributes['Name']} did not stop its tasks in time.")
        time.sleep(_POLL_SECONDS)


def _status(ecs: Any, cluster: str, service: str) -> str:
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    return found[0]["status"] if found else "INACTIVE"


TYPES = {
    "AWS::ECS::Cluster": ResourceType(_create_cluster, _delete_cluster, _update_cluster, frozenset({"ClusterName"})),
    "AWS::ECS::ClusterCapacityProviderAssociations": ResourceType(
        _associate_providers, _dissociate_providers, _update_providers, frozenset({"Cluster"})
    ),
    "AWS::ECS::TaskDefinition": ResourceType(_create_task_definition, _delete_task_definition),
    "AWS::ECS::Service": ResourceType(
        _create_service,
        _delete_service,
        _update_service,
        # Not LaunchType: since June 2025 a service goes to capacity providers and back in place (CloudFormation
        # template reference, AWS::ECS::Service).
        frozenset({"Cluster", "Role", "SchedulingStrategy", "ServiceName"}),
    ),
}

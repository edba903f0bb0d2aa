"""What Ref and Fn::GetAtt answer before a deployment, for resources whose names follow from their properties.

Source: CloudFormation template reference, "Return values" of each resource type.
"""

from __future__ import annotations

from collections.abc import Callable

from fastscale.template.values import concatenate, placeholder, split

#: The text of a property; None when it is not given.
Property = Callable[[str], str | None]
#: Builds an ARN from the service and the part after the account.
Arn = Callable[[str, str], str]

#: Types whose Ref is the name that a property gives.
NAMED_BY = {
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Logs::LogGroup": "LogGroupName",
}

SERVICE = "AWS::ECS::Service"
CLUSTER = "AWS::ECS::Cluster"
SCALABLE_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


def reference(logical_id: str, kind: str, get: Property, arn: Arn) -> str:
    """``Ref`` to the resource ``logical_id`` of type ``kind``; a placeholder of that name where nothing is known."""
    unknown = placeholder(logical_id)
    if kind == SERVICE:
        return _service_arn(logical_id, get, arn)
    if kind == SCALABLE_TARGET:
        parts = [get(key) or unknown for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")]
        return concatenate([parts[0], "|", parts[1], "|", parts[2]])
    return get(NAMED_BY[kind]) or unknown if kind in NAMED_BY else unknown


def attribute(logical_id: str, kind: str, name: str, get: Property, arn: Arn) -> str:
    """``Fn::GetAtt`` of the resource; a placeholder where nothing is known."""
    if kind == SERVICE and name == "Name":
        return get("ServiceName") or placeholder(f"{logical_id}.Name")
    if kind == SERVICE and name == "ServiceArn":
        return _service_arn(logical_id, get, arn)
    if kind == CLUSTER and name == "Arn":
        cluster = reference(logical_id, kind, get, arn)
        return arn("ecs", concatenate(["cluster/", cluster]))
    if kind == SCALABLE_TARGET and name == "Id":
        return reference(logical_id, kind, get, arn)
    if kind == "AWS::ApplicationAutoScaling::ScalingPolicy" and name == "Arn":
        return reference(logical_id, kind, get, arn)
    return placeholder(f"{logical_id}.{name}")


def _service_arn(logical_id: str, get: Property, arn: Arn) -> str:
    name = get("ServiceName") or placeholder(f"{logical_id}.Name")
    return arn("ecs", concatenate(["service/", cluster_name(get("Cluster")), "/", name]))


def cluster_name(cluster: str | None) -> str:
    """The name of a cluster given by its name or ARN; a service that names none runs in ``default``."""
    if cluster is None:
        return "default"
    return split(cluster, "/")[-1]

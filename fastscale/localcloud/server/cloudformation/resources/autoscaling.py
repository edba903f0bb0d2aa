"""Scalable targets with their scheduled actions, and scaling policies."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def _create_target(context: Context, properties: Properties) -> Physical:
    # Ref gives the three parts of the key: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    # aws-resource-applicationautoscaling-scalabletarget.html
    target_id = "|".join((properties["ResourceId"], properties["ScalableDimension"], properties["ServiceNamespace"]))
    target = Physical(target_id, {"Id": target_id})
    _register(context, properties)
    context.claim(target)
    _put_schedules(context, properties)
    return target


def _update_target(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    _register(context, new)
    _put_schedules(context, new)
    kept = {action["ScheduledActionName"] for action in new.get("ScheduledActions", [])}
    for action in old.get("ScheduledActions", []):
        if action["ScheduledActionName"] not in kept:
            context.client("application-autoscaling").delete_scheduled_action(
                **only(old, *_KEY), ScheduledActionName=action["ScheduledActionName"]
            )
    return physical


def _register(context: Context, properties: Properties) -> None:
    scaling = context.client("application-autoscaling")
    # Tags tell targets apart in permissions, which nobody checks here.
    given = arguments(scaling, "RegisterScalableTarget", properties, leave={"ScheduledActions", "Tags"})
    scaling.register_scalable_target(**given)


def _put_schedules(context: Context, properties: Properties) -> None:
    scaling = context.client("application-autoscaling")
    for action in properties.get("ScheduledActions", []):
        given = arguments(scaling, "PutScheduledAction", {**only(properties, *_KEY), **action})
        scaling.put_scheduled_action(**given)


def _delete_target(context: Context, _: Physical, properties: Properties) -> None:
    context.client("application-autoscaling").deregister_scalable_target(**only(properties, *_KEY))


def _put_policy(context: Context, properties: Properties) -> Physical:
    scaling = context.client("application-autoscaling")
    given = arguments(scaling, "PutScalingPolicy", _with_key(properties))
    arn = scaling.put_scaling_policy(**given)["PolicyARN"]
    return Physical(arn, {"Arn": arn, "PolicyName": properties["PolicyName"]})


def _update_policy(context: Context, _: Physical, __: Properties, new: Properties) -> Physical:
    return _put_policy(context, new)


def _delete_policy(context: Context, _: Physical, properties: Properties) -> None:
    key = only(_with_key(properties), *_KEY)
    context.client("application-autoscaling").delete_scaling_policy(**key, PolicyName=properties["PolicyName"])


def _with_key(properties: Properties) -> dict[str, Any]:
    """The properties with the target's key spelled out where they name the target by its id."""
    spelled = {name: value for name, value in properties.items() if name != "ScalingTargetId"}
    if "ScalingTargetId" in properties:
        resource, dimension, namespace = properties["ScalingTargetId"].split("|")
        spelled |= {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return spelled


TYPES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ResourceType(
        _create_target, _delete_target, _update_target, frozenset(_KEY)
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ResourceType(
        _put_policy, _delete_policy, _update_policy, frozenset({*_KEY, "ScalingTargetId", "PolicyName"})
    ),
}

"""Load balancers, listeners, listener rules and target groups."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType


def _create_load_balancer(context: Context, properties: Properties) -> Physical:
    elb = context.client("elbv2")
    named = {"Name": context.name(properties, max_length=32), **properties, "Tags": context.tag_list(properties)}
    given = arguments(elb, "CreateLoadBalancer", _without_empty_tags(named), leave={"LoadBalancerAttributes"})
    made = elb.create_load_balancer(**given)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    context.claim(Physical(arn))
    _set_load_balancer_attributes(elb, arn, properties)
    return Physical(
        arn,
        {
            "LoadBalancerArn": arn,
            "LoadBalancerName": made["LoadBalancerName"],
            "LoadBalancerFullName": arn.split(":loadbalancer/", 1)[1],
            "DNSName": made["DNSName"],
            "CanonicalHostedZoneID": made["CanonicalHostedZoneId"],
            "SecurityGroups": made.get("SecurityGroups", []),
        },
    )


def _update_load_balancer(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    elb = context.client("elbv2")
    if old.get("SecurityGroups") != new.get("SecurityGroups"):
        elb.set_security_groups(LoadBalancerArn=physical.id, SecurityGroups=new["SecurityGroups"])
    if old.get("Subnets") != new.get("Subnets"):
        elb.set_subnets(LoadBalancerArn=physical.id, Subnets=new["Subnets"])
    _set_load_balancer_attributes(elb, physical.id, new)
    return physical


def _set_load_balancer_attributes(elb: Any, arn: str, properties: Properties) -> None:
    attributes = _attributes(properties.get("LoadBalancerAttributes", []))
    if attributes:
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)


def _delete_load_balancer(context: Context, physical: Physical, _: Properties) -> None:
    context.client("elbv2").delete_load_balancer(LoadBalancerArn=physical.id)


def _create_target_group(context: Context, properties: Properties) -> Physical:
    elb = context.client("elbv2")
    named = {"Name": context.name(properties, max_length=32), **properties, "Tags": context.tag_list(properties)}
    given = arguments(elb, "CreateTargetGroup", _without_empty_tags(named), leave={"TargetGroupAttributes", "Targets"})
    made = elb.create_target_group(**given)["TargetGroups"][0]
    arn = made["TargetGroupArn"]
    context.claim(Physical(arn))
    _set_target_group_attributes(elb, arn, properties)
    if properties.get("Targets"):
        elb.register_targets(TargetGroupArn=arn, Targets=properties["Targets"])
    return Physical(
        arn,
        {
            "TargetGroupArn": arn,
            "TargetGroupName": made["TargetGroupName"],
            "TargetGroupFullName": arn.rsplit(":", 1)[1],
            "LoadBalancerArns": made.get("LoadBalancerArns", []),
        },
    )


def _update_target_group(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    elb = context.client("elbv2")
    changeable = {name: value for name, value in new.items() if name.startswith("Health") or name in _CHANGEABLE}
    elb.modify_target_group(TargetGroupArn=physical.id, **arguments(elb, "ModifyTargetGroup", changeable))
    _set_target_group_attributes(elb, physical.id, new)
    return physical


_CHANGEABLE = frozenset({"UnhealthyThresholdCount", "Matcher"})


def _set_target_group_attributes(elb: Any, arn: str, properties: Properties) -> None:
    attributes = _attributes(properties.get("TargetGroupAttributes", []))
    if attributes:
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)


def _delete_target_group(context: Context, physical: Physical, _: Properties) -> None:
    context.client("elbv2").delete_target_group(TargetGroupArn=physical.id)


def _create_listener(context: Context, properties: Properties) -> Physical:
    elb = context.client("elbv2")
    arn = elb.create_listener(**arguments(elb, "CreateListener", properties))["Listeners"][0]["ListenerArn"]
    return Physical(arn, {"ListenerArn": arn})


def _update_listener(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    elb = context.client("elbv2")
    given = arguments(elb, "ModifyListener", new, leave={"LoadBalancerArn"})
    elb.modify_listener(ListenerArn=physical.id, **given)
    return physical


def _delete_listener(context: Context, physical: Physical, _: Properties) -> None:
    context.client("elbv2").delete_listener(ListenerArn=physical.id)


def _create_rule(context: Context, properties: Properties) -> Physical:
    elb = context.client("elbv2")
    arn = elb.create_rule(**arguments(elb, "CreateRule", properties))["Rules"][0]["RuleArn"]
    return Physical(arn, {"RuleArn": arn})


def _update_rule(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    elb = context.client("elbv2")
    elb.modify_rule(RuleArn=physical.id, **arguments(elb, "ModifyRule", new, leave={"ListenerArn", "Priority"}))
    return physical


def _delete_rule(context: Context, physical: Physical, _: Properties) -> None:
    context.client("elbv2").delete_rule(RuleArn=physical.id)


def _attributes(pairs: list[Properties]) -> list[dict[str, str]]:
    return [{"Key": pair["Key"], "Value": str(pair["Value"])} for pair in pairs]


def _without_empty_tags(properties: Properties) -> Properties:
    """The API refuses an empty list of tags."""
    return {name: value for name, value in properties.items() if name != "Tags" or value}


TYPES = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ResourceType(
        _create_load_balancer, _delete_load_balancer, _update_load_balancer, frozenset({"Name", "Scheme", "Type"})
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ResourceType(
        _create_target_group,
        _delete_target_group,
        _update_target_group,
        frozenset({"Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId", "IpAddressType"}),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": ResourceType(
        _create_listener, _delete_listener, _update_listener, frozenset({"LoadBalancerArn"})
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ResourceType(
        _create_rule, _delete_rule, _update_rule, frozenset({"ListenerArn", "Priority"})
    ),
}

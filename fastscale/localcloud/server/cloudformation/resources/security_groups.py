"""Security groups and their rules."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType
from fastscale.localcloud.server.cloudformation.resources.ec2 import tag_specification
from fastscale.localcloud.server.shapes import stable_id

_ALLOW_ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def _create_group(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    group_id = ec2.create_security_group(
        GroupName=properties.get("GroupName") or context.name(properties, max_length=255),
        Description=properties["GroupDescription"],
        VpcId=properties["VpcId"],
        TagSpecifications=tag_specification(context, "security-group", properties),
    )["GroupId"]
    context.claim(Physical(group_id))
    if "SecurityGroupEgress" in properties:
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=_ALLOW_ALL)
    _add_rules(ec2, group_id, properties)
    return Physical(group_id, {"GroupId": group_id, "Id": group_id, "VpcId": properties["VpcId"]})


def _update_group(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    ec2 = context.client("ec2")
    for rule in old.get("SecurityGroupIngress", []):
        ec2.revoke_security_group_ingress(GroupId=physical.id, IpPermissions=[_permission(rule)])
    for rule in old.get("SecurityGroupEgress", []):
        ec2.revoke_security_group_egress(GroupId=physical.id, IpPermissions=[_permission(rule)])
    _add_rules(ec2, physical.id, new)
    ec2.create_tags(Resources=[physical.id], Tags=context.tag_list(new))
    return physical


def _delete_group(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ec2").delete_security_group(GroupId=physical.id)


def _add_rules(ec2: Any, group_id: str, properties: Properties) -> None:
    for rule in properties.get("SecurityGroupIngress", []):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[_permission(rule)])
    for rule in properties.get("SecurityGroupEgress", []):
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[_permission(rule)])


def _permission(rule: Properties) -> dict[str, Any]:
    """A rule of a template as the IpPermission of the API."""
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    permission |= {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    note = {"Description": rule["Description"]} if "Description" in rule else {}
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefix_list = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]
    if "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **note}]
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **note}]
    if prefix_list:
        permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **note}]
    return permission


def _rule_type(direction: str) -> ResourceType:
    """A rule that is a resource of its own; ``direction`` is ``ingress`` or ``egress``."""

    def create(context: Context, properties: Properties) -> Physical:
        authorize = getattr(context.client("ec2"), f"authorize_security_group_{direction}")
        authorize(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
        return Physical(f"sgr-{stable_id(context.stack_id, context.logical_id).replace('-', '')[:17]}")

    def delete(context: Context, _: Physical, properties: Properties) -> None:
        revoke = getattr(context.client("ec2"), f"revoke_security_group_{direction}")
        revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])

    return ResourceType(create, delete)


TYPES = {
    "AWS::EC2::SecurityGroup": ResourceType(
        _create_group, _delete_group, _update_group, frozenset({"GroupName", "GroupDescription", "VpcId"})
    ),
    "AWS::EC2::SecurityGroupIngress": _rule_type("ingress"),
    "AWS::EC2::SecurityGroupEgress": _rule_type("egress"),
}

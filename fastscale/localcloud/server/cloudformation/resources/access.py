"""Roles and policies of IAM, and parameters of Systems Manager."""

from __future__ import annotations

import json
from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

_ROLE_EXTRAS = frozenset({"Policies", "ManagedPolicyArns", "Tags"})


def _create_role(context: Context, properties: Properties) -> Physical:
    iam = context.client("iam")
    named = {"RoleName": context.name(properties), **properties}
    given = arguments(iam, "CreateRole", named, leave=_ROLE_EXTRAS)
    role = iam.create_role(**given, Tags=context.tag_list(properties))["Role"]
    context.claim(Physical(role["RoleName"]))
    _set_role_policies(iam, role["RoleName"], {}, properties)
    return Physical(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _update_role(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    iam = context.client("iam")
    document = json.dumps(new["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=physical.id, PolicyDocument=document)
    _set_role_policies(iam, physical.id, old, new)
    return physical


def _set_role_policies(iam: Any, role: str, old: Properties, new: Properties) -> None:
    attached, wanted = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
    for arn in attached - wanted:
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in sorted(wanted - attached):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    kept = {policy["PolicyName"] for policy in new.get("Policies", [])}
    for policy in old.get("Policies", []):
        if policy["PolicyName"] not in kept:
            iam.delete_role_policy(RoleName=role, PolicyName=policy["PolicyName"])
    for policy in new.get("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=role, PolicyName=policy["PolicyName"], PolicyDocument=document)


def _delete_role(context: Context, physical: Physical, _: Properties) -> None:
    """Delete the role with whatever policies it has: it may be one that was only half created."""
    iam, role = context.client("iam"), physical.id
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.delete_role(RoleName=role)


def _put_policy(context: Context, properties: Properties) -> Physical:
    """An inline policy of roles; users and groups have no place in the stacks of a service."""
    iam, document = context.client("iam"), json.dumps(properties["PolicyDocument"])
    for role in properties["Roles"]:
        iam.put_role_policy(RoleName=role, PolicyName=properties["PolicyName"], PolicyDocument=document)
    return Physical(properties["PolicyName"], {"Id": properties["PolicyName"]})


def _update_policy(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    dropped = [role for role in old["Roles"] if role not in new["Roles"]]
    _delete_policy(context, physical, {**old, "Roles": dropped})
    return _put_policy(context, new)


def _delete_policy(context: Context, _: Physical, properties: Properties) -> None:
    for role in properties["Roles"]:
        context.client("iam").delete_role_policy(RoleName=role, PolicyName=properties["PolicyName"])


def _create_managed_policy(context: Context, properties: Properties) -> Physical:
    """A policy of its own, attached to roles; users and groups have no place here either."""
    iam = context.client("iam")
    name = properties.get("ManagedPolicyName") or context.name(properties, max_length=128)
    given = arguments(iam, "CreatePolicy", only(properties, "PolicyDocument", "Description", "Path"))
    arn = iam.create_policy(PolicyName=name, **given)["Policy"]["Arn"]
    context.claim(Physical(arn))
    for role in properties.get("Roles", []):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return Physical(arn, {"PolicyArn": arn})


def _update_managed_policy(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    iam, before, after = context.client("iam"), set(old.get("Roles", [])), set(new.get("Roles", []))
    for role in sorted(before - after):
        iam.detach_role_policy(RoleName=role, PolicyArn=physical.id)
    for role in sorted(after - before):
        iam.attach_role_policy(RoleName=role, PolicyArn=physical.id)
    if old["PolicyDocument"] != new["PolicyDocument"]:
        document = json.dumps(new["PolicyDocument"])
        iam.create_policy_version(PolicyArn=physical.id, PolicyDocument=document, SetAsDefault=True)
        _drop_old_versions(iam, physical.id)
    return physical


def _drop_old_versions(iam: Any, policy: str) -> None:
    """IAM keeps five versions of a policy at most, and deletes none by itself."""
    for version in iam.list_policy_versions(PolicyArn=policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=policy, VersionId=version["VersionId"])


def _delete_managed_policy(context: Context, physical: Physical, _: Properties) -> None:
    iam = context.client("iam")
    for role in iam.list_entities_for_policy(PolicyArn=physical.id)["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=physical.id)
    iam.delete_policy(PolicyArn=physical.id)


def _put_parameter(context: Context, properties: Properties) -> Physical:
    ssm = context.client("ssm")
    named = {"Name": context.name(properties), **properties}
    ssm.put_parameter(**arguments(ssm, "PutParameter", named, leave={"Tags"}), Overwrite=True)
    return Physical(named["Name"], {"Type": properties["Type"], "Value": properties["Value"]})


def _update_parameter(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    return _put_parameter(context, {**new, "Name": physical.id})


def _delete_parameter(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ssm").delete_parameter(Name=physical.id)


TYPES = {
    "AWS::IAM::Role": ResourceType(_create_role, _delete_role, _update_role, frozenset({"RoleName", "Path"})),
    "AWS::IAM::Policy": ResourceType(_put_policy, _delete_policy, _update_policy, frozenset({"PolicyName"})),
    "AWS::IAM::ManagedPolicy": ResourceType(
        _create_managed_policy,
        _delete_managed_policy,
        _update_managed_policy,
        frozenset({"ManagedPolicyName", "Description", "Path"}),
    ),
    "AWS::SSM::Parameter": ResourceType(_put_parameter, _delete_parameter, _update_parameter, frozenset({"Name"})),
}

"""Image repositories of ECR and keys of KMS: what ``cdk bootstrap`` makes beside its bucket and roles."""

from __future__ import annotations

import json
from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

_LIFECYCLE, _POLICY = "LifecyclePolicy", "RepositoryPolicyText"
#: KMS deletes no key at once; this is the shortest wait that it takes (KMS API reference, ScheduleKeyDeletion).
_KEY_DELETION_DAYS = 7


def _create_repository(context: Context, properties: Properties) -> Physical:
    ecr = context.client("ecr")
    named = {"RepositoryName": context.name(properties, max_length=256).lower(), **properties}
    given = arguments(ecr, "CreateRepository", named, leave={_LIFECYCLE, _POLICY, "EmptyOnDelete", "Tags"})
    made = ecr.create_repository(**given, tags=context.tag_list(properties))["repository"]
    name = made["repositoryName"]
    context.claim(Physical(name))
    _set_repository_policies(ecr, name, properties)
    return Physical(name, {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]})


def _update_repository(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    ecr = context.client("ecr")
    if new.get("ImageTagMutability", "MUTABLE") != old.get("ImageTagMutability", "MUTABLE"):
        mutability = new.get("ImageTagMutability", "MUTABLE")
        ecr.put_image_tag_mutability(repositoryName=physical.id, imageTagMutability=mutability)
    _set_repository_policies(ecr, physical.id, new)
    return physical


def _set_repository_policies(ecr: Any, name: str, properties: Properties) -> None:
    if _POLICY in properties:
        ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(properties[_POLICY]))
    if _LIFECYCLE in properties:
        text = properties[_LIFECYCLE]["LifecyclePolicyText"]
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)


def _delete_repository(context: Context, physical: Physical, properties: Properties) -> None:
    empty = str(properties.get("EmptyOnDelete", False)).lower() == "true"
    context.client("ecr").delete_repository(repositoryName=physical.id, force=empty)


def _create_key(context: Context, properties: Properties) -> Physical:
    kms = context.client("kms")
    given = only(properties, "Description", "KeyUsage", "KeySpec", "MultiRegion")
    policy = json.dumps(properties["KeyPolicy"]) if "KeyPolicy" in properties else None
    made = kms.create_key(**given, **({"Policy": policy} if policy else {}))["KeyMetadata"]
    context.claim(Physical(made["KeyId"]))
    if str(properties.get("EnableKeyRotation", False)).lower() == "true":
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return Physical(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})


def _update_key(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    if "KeyPolicy" in new:
        document = json.dumps(new["KeyPolicy"])
        context.client("kms").put_key_policy(KeyId=physical.id, PolicyName="default", Policy=document)
    return physical


def _delete_key(context: Context, physical: Physical, _: Properties) -> None:
    kms = context.client("kms")
    kms.schedule_key_deletion(KeyId=physical.id, PendingWindowInDays=_KEY_DELETION_DAYS)


def _create_alias(context: Context, properties: Properties) -> Physical:
    name = properties["AliasName"]
    context.client("kms").create_alias(AliasName=name, TargetKeyId=properties["TargetKeyId"])
    return Physical(name)


def _delete_alias(context: Context, physical: Physical, _: Properties) -> None:
    context.client("kms").delete_alias(AliasName=physical.id)


TYPES = {
    "AWS::ECR::Repository": ResourceType(
        _create_repository,
        _delete_repository,
        _update_repository,
        frozenset({"RepositoryName", "EncryptionConfiguration"}),
    ),
    "AWS::KMS::Key": ResourceType(
        _create_key, _delete_key, _update_key, frozenset({"KeySpec", "KeyUsage", "MultiRegion"})
    ),
    "AWS::KMS::Alias": ResourceType(_create_alias, _delete_alias),
}

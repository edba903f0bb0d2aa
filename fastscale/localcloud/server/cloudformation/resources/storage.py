"""Buckets of S3 and their policies."""

from __future__ import annotations

import json
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.resources.arguments import only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

_SUPPORTED = frozenset(
    {
        "BucketName",
        "BucketEncryption",
        "PublicAccessBlockConfiguration",
        "LifecycleConfiguration",
        "VersioningConfiguration",
        "OwnershipControls",
        "LoggingConfiguration",
        "AccessControl",
        "Tags",
    }
)


def _create_bucket(context: Context, properties: Properties) -> Physical:
    s3 = context.client("s3")
    name = properties.get("BucketName") or context.name(properties, max_length=63).lower()
    region = s3.meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where)
    context.claim(Physical(name))
    _configure(context, name, properties)
    return Physical(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        },
    )


def _update_bucket(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _configure(context, physical.id, new)
    return physical


def _configure(context: Context, bucket: str, properties: Properties) -> None:
    unknown = sorted(properties.keys() - _SUPPORTED)
    if unknown:
        raise ValidationError(f"property [{', '.join(unknown)}] of a bucket is not supported locally")
    s3 = context.client("s3")
    if "BucketEncryption" in properties:
        rules = [_encryption_rule(rule) for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]]
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    if "PublicAccessBlockConfiguration" in properties:
        block = properties["PublicAccessBlockConfiguration"]
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    if "LifecycleConfiguration" in properties:
        rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"])
    if "OwnershipControls" in properties:
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=properties["OwnershipControls"])
    tags = context.tag_list(properties)
    if tags:
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def _encryption_rule(rule: Properties) -> dict[str, Any]:
    default = rule["ServerSideEncryptionByDefault"]
    return {"ApplyServerSideEncryptionByDefault": only(default, "SSEAlgorithm", "KMSMasterKeyID")}


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    made: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        }
    return made


def _delete_bucket(context: Context, physical: Physical, _: Properties) -> None:
    context.client("s3").delete_bucket(Bucket=physical.id)


def _put_bucket_policy(context: Context, properties: Properties) -> Physical:
    """PutBucketPolicy, without what denies requests that lack TLS: here all do, and moto denies without conditions."""
    document = dict(properties["PolicyDocument"])
    document["Statement"] = [statement for statement in document["Statement"] if not _wants_tls(statement)]
    context.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(document))
    return Physical(properties["Bucket"])


def _wants_tls(statement: Properties) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport")).lower() == "false"


def _update_bucket_policy(context: Context, _: Physical, __: Properties, new: Properties) -> Physical:
    return _put_bucket_policy(context, new)


def _delete_bucket_policy(context: Context, _: Physical, properties: Properties) -> None:
    context.client("s3").delete_bucket_policy(Bucket=properties["Bucket"])


TYPES = {
    "AWS::S3::Bucket": ResourceType(_create_bucket, _delete_bucket, _update_bucket, frozenset({"BucketName"})),
    "AWS::S3::BucketPolicy": ResourceType(
        _put_bucket_policy, _delete_bucket_policy, _update_bucket_policy, frozenset({"Bucket"})
    ),
}

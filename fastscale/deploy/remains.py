"""What a deleted stack leaves behind on purpose, and how it goes too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.deploy.deployed import Deployed
from fastscale.errors import DeployError

BUCKET = "AWS::S3::Bucket"


@dataclass(frozen=True)
class Remains:
    """A resource that outlives its stack, by its type and its physical id."""

    kind: str
    name: str

    @property
    def line(self) -> str:
        """What it is, and how to delete it by hand."""
        if self.kind == BUCKET:
            return f"kept: bucket {self.name} (delete it: aws s3 rb s3://{self.name} --force)"
        return f"kept: {self.kind} {self.name}"


def remains(deployed: Deployed, stacks: Iterable[str]) -> list[Remains]:
    """What ``stacks`` will leave behind; to be asked before they are deleted, because nobody knows it afterwards."""
    return [Remains(kind, name) for stack in stacks for kind, name in deployed.retained(stack)]


def delete_buckets(s3: Any, found: Iterable[Remains]) -> Iterator[Remains]:
    """Empty and delete the buckets among ``found``; what stays. Raises DeployError when one cannot be deleted."""
    for one in found:
        if one.kind != BUCKET:
            yield one
            continue
        try:
            _delete_bucket(s3, one.name)
        except (ClientError, *NO_ANSWER) as error:
            raise DeployError(f"bucket {one.name}: {cause(error)}") from error


def _delete_bucket(s3: Any, name: str) -> None:
    """A load balancer delivers its last log some minutes after it is gone: a bucket may fill while it is emptied."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        objects = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        _delete_objects(s3, name, [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in objects])
    s3.delete_bucket(Bucket=name)


def _delete_objects(s3: Any, bucket: str, objects: Sequence[dict[str, str]]) -> None:
    if not objects:
        return
    failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": list(objects), "Quiet": True}).get("Errors", [])
    if failed:
        raise DeployError(f"bucket {bucket}: {failed[0]['Key']}: {failed[0]['Message']}")

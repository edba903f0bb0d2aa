"""What outlives a deleted stack is named, and goes when that is wanted."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastscale.deploy.deployed import Deployed
from fastscale.deploy.remains import Remains, delete_buckets, remains
from fastscale.errors import DeployError
from tests.localcloud.server.process import Server
from tests.localcloud.server.templates import topic

STACK, BUCKET = "web", "web-logs"


def test_a_retained_bucket_is_named_and_deleted_with_all_its_versions(server: Server) -> None:
    properties = {"BucketName": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}}
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": properties}
    server.deploy(STACK, {"Resources": {"Logs": bucket, "Alerts": topic("alerts")}})
    deployed, s3 = Deployed(server.client("cloudformation")), server.client("s3")
    for text in (b"first", b"second"):
        s3.put_object(Bucket=BUCKET, Key="log", Body=text)
    s3.delete_object(Bucket=BUCKET, Key="log")

    left = remains(deployed, [STACK, "unknown"])
    deployed.delete(STACK)
    assert [one.line for one in left] == [f"kept: bucket {BUCKET} (delete it: aws s3 rb s3://{BUCKET} --force)"]
    assert s3.head_bucket(Bucket=BUCKET)
    other = Remains("AWS::Logs::LogGroup", "web")
    assert list(delete_buckets(s3, [*left, other])) == [other]
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=BUCKET)


def test_a_bucket_that_cannot_be_deleted_is_named(server: Server) -> None:
    with pytest.raises(DeployError, match=r"bucket nowhere: .*NoSuchBucket"):
        list(delete_buckets(server.client("s3"), [Remains("AWS::S3::Bucket", "nowhere")]))

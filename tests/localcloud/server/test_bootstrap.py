"""What the CDK finds in a local cloud that nobody has bootstrapped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from fastscale.localcloud.server import bootstrap
from fastscale.localcloud.server.bootstrap import load_services
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import Template, ref

ASSETS = f"cdk-hnb659fds-assets-123456789012-{REGION}"
IMAGES = f"cdk-hnb659fds-container-assets-123456789012-{REGION}"


def test_a_new_cloud_has_the_stack_bucket_and_repository_of_the_bootstrap(server: Server) -> None:
    stack = server.stack("CDKToolkit") or {}
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    version = server.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
    assert (told["BucketName"], told["ImageRepositoryName"], told["BootstrapVersion"]) == (ASSETS, IMAGES, version)
    assert int(version) >= 6
    assert ASSETS in [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]
    assert server.client("ecr").describe_repositories(repositoryNames=[IMAGES])["repositories"]


def bucket(name: str) -> Template:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def test_a_bucket_that_demands_tls_can_be_written_to_where_there_is_none(server: Server, name: str) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = {"Bucket": ref("Bucket"), "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny, allow]}}
    template = {"Bucket": bucket(name), "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}}
    assert server.deploy(name, {"Resources": template})["StackStatus"] == "CREATE_COMPLETE"
    s3 = server.client("s3")
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"] == [allow]
    s3.put_object(Bucket=name, Key="key", Body=b"text")
    assert s3.get_object(Bucket=name, Key="key")["Body"].read() == b"text"


def test_keys_and_repositories_come_and_go(server: Server, name: str) -> None:
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": f"alias/{name}", "TargetKeyId": ref("Key")},
        },
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name, "EmptyOnDelete": True}},
    }
    kms, ecr = server.client("kms"), server.client("ecr")
    assert server.deploy(name, {"Resources": resources})["StackStatus"] == "CREATE_COMPLETE"
    key = kms.describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["imageTagMutability"] == "MUTABLE"

    resources["Images"]["Properties"]["ImageTagMutability"] = "IMMUTABLE"
    assert server.deploy(name, {"Resources": resources})["StackStatus"] == "UPDATE_COMPLETE"
    assert ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["imageTagMutability"] == "IMMUTABLE"

    assert server.delete(name) == {}
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert name not in [found["repositoryName"] for found in ecr.describe_repositories()["repositories"]]


def test_what_a_deployment_needs_of_each_service_is_loaded_before_it_begins() -> None:
    asked: list[str] = []

    class Client:
        def __init__(self, service: str) -> None:
            self._service = service

        def __getattr__(self, operation: str) -> Callable[..., None]:
            return lambda **_: asked.append(self._service)

    load_services(Client)
    engine = Path(bootstrap.__file__).parent / "cloudformation"
    used = {found for path in engine.rglob("*.py") for found in re.findall(r'client\("([a-z0-9-]+)"', path.read_text())}
    assert used <= set(asked)

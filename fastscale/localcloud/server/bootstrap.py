"""What ``cdk bootstrap`` leaves in an account, as far as a deployment needs it: a local cloud has it from the start.

It is a stack of the same name, with the logical ids and names of the real one, so ``cdk bootstrap`` itself works too:
it updates the stack (AWS CDK developer guide, "Customize AWS CDK bootstrapping").
"""

from __future__ import annotations

import json
import time

from fastscale import names
from fastscale.localcloud.server.cloudformation.models import CloudFormationBackend
from fastscale.localcloud.server.cloudformation.request import StackRequest
from fastscale.localcloud.server.cloudformation.resources.base import Clients
from fastscale.localcloud.server.cloudformation.template import parse

VERSION = "30"
_QUALIFIER = "hnb659fds"
_POLL_SECONDS = 0.02


def prepare(cloudformation: CloudFormationBackend) -> None:
    """Create the stack unless it is there, and wait for it."""
    if names.STACK_BOOTSTRAP in cloudformation.stacks:
        return
    stack = cloudformation.create(StackRequest(name=names.STACK_BOOTSTRAP, template=parse(json.dumps(_TEMPLATE))))
    while stack.busy:
        time.sleep(_POLL_SECONDS)


def load_late_services(client: Clients) -> None:
    """Load what the last stack of a deployment needs for the first time, when alarms are there and being evaluated.

    A service's first request imports its part of moto and reads its description: a tenth of a second for DynamoDB, in
    which every other request waits.
    """
    client("dynamodb").list_tables()
    client("scheduler").list_schedules()


def _name(kind: str) -> dict[str, str]:
    return {"Fn::Sub": f"cdk-{_QUALIFIER}-{kind}-${{AWS::AccountId}}-${{AWS::Region}}"}


_TEMPLATE = {
    "Resources": {
        "StagingBucket": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {"BucketName": _name("assets"), "VersioningConfiguration": {"Status": "Enabled"}},
        },
        "ContainerAssetsRepository": {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": _name("container-assets"), "ImageTagMutability": "IMMUTABLE"},
        },
        "CdkBootstrapVersion": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": f"/cdk-bootstrap/{_QUALIFIER}/version", "Type": "String", "Value": VERSION},
        },
    },
    "Outputs": {
        "BucketName": {"Value": {"Ref": "StagingBucket"}},
        "BucketDomainName": {"Value": {"Fn::GetAtt": ["StagingBucket", "RegionalDomainName"]}},
        "ImageRepositoryName": {"Value": {"Ref": "ContainerAssetsRepository"}},
        "BootstrapVersion": {"Value": VERSION},
    },
}

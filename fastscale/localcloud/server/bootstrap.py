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
#: A request that changes nothing, for every service whose resources stacks may hold.
HARMLESS_REQUESTS = {
    "cloudwatch": "describe_alarms",
    "dynamodb": "list_tables",
    "ec2": "describe_vpcs",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "elbv2": "describe_load_balancers",
    "iam": "list_roles",
    "kms": "list_keys",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "scheduler": "list_schedules",
    "sns": "list_topics",
    "ssm": "describe_parameters",
}


def prepare(cloudformation: CloudFormationBackend) -> None:
    """Create the stack unless it is there, and wait for it."""
    if names.STACK_BOOTSTRAP in cloudformation.stacks:
        return
    stack = cloudformation.create(StackRequest(name=names.STACK_BOOTSTRAP, template=parse(json.dumps(_TEMPLATE))))
    while stack.busy:
        time.sleep(_POLL_SECONDS)


def load_services(client: Clients) -> None:
    """Load what a deployment needs of each service before there is one: alarms are evaluated while the first one runs.

    A service's first request imports its part of moto, reads its description and builds its back end, which for IAM
    holds all of AWS's managed policies: up to two tenths of a second of work in C, in which every other request waits.
    """
    for service, operation in HARMLESS_REQUESTS.items():
        getattr(client(service), operation)()
    client("application-autoscaling").describe_scalable_targets(ServiceNamespace=names.SERVICE_NAMESPACE_ECS)


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

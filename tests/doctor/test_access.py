"""Credentials and permissions: refused by the API server as by AWS, once it checks them as AWS does."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from fastscale.aws.session import MakeClient
from fastscale.doctor.examination import examine
from fastscale.doctor.finding import Finding, Level
from fastscale.doctor.refusals import unanswered
from tests.doctor.deployed import Deployed
from tests.localcloud.server.process import REGION, Server

Key = tuple[str, str]


@pytest.fixture(scope="module")
def reader(server: Server) -> Key:
    """The key of a user who may do everything but look at targets."""
    iam = server.client("iam")
    iam.create_user(UserName="reader")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "elasticloadbalancing:DescribeTargetHealth", "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="reader", PolicyName="reader", PolicyDocument=document)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.fixture
def strict(deployed: Deployed, reader: Key) -> Iterator[Deployed]:
    """The service on a server that checks signatures and permissions."""
    _check_after(deployed.server, "0")
    yield deployed
    _check_after(deployed.server, "inf")


def _check_after(server: Server, requests: str) -> None:
    """Let so many requests pass unchecked (moto's own switch)."""
    url, kind = f"{server.url}/moto-api/reset-auth", {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(url, requests.encode(), kind), timeout=10).close()


def with_key(server: Server, key: Key) -> MakeClient:
    session = boto3.Session(*key, region_name=REGION)
    return lambda service: session.client(service, endpoint_url=server.url)


def examined(strict: Deployed, key: Key) -> list[Finding]:
    return list(examine(strict.plan, with_key(strict.server, key), time.time(), local=True))


def test_a_key_that_nobody_knows(strict: Deployed) -> None:
    (found,) = examined(strict, ("AKIAIOSFODNN7EXAMPLE", "secret"))
    assert (found.level, found.subject) == (Level.PROBLEM, "credentials")
    assert found.text.startswith("GetCallerIdentity: InvalidClientTokenId: ")
    assert found.fix == "log in again: these credentials have expired or are not valid"


def test_a_secret_that_is_not_the_keys(strict: Deployed, reader: Key) -> None:
    (found,) = examined(strict, (reader[0], "another"))
    assert found.text.startswith("GetCallerIdentity: SignatureDoesNotMatch: ")
    assert found.fix == "check that the secret belongs to the key, and that this machine's clock is right"


def test_one_permission_that_is_missing_hides_nothing_else(strict: Deployed, reader: Key) -> None:
    found = examined(strict, reader)
    (denied,) = [one for one in found if one.level is Level.PROBLEM]
    assert denied.subject == "targets"
    assert denied.text.startswith("DescribeTargetHealth: AccessDenied: ")
    assert denied.fix == "allow the action DescribeTargetHealth to these credentials"
    assert {"service", "metrics", "alarm", "scaling"} <= {one.subject for one in found}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (refused("ExpiredToken"), "log in again"),
        (refused("ExpiredTokenException"), "log in again"),
        (refused("UnrecognizedClientException"), "log in again"),
        (UnauthorizedSSOTokenError(), "log in again"),
        (CredentialRetrievalError(provider="process", error_msg="it failed"), "log in again"),
        (refused("ThrottlingException"), "ask again in a minute"),
        (refused("StackNotFoundException"), "deploy the stacks"),
        (NoCredentialsError(), "aws configure"),
        (EndpointConnectionError(endpoint_url="https://sts.mars-1.amazonaws.com"), "check the network"),
        (
            ResponseParserError("Unable to parse response, invalid XML received:\nthe page of a proxy"),
            "check the network",
        ),
    ],
    ids=str,
)
def test_what_the_local_cloud_cannot_refuse_is_explained_too(
    error: BotoCoreError | ClientError | ResponseParserError, fix: str
) -> None:
    found = unanswered("credentials", error)
    assert (found.level, found.subject) == (Level.PROBLEM, "credentials")
    assert "\n" not in found.text
    assert found.fix is not None
    assert found.fix.startswith(fix)

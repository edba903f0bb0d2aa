"""cdk-nag's AwsSolutions rules, and the findings that we accept on purpose.

Each acceptance stands beside the resource it is about. A finding that nobody accepted fails the synthesis.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Stack, Token, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Hold every resource of ``app`` against the AwsSolutions rules when it is synthesized."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept what ``rule`` (such as ``EC23`` or ``IAM5[Resource::*]``) finds at ``construct`` and below."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def accept_wildcard(construct: IConstruct, *, service: str, resource: str, reason: str) -> None:
    """Accept that a policy below ``construct`` names every ``resource`` (such as ``task/shop/*``) of ``service``.

    cdk-nag takes no patterns: a finding has to be named as it is, with the Region and the account when they are known.
    """
    stack = Stack.of(construct)
    region = "<AWS::Region>" if Token.is_unresolved(stack.region) else stack.region
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    accept(construct, f"IAM5[Resource::arn:<AWS::Partition>:{service}:{region}:{account}:{resource}]", reason)

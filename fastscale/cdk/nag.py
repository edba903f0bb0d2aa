"""cdk-nag's AwsSolutions rules, and the findings that we accept on purpose.

Each acceptance stands beside the resource it is about. A finding that nobody accepted fails the synthesis.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Hold every resource of ``app`` against the AwsSolutions rules when it is synthesized."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept what ``rule`` (such as ``EC23`` or ``IAM5[Resource::*]``) finds at ``construct`` and below."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))

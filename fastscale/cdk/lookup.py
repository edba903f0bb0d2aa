"""A service as CloudWatch and Application Auto Scaling know it, from constructs or from names and ARNs."""

from __future__ import annotations

from aws_cdk import Fn
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from fastscale.cdk.metrics import ScaledService
from fastscale.errors import InputError


def subject_of(service: ecs.IBaseService, target_group: elbv2.ITargetGroup) -> ScaledService:
    """The names of ``service`` behind ``target_group``.

    Raises InputError for a target group that no load balancer sends anything to yet.
    """
    return ScaledService(
        cluster=service.cluster.cluster_name,
        service=service.service_name,
        load_balancer=_load_balancer(target_group),
        target_group=_after("targetgroup/", target_group.target_group_arn),
    )


def _load_balancer(target_group: elbv2.ITargetGroup) -> str:
    """Its full name: of a group made in this application the first that has it as a target, else by its ARN."""
    if not isinstance(target_group, elbv2.ApplicationTargetGroup):
        return Fn.select(1, Fn.split("loadbalancer/", target_group.load_balancer_arns))
    try:
        return target_group.first_load_balancer_full_name
    except RuntimeError as error:  # jsii's name for whatever the CDK's engine refuses
        raise InputError(
            f"{target_group.node.path}: no load balancer sends requests to this target group: add it to a listener "
            "before fast scaling is added to its service"
        ) from error


def _after(kind: str, arn: str) -> str:
    """The full name in an ARN of Elastic Load Balancing, such as ``targetgroup/web/3c4d``; ``arn`` may be a token."""
    return kind + Fn.select(1, Fn.split(kind, arn))

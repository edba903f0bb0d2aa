"""What Pulse may do: watch and scale one service, and publish metrics.

Which action knows which resources and condition keys is from the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from fastscale import names
from fastscale.cdk.access import publish_metrics

#: What the lease and the history do with their table.
TABLE_ACTIONS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")

#: Why statements below name no resource.
NO_RESOURCES = (
    "These actions know no resources: DescribeTargetHealth and DescribeScalableTargets only read, ListTasks and "
    "DescribeTasks are held to the cluster by condition and PutMetricData to two namespaces; so does ECR's "
    "GetAuthorizationToken."
)


def statements(service: ecs.IBaseService, *, namespace: str, acts: bool) -> Iterator[iam.PolicyStatement]:
    """The statements of the task role; ``namespace`` is the one of the service's own metrics.

    One that does not act, because it runs dry, may not change the service either.
    """
    yield iam.PolicyStatement(
        sid="ScaleTheService" if acts else "SeeTheService",
        actions=["ecs:DescribeServices", *(["ecs:UpdateService"] if acts else [])],
        resources=[
            Stack.of(service).format_arn(
                service="ecs",
                resource="service",
                resource_name=f"{service.cluster.cluster_name}/{service.service_name}",
            )
        ],
    )
    yield iam.PolicyStatement(
        sid="SeeItsTasks",
        actions=["ecs:DescribeTasks", "ecs:ListTasks"],
        # The ARNs of tasks are not known beforehand, and those of one service look like those of any other.
        resources=["*"],
        conditions={"ArnEquals": {"ecs:cluster": service.cluster.cluster_arn}},
    )
    yield iam.PolicyStatement(
        sid="SeeTargetsAndLimits",
        actions=["application-autoscaling:DescribeScalableTargets", "elasticloadbalancing:DescribeTargetHealth"],
        resources=["*"],  # neither action knows a resource or a condition key
    )
    yield publish_metrics(namespace, names.NAMESPACE_PULSE)

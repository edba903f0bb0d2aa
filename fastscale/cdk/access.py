"""Statements of IAM that several constructs need."""

from __future__ import annotations

from aws_cdk import aws_iam as iam


def publish_metrics(*namespaces: str) -> iam.PolicyStatement:
    """Publish metrics into ``namespaces`` and no other.

    PutMetricData knows no resources; its condition key is the namespace (Service Authorization Reference).
    """
    return iam.PolicyStatement(
        sid="PublishMetrics",
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={
            "StringEquals": {"cloudwatch:namespace": namespaces[0] if len(namespaces) == 1 else list(namespaces)}
        },
    )

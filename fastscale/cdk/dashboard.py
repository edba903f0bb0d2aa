"""The dashboard of one service."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


class ServiceDashboard(Construct):
    """A page called ``name`` with ``rows`` from top to bottom."""

    def __init__(self, scope: Construct, id_: str, *, name: str, rows: Sequence[Sequence[cloudwatch.IWidget]]) -> None:
        super().__init__(scope, id_)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            default_interval=Duration.hours(1),
            widgets=[list(row) for row in rows],
        )


def console_url(dashboard: cloudwatch.Dashboard) -> str:
    """Where a page is in the AWS console."""
    region = Stack.of(dashboard).region
    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#dashboards/dashboard/{dashboard.dashboard_name}"
    )

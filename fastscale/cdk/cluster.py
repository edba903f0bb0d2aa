"""The ECS cluster."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct


class AppCluster(Construct):
    """A Fargate cluster with Container Insights, which counts the tasks for the dashboard.

    With ``spot`` its services may run tasks on Fargate Spot.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, vpc: ec2.IVpc, spot: bool = False) -> None:
        super().__init__(scope, id_)
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=name,
            vpc=vpc,
            enable_fargate_capacity_providers=spot,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            # Recording what is typed in ECS Exec would give every task the right to write to the account's log groups.
            # CloudTrail records who opened a session.
            execute_command_configuration=ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE),
        )

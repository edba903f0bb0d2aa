"""A shop's own CDK application, whose service adopts fast scaling in one line: the last one of its stack.

pip install "fastscale[cdk]", then `cdk deploy` in this folder. A container engine builds the shop's image from `web/`.
"""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_logs as logs
from aws_cdk.aws_ecr_assets import Platform
from constructs import Construct

from fastscale.cdk import FastScaling

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
PORT = 8080


class ShopStack(cdk.Stack):
    """What the shop has anyway: a network, a cluster, a load balancer and a service."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1, restrict_default_security_group=False)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        task = ecs.FargateTaskDefinition(self, "Task", cpu=256, memory_limit_mib=512)
        task.add_container(
            "Web",
            image=ecs.ContainerImage.from_asset(
                str(HERE / "web"), build_contexts={"fastscale": str(CHECKOUT)}, platform=Platform.LINUX_AMD64
            ),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            logging=ecs.LogDrivers.aws_logs(stream_prefix="web", log_group=log_group),
        )
        service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=task,
            min_healthy_percent=100,
            # An image that does not start is rolled back in minutes; without it CloudFormation waits for hours.
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
        )
        balancer = elbv2.ApplicationLoadBalancer(self, "Balancer", vpc=vpc, internet_facing=True)
        target_group = balancer.add_listener("Http", port=80).add_targets(
            "Web",
            port=PORT,
            protocol=elbv2.ApplicationProtocol.HTTP,
            targets=[service],
            health_check=elbv2.HealthCheck(
                path="/health", interval=cdk.Duration.seconds(5), timeout=cdk.Duration.seconds(4)
            ),
            deregistration_delay=cdk.Duration.seconds(10),
        )
        FastScaling(self, "FastScaling", service=service, target_group=target_group, requests_per_task=100)


if __name__ == "__main__":
    app = cdk.App()
    ShopStack(app, "Shop")
    app.synth()

"""A shop's own CDK application, whose service adopts fast scaling in one line: the last one of its stack.

pip install "fastscale[cdk]", then `cdk deploy` in this folder.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from fastscale.cdk import FastScaling

#: The shop's image: a web application on port 8080 with fastscale's meter, which publishes what it counts and answers
#: `/metrics`. It reads the namespace of its metrics from METER_NAMESPACE: CloudWatchSink(namespace=...).
IMAGE = "public.ecr.aws/docker/library/python:3.13-slim"
PORT = 8080


class ShopStack(cdk.Stack):
    """What the shop has anyway: a network, a cluster, a load balancer and a service."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1, restrict_default_security_group=False)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
        task = ecs.FargateTaskDefinition(self, "Task", cpu=256, memory_limit_mib=512)
        task.add_container(
            "Web",
            image=ecs.ContainerImage.from_registry(IMAGE),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
        )
        service = ecs.FargateService(self, "Service", cluster=cluster, task_definition=task, min_healthy_percent=100)
        balancer = elbv2.ApplicationLoadBalancer(self, "Balancer", vpc=vpc, internet_facing=True)
        target_group = balancer.add_listener("Http", port=80).add_targets(
            "Web", port=PORT, protocol=elbv2.ApplicationProtocol.HTTP, targets=[service]
        )
        FastScaling(self, "FastScaling", service=service, target_group=target_group, requests_per_task=100)


if __name__ == "__main__":
    app = cdk.App()
    ShopStack(app, "Shop")
    app.synth()

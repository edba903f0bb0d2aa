"""The Fargate service that runs the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from fastscale.cdk.network import PRIVATE
from fastscale.plan import Service

HTTPS = 443
HIGH_RESOLUTION_SECONDS = 20


class AppService(Construct):
    """A service in private subnets that nobody reaches yet; a deployment that fails rolls itself back.

    The template states no desired count: CloudFormation writes a stated one back with any change of the service, and
    so cuts a scaled-out fleet (aws-cloudformation/cloudformation-coverage-roadmap, issue 187). A new service has one
    task until the scalable target is registered, which raises it to the floor at once (Application Auto Scaling API
    reference, RegisterScalableTarget); from then on only scaling changes the count.

    Of the tasks above ``on_demand`` the plan's share runs on Fargate Spot. ECS publishes ``high_resolution`` metrics
    every 20 s instead of every minute.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: Service,
        cluster: ecs.ICluster,
        definition: ecs.FargateTaskDefinition,
        on_demand: int,
        high_resolution: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.security_group = self._security_group(cluster.vpc)
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            service_name=service.name,
            task_definition=definition,
            capacity_provider_strategies=_strategies(service, on_demand),
            min_healthy_percent=service.minimum_healthy_percent,
            max_healthy_percent=service.maximum_percent,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            enable_execute_command=service.enable_exec,
            enable_ecs_managed_tags=service.task_protection or None,  # the permission tells tasks apart by them
            assign_public_ip=False,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name=PRIVATE),
            security_groups=[self.security_group],
        )
        if high_resolution:
            self._publish_often(high_resolution)

    def allow_from(self, callers: ec2.ISecurityGroup, *, port: int) -> None:
        """Let members of ``callers`` reach the tasks on ``port``."""
        self.security_group.add_ingress_rule(callers, ec2.Port.tcp(port), "Load balancer only")

    def register_with(self, target_group: elbv2.IApplicationTargetGroup) -> None:
        """Make the tasks targets of ``target_group``.

        It is named by its ARN. Given the construct itself, the CDK would add security group rules of its own, one of
        them from this stack to the load balancer's group.
        """
        by_arn = elbv2.ApplicationTargetGroup.from_target_group_attributes(
            self, "Targets", target_group_arn=target_group.target_group_arn
        )
        self.service.attach_to_application_target_group(by_arn)

    def _publish_often(self, metrics: Sequence[str]) -> None:
        """The high-level construct does not know the resource's Monitoring yet (ECS developer guide, "Faster auto
        scaling with high-resolution metrics").
        """
        every_20_s = ecs.CfnService.MetricConfigurationProperty(
            metric_names=list(metrics), resolution_seconds=HIGH_RESOLUTION_SECONDS
        )
        resource = cast(ecs.CfnService, self.service.node.default_child)
        resource.monitoring = ecs.CfnService.MonitoringConfigurationProperty(metric_configurations=[every_20_s])

    def _security_group(self, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Tasks: load balancer in, AWS out", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS APIs: image, logs, metrics")
        return group


def _strategies(service: Service, on_demand: int) -> list[ecs.CapacityProviderStrategy] | None:
    """``on_demand`` tasks are never taken back; the others are divided by weight. None: all of them on demand."""
    if not service.spot_percent:
        return None
    return [
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE", base=on_demand, weight=100 - service.spot_percent),
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=service.spot_percent),
    ]

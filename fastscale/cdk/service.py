"""The Fargate service that runs the tasks."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from fastscale.plan import Service

HTTPS = 443


class AppService(Construct):
    """A service in private subnets that nobody reaches yet; a deployment that fails rolls itself back."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: Service,
        cluster: ecs.ICluster,
        definition: ecs.FargateTaskDefinition,
    ) -> None:
        super().__init__(scope, id_)
        self.security_group = self._security_group(cluster.vpc)
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            service_name=service.name,
            task_definition=definition,
            desired_count=service.desired_count,
            min_healthy_percent=service.minimum_healthy_percent,
            max_healthy_percent=service.maximum_percent,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            enable_execute_command=service.enable_exec,
            assign_public_ip=False,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self.security_group],
        )

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

    def _security_group(self, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Tasks: load balancer in, AWS out", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS APIs: image, logs, metrics")
        return group

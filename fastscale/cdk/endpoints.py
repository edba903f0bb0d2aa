"""The way to AWS's APIs without a NAT gateway: an interface endpoint in each zone for every service that is used."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from fastscale.cdk.network import PRIVATE
from fastscale.plan import Network, Plan

HTTPS = 443


class ServiceEndpoints(Construct):
    """Interface endpoints with private names, so that no client needs another URL; open to the VPC on port 443 alone.

    Amazon ECR hands out image layers from S3, whose gateway endpoint the VPC has anyway.
    """

    def __init__(self, scope: Construct, id_: str, *, vpc: ec2.Vpc, plan: Plan) -> None:
        super().__init__(scope, id_)
        self.security_group = self._security_group(vpc, plan.network)
        for service in plan.interface_endpoints:
            vpc.add_interface_endpoint(
                service,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                open=False,  # the security group says who may come in
                security_groups=[self.security_group],
                subnets=ec2.SubnetSelection(subnet_group_name=PRIVATE),
            )
        if plan.pulse.enabled:
            vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)

    def _security_group(self, vpc: ec2.IVpc, network: Network) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Endpoints: the VPC in, nothing out", allow_all_outbound=False
        )
        group.add_ingress_rule(ec2.Peer.ipv4(network.cidr), ec2.Port.tcp(HTTPS), "AWS APIs for the VPC")
        return group

"""The VPC: public subnets for the load balancer, private ones for the tasks."""

from __future__ import annotations

from aws_cdk import Fn
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from fastscale.cdk import nag
from fastscale.plan import Egress, Network

SUBNET_PREFIX_LENGTH = 24
#: The names of the two groups of subnets.
PUBLIC, PRIVATE = "Public", "Private"


class VpcNetwork(Construct):
    """A VPC with a public and a private /24 subnet per availability zone, and a gateway endpoint for S3.

    The endpoint is free and carries the image layers, which would otherwise pass (and be paid for at) the NAT gateway.
    Without NAT gateways the private subnets have no way out at all; interface endpoints have to be added then.
    """

    def __init__(self, scope: Construct, id_: str, *, network: Network) -> None:
        super().__init__(scope, id_)
        nat = network.egress is Egress.NAT
        private = ec2.SubnetType.PRIVATE_WITH_EGRESS if nat else ec2.SubnetType.PRIVATE_ISOLATED
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(network.cidr),
            availability_zones=_first_zones(network.max_azs),
            nat_gateways=network.nat_gateways if nat else 0,
            subnet_configuration=[_subnets(PUBLIC, ec2.SubnetType.PUBLIC), _subnets(PRIVATE, private)],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
            },
            # Restricting it takes a Lambda function; nothing here uses the default security group.
            restrict_default_security_group=False,
        )
        nag.accept(
            self.vpc,
            "VPC7",
            "Flow logs cost by the gigabyte and are an account's decision; access logs tell who asked.",
        )


def _first_zones(count: int) -> list[str]:
    """The Region's first zones, chosen when the stack is deployed: no account needs to be asked at synthesis."""
    return [Fn.select(i, Fn.get_azs()) for i in range(count)]


def _subnets(name: str, kind: ec2.SubnetType) -> ec2.SubnetConfiguration:
    return ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=SUBNET_PREFIX_LENGTH)

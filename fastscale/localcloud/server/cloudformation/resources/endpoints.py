"""Endpoints of a VPC: gateways for S3 and DynamoDB, interfaces for every other service."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType
from fastscale.localcloud.server.cloudformation.resources.ec2 import tag_specification

#: Lists that ModifyVpcEndpoint takes as what to add and what to remove.
_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")


def _create_endpoint(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    tags = tag_specification(context, "vpc-endpoint", properties)
    given = arguments(ec2, "CreateVpcEndpoint", properties, leave={"Tags"})
    endpoint = ec2.create_vpc_endpoint(**given, TagSpecifications=tags)["VpcEndpoint"]
    names = [f"{entry['HostedZoneId']}:{entry['DnsName']}" for entry in endpoint.get("DnsEntries", [])]
    interfaces = endpoint.get("NetworkInterfaceIds", [])
    attributes = {"Id": endpoint["VpcEndpointId"], "DnsEntries": names, "NetworkInterfaceIds": interfaces}
    return Physical(endpoint["VpcEndpointId"], attributes)


def _update_endpoint(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    ec2 = context.client("ec2")
    changes: dict[str, Any] = {}
    for name in _LISTS:
        before, after = set(old.get(name, [])), set(new.get(name, []))
        changes |= {f"Add{name}": sorted(after - before), f"Remove{name}": sorted(before - after)}
    if "PolicyDocument" in new:
        changes["PolicyDocument"] = new["PolicyDocument"]
    elif "PolicyDocument" in old:
        changes["ResetPolicy"] = True
    if "PrivateDnsEnabled" in new:
        changes["PrivateDnsEnabled"] = new["PrivateDnsEnabled"]
    given = arguments(ec2, "ModifyVpcEndpoint", {name: value for name, value in changes.items() if value != []})
    if given:
        ec2.modify_vpc_endpoint(VpcEndpointId=physical.id, **given)
    return physical


def _delete_endpoint(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[physical.id])


TYPES = {
    "AWS::EC2::VPCEndpoint": ResourceType(
        _create_endpoint,
        _delete_endpoint,
        _update_endpoint,
        frozenset({"VpcId", "ServiceName", "VpcEndpointType"}),
    ),
}

"""Networks: VPC, subnets, routes and gateways."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType


def tag_specification(context: Context, kind: str, properties: Properties) -> list[dict[str, Any]]:
    """TagSpecifications of an EC2 call that creates a ``kind``."""
    tags = context.tag_list(properties)
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def _retag(context: Context, physical: Physical, new: Properties) -> None:
    context.client("ec2").create_tags(Resources=[physical.id], Tags=context.tag_list(new))


def _only_tags(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    """The update of a type of which only the tags can change in place."""
    _retag(context, physical, new)
    return physical


_VPC_SWITCHES = ("EnableDnsSupport", "EnableDnsHostnames")


def _create_vpc(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    given = arguments(ec2, "CreateVpc", properties, leave={"Tags", *_VPC_SWITCHES})
    vpc = ec2.create_vpc(**given, TagSpecifications=tag_specification(context, "vpc", properties))["Vpc"]
    context.claim(Physical(vpc["VpcId"]))
    _switch_vpc(ec2, vpc["VpcId"], properties)
    only_this = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    groups = ec2.describe_security_groups(Filters=only_this)["SecurityGroups"]
    acls = ec2.describe_network_acls(Filters=only_this)["NetworkAcls"]
    return Physical(
        vpc["VpcId"],
        {
            "VpcId": vpc["VpcId"],
            "CidrBlock": vpc["CidrBlock"],
            "DefaultSecurityGroup": groups[0]["GroupId"],
            "DefaultNetworkAcl": acls[0]["NetworkAclId"],
        },
    )


def _switch_vpc(ec2: Any, vpc_id: str, properties: Properties) -> None:
    for name in _VPC_SWITCHES:
        if name in properties:
            ec2.modify_vpc_attribute(VpcId=vpc_id, **{name: {"Value": str(properties[name]).lower() == "true"}})


def _update_vpc(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _switch_vpc(context.client("ec2"), physical.id, new)
    _retag(context, physical, new)
    return physical


def _create_subnet(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    given = arguments(ec2, "CreateSubnet", properties, leave={"Tags", "MapPublicIpOnLaunch"})
    subnet = ec2.create_subnet(**given, TagSpecifications=tag_specification(context, "subnet", properties))["Subnet"]
    context.claim(Physical(subnet["SubnetId"]))
    _switch_subnet(ec2, subnet["SubnetId"], properties)
    names = ("SubnetId", "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
    return Physical(subnet["SubnetId"], {name: subnet[name] for name in names})


def _switch_subnet(ec2: Any, subnet_id: str, properties: Properties) -> None:
    public = str(properties.get("MapPublicIpOnLaunch", False)).lower() == "true"
    ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": public})


def _update_subnet(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _switch_subnet(context.client("ec2"), physical.id, new)
    _retag(context, physical, new)
    return physical


def _create_route_table(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    tags = tag_specification(context, "route-table", properties)
    table = ec2.create_route_table(VpcId=properties["VpcId"], TagSpecifications=tags)["RouteTable"]
    return Physical(table["RouteTableId"], {"RouteTableId": table["RouteTableId"]})


def _create_association(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    made = ec2.associate_route_table(RouteTableId=properties["RouteTableId"], SubnetId=properties["SubnetId"])
    return Physical(made["AssociationId"], {"Id": made["AssociationId"]})


def _create_route(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    ec2.create_route(**arguments(ec2, "CreateRoute", properties))
    return Physical(f"{properties['RouteTableId']}|{_destination(properties)[1]}")


def _update_route(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    """ReplaceRoute: the same destination by another way."""
    ec2 = context.client("ec2")
    ec2.replace_route(**arguments(ec2, "ReplaceRoute", new))
    return physical


def _delete_route(context: Context, _: Physical, properties: Properties) -> None:
    name, value = _destination(properties)
    context.client("ec2").delete_route(RouteTableId=properties["RouteTableId"], **{name: value})


def _destination(properties: Properties) -> tuple[str, str]:
    name = next(name for name in _DESTINATIONS if name in properties)
    return name, properties[name]


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _create_address(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    tags = tag_specification(context, "elastic-ip", properties)
    made = ec2.allocate_address(**arguments(ec2, "AllocateAddress", properties, leave={"Tags"}), TagSpecifications=tags)
    return Physical(made["PublicIp"], {"PublicIp": made["PublicIp"], "AllocationId": made["AllocationId"]})


def _create_nat_gateway(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    tags = tag_specification(context, "natgateway", properties)
    given = arguments(ec2, "CreateNatGateway", properties, leave={"Tags"})
    gateway = ec2.create_nat_gateway(**given, TagSpecifications=tags)["NatGateway"]
    return Physical(gateway["NatGatewayId"], {"NatGatewayId": gateway["NatGatewayId"]})


def _delete_nat_gateway(context: Context, physical: Physical, _: Properties) -> None:
    """DeleteNatGateway, and its network interface, which AWS takes along and moto leaves."""
    ec2 = context.client("ec2")
    gateway = ec2.describe_nat_gateways(NatGatewayIds=[physical.id])["NatGateways"][0]
    ec2.delete_nat_gateway(NatGatewayId=physical.id)
    for address in gateway.get("NatGatewayAddresses", []):
        ec2.delete_network_interface(NetworkInterfaceId=address["NetworkInterfaceId"])


def _create_internet_gateway(context: Context, properties: Properties) -> Physical:
    tags = tag_specification(context, "internet-gateway", properties)
    gateway = context.client("ec2").create_internet_gateway(TagSpecifications=tags)["InternetGateway"]
    return Physical(gateway["InternetGatewayId"], {"InternetGatewayId": gateway["InternetGatewayId"]})


def _attach_gateway(context: Context, properties: Properties) -> Physical:
    gateway, vpc = properties["InternetGatewayId"], properties["VpcId"]
    context.client("ec2").attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return Physical(f"IGW|{vpc}", {"AttachmentType": "IGW"})


def _detach_gateway(context: Context, _: Physical, properties: Properties) -> None:
    context.client("ec2").detach_internet_gateway(
        InternetGatewayId=properties["InternetGatewayId"], VpcId=properties["VpcId"]
    )


def _create_flow_log(context: Context, properties: Properties) -> Physical:
    ec2 = context.client("ec2")
    given = arguments(ec2, "CreateFlowLogs", properties, leave={"Tags", "ResourceId"})
    tags = tag_specification(context, "vpc-flow-log", properties)
    made = ec2.create_flow_logs(**given, ResourceIds=[properties["ResourceId"]], TagSpecifications=tags)
    return Physical(made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]})


def _deleting(operation: str, parameter: str, attribute: str | None = None) -> Any:
    """A delete handler that calls one operation with the id of the resource, or with one of its attributes."""

    def delete(context: Context, physical: Physical, _: Properties) -> None:
        value = physical.attributes[attribute] if attribute else physical.id
        getattr(context.client("ec2"), operation)(**{parameter: value})

    return delete


def _delete_flow_log(context: Context, physical: Physical, _: Properties) -> None:
    context.client("ec2").delete_flow_logs(FlowLogIds=[physical.id])


TYPES = {
    "AWS::EC2::VPC": ResourceType(
        _create_vpc, _deleting("delete_vpc", "VpcId"), _update_vpc, frozenset({"CidrBlock", "InstanceTenancy"})
    ),
    "AWS::EC2::Subnet": ResourceType(
        _create_subnet,
        _deleting("delete_subnet", "SubnetId"),
        _update_subnet,
        frozenset({"VpcId", "CidrBlock", "AvailabilityZone"}),
    ),
    "AWS::EC2::RouteTable": ResourceType(
        _create_route_table, _deleting("delete_route_table", "RouteTableId"), _only_tags, frozenset({"VpcId"})
    ),
    "AWS::EC2::SubnetRouteTableAssociation": ResourceType(
        _create_association, _deleting("disassociate_route_table", "AssociationId")
    ),
    "AWS::EC2::Route": ResourceType(
        _create_route, _delete_route, _update_route, frozenset({"RouteTableId", *_DESTINATIONS})
    ),
    "AWS::EC2::EIP": ResourceType(_create_address, _deleting("release_address", "AllocationId", "AllocationId")),
    "AWS::EC2::NatGateway": ResourceType(
        _create_nat_gateway,
        _delete_nat_gateway,
        _only_tags,
        frozenset({"AllocationId", "SubnetId"}),
    ),
    "AWS::EC2::InternetGateway": ResourceType(
        _create_internet_gateway, _deleting("delete_internet_gateway", "InternetGatewayId"), _only_tags
    ),
    "AWS::EC2::VPCGatewayAttachment": ResourceType(_attach_gateway, _detach_gateway),
    "AWS::EC2::FlowLog": ResourceType(_create_flow_log, _delete_flow_log),
}

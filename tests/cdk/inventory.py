"""Everything that an account holds of the kinds that the stacks are made of, by what AWS calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Client = Callable[[str], Any]


def inventory(client: Client) -> set[str]:
    """One line for each thing, as ``kind name``; what AWS shows for a while after it was deleted is left out."""
    kinds = (_cloudwatch, _scaling, _ecs, _elb, _ec2, _iam, _storage, _cloudformation, _events)
    return {line for kind in kinds for line in kind(client)}


def _cloudwatch(client: Client) -> Iterator[str]:
    cloudwatch, sns = client("cloudwatch"), client("sns")
    yield from (f"alarm {found['AlarmName']}" for found in cloudwatch.describe_alarms()["MetricAlarms"])
    yield from (f"dashboard {found['DashboardName']}" for found in cloudwatch.list_dashboards()["DashboardEntries"])
    yield from (f"topic {found['TopicArn']}" for found in sns.list_topics()["Topics"])
    yield from (f"subscription {found['SubscriptionArn']}" for found in sns.list_subscriptions()["Subscriptions"])
    yield from (f"log group {found['logGroupName']}" for found in client("logs").describe_log_groups()["logGroups"])


def _scaling(client: Client) -> Iterator[str]:
    scaling, ecs = client("application-autoscaling"), {"ServiceNamespace": "ecs"}
    targets = scaling.describe_scalable_targets(**ecs)["ScalableTargets"]
    yield from (f"scalable target {found['ResourceId']}" for found in targets)
    yield from (
        f"policy {found['PolicyName']}" for found in scaling.describe_scaling_policies(**ecs)["ScalingPolicies"]
    )
    actions = scaling.describe_scheduled_actions(**ecs)["ScheduledActions"]
    yield from (f"scheduled action {found['ScheduledActionName']}" for found in actions)


def _ecs(client: Client) -> Iterator[str]:
    ecs = client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    for cluster in ecs.describe_clusters(clusters=clusters)["clusters"] if clusters else []:
        if cluster["status"] == "INACTIVE":
            continue
        yield f"cluster {cluster['clusterName']}"
        yield from (f"service {arn}" for arn in ecs.list_services(cluster=cluster["clusterName"])["serviceArns"])
        yield from (f"task {arn}" for arn in ecs.list_tasks(cluster=cluster["clusterName"])["taskArns"])
    yield from (f"task definition {arn}" for arn in ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"])


def _elb(client: Client) -> Iterator[str]:
    elb = client("elbv2")
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        yield f"load balancer {balancer['LoadBalancerName']}"
        listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        yield from (f"listener {found['ListenerArn']}" for found in listeners)
    yield from (f"target group {found['TargetGroupName']}" for found in elb.describe_target_groups()["TargetGroups"])


def _ec2(client: Client) -> Iterator[str]:
    ec2 = client("ec2")
    yield from (f"VPC {found['VpcId']}" for found in ec2.describe_vpcs()["Vpcs"])
    yield from (f"subnet {found['SubnetId']}" for found in ec2.describe_subnets()["Subnets"])
    yield from (f"route table {found['RouteTableId']}" for found in ec2.describe_route_tables()["RouteTables"])
    yield from (f"security group {found['GroupId']}" for found in ec2.describe_security_groups()["SecurityGroups"])
    yield from (
        f"gateway {found['InternetGatewayId']}" for found in ec2.describe_internet_gateways()["InternetGateways"]
    )
    yield from (f"address {found['PublicIp']}" for found in ec2.describe_addresses()["Addresses"])
    yield from (f"interface {found['NetworkInterfaceId']}" for found in _interfaces(ec2))
    yield from (f"NAT {found['NatGatewayId']}" for found in ec2.describe_nat_gateways()["NatGateways"] if _alive(found))
    yield from (
        f"endpoint {found['VpcEndpointId']}" for found in ec2.describe_vpc_endpoints()["VpcEndpoints"] if _alive(found)
    )


def _interfaces(ec2: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    return found


def _alive(found: dict[str, Any]) -> bool:
    return str(found["State"]).lower() not in ("deleted", "deleting")


def _iam(client: Client) -> Iterator[str]:
    iam = client("iam")
    yield from (f"role {found['RoleName']}" for found in iam.list_roles()["Roles"])
    yield from (f"managed policy {found['PolicyName']}" for found in iam.list_policies(Scope="Local")["Policies"])


def _storage(client: Client) -> Iterator[str]:
    yield from (f"bucket {found['Name']}" for found in client("s3").list_buckets()["Buckets"])
    yield from (f"table {name}" for name in client("dynamodb").list_tables()["TableNames"])
    yield from (f"parameter {found['Name']}" for found in client("ssm").describe_parameters()["Parameters"])


def _cloudformation(client: Client) -> Iterator[str]:
    cloudformation = client("cloudformation")
    yield from (f"stack {found['StackName']}" for found in cloudformation.describe_stacks()["Stacks"])
    yield from (f"export {found['Name']}" for found in cloudformation.list_exports()["Exports"])


def _events(client: Client) -> Iterator[str]:
    scheduler = client("scheduler")
    yield from (f"schedule {found['Name']}" for found in scheduler.list_schedules()["Schedules"])
    yield from (f"schedule group {found['Name']}" for found in scheduler.list_schedule_groups()["ScheduleGroups"])

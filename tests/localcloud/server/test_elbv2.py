"""Targets: keyed by address and port, with the health that the load balancer reports."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastscale.localcloud.server.elbv2.targets import TargetTable
from tests.localcloud.server.process import ALB_PORT, Server, eventually

ONE, OTHER = {"Id": "127.0.1.1", "Port": 8080}, {"Id": "127.0.1.1", "Port": 8081}


@pytest.fixture
def group(server: Server, service: str) -> str:
    """The ARN of a target group behind a load balancer; its deregistration delay is 1 s."""
    return server.client("elbv2").describe_target_groups(Names=[service])["TargetGroups"][0]["TargetGroupArn"]


def health(server: Server, group: str) -> dict[tuple[str, int], tuple[str, str]]:
    descriptions = server.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {
        (shape["Target"]["Id"], shape["Target"]["Port"]): (
            shape["TargetHealth"]["State"],
            shape["TargetHealth"].get("Reason", ""),
        )
        for shape in descriptions
    }


def report(server: Server, group: str, *targets: tuple[dict, str]) -> None:
    reported = [{"id": target["Id"], "port": target["Port"], "state": state} for target, state in targets]
    server.post("/elbv2/target-health", {"targetGroupArn": group, "targets": reported})


def test_a_load_balancer_is_where_the_proxy_listens(server: Server, service: str) -> None:
    (balancer,) = server.client("elbv2").describe_load_balancers(Names=[service])["LoadBalancers"]
    assert balancer["DNSName"] == f"localhost:{ALB_PORT}"
    assert balancer["State"]["Code"] == "active"
    with pytest.raises(ClientError, match="DuplicateLoadBalancerName"):
        subnets = [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]
        server.client("elbv2").create_load_balancer(Name=service, Subnets=subnets)


def test_health_is_what_was_reported(server: Server, group: str) -> None:
    elb = server.client("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[ONE, OTHER])
    first, second = (ONE["Id"], ONE["Port"]), (OTHER["Id"], OTHER["Port"])
    assert health(server, group) == dict.fromkeys((first, second), ("initial", "Elb.RegistrationInProgress"))
    report(server, group, (ONE, "healthy"), (OTHER, "unhealthy"))
    assert health(server, group) == {first: ("healthy", ""), second: ("unhealthy", "")}

    elb.deregister_targets(TargetGroupArn=group, Targets=[ONE])
    draining = ("draining", "Target.DeregistrationInProgress")
    assert health(server, group) == {first: draining, second: ("unhealthy", "")}
    report(server, group, (ONE, "unused"), (OTHER, "healthy"))
    assert health(server, group) == {second: ("healthy", "")}


def test_the_private_route_lists_draining_targets_until_their_delay_is_over(server: Server, group: str) -> None:
    elb = server.client("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[ONE])
    (registered,) = server.get(f"/elbv2/targets?targetGroupArn={group}")
    assert registered["deregisteredAt"] is None
    elb.deregister_targets(TargetGroupArn=group, Targets=[ONE])
    (draining,) = server.get(f"/elbv2/targets?targetGroupArn={group}")
    assert draining["deregisteredAt"] > draining["registeredAt"] == registered["registeredAt"]
    assert eventually(lambda: server.get(f"/elbv2/targets?targetGroupArn={group}") == [])


def test_a_target_takes_the_group_s_port_unless_it_names_one(server: Server, group: str) -> None:
    server.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.1.9"}])
    assert set(health(server, group)) == {("127.0.1.9", 8080)}


def test_a_target_that_comes_back_while_draining_starts_anew() -> None:
    table, key = TargetTable(), ("127.0.1.1", 8080)
    table.register([key], now=0)
    table.report([{"id": key[0], "port": key[1], "state": "healthy"}])
    table.deregister([key], now=10)
    assert table.health(key, in_use=True)["State"] == "draining"
    table.register([key], now=12)
    assert table.health(key, in_use=True)["State"] == "initial"
    table.expire(deregistration_delay_seconds=5, now=100)
    assert [target.registered_at for target in table.listed()] == [12]


def test_targets_of_a_group_without_load_balancer_are_unused() -> None:
    table, key = TargetTable(), ("127.0.1.1", 8080)
    table.register([key], now=0)
    assert table.health(key, in_use=False)["Reason"] == "Target.NotInUse"
    assert table.health(("127.0.1.2", 8080), in_use=True)["Reason"] == "Target.NotRegistered"


def test_a_late_report_about_a_target_that_is_gone_is_ignored() -> None:
    table = TargetTable()
    table.report([{"id": "127.0.1.1", "port": 8080, "state": "healthy"}])
    assert table.listed() == []

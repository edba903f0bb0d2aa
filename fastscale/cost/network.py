"""What the way in and the way out cost."""

from __future__ import annotations

from fastscale.cost.metrics import published_gb
from fastscale.cost.prices import Prices
from fastscale.cost.usage import HOURS, Item, Usage
from fastscale.plan import Egress, Plan


def network_items(plan: Plan, prices: Prices, usage: Usage) -> list[Item]:
    """The load balancer's hours, and NAT gateways or interface endpoints with what passes them.

    Logs and metrics pass; image layers come through the gateway endpoint of S3, which costs nothing.
    """
    balancer = Item("load balancer", "1", HOURS * prices.balancer_hour)
    passing_gb = usage.log_gb + published_gb(plan, usage)
    network = plan.network
    if network.egress is Egress.NAT:
        dollars = network.nat_gateways * HOURS * prices.nat_hour + passing_gb * prices.nat_gb
        return [balancer, Item("NAT gateway", f"{network.nat_gateways}, {passing_gb:.1f} GB", dollars)]
    services = len(plan.interface_endpoints)
    dollars = services * network.max_azs * HOURS * prices.endpoint_hour + passing_gb * prices.endpoint_gb
    quantity = f"{services} x {network.max_azs} zones, {passing_gb:.1f} GB"
    return [balancer, Item("interface endpoints", quantity, dollars)]

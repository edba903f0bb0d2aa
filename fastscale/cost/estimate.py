"""The monthly bill of a plan, item by item."""

from __future__ import annotations

from dataclasses import replace

from fastscale.cost.metrics import metric_items
from fastscale.cost.network import network_items
from fastscale.cost.prices import Prices
from fastscale.cost.tasks import task_items
from fastscale.cost.usage import Estimate, Item, Route, Usage
from fastscale.plan import Plan


def estimate(plan: Plan, prices: Prices, usage: Usage) -> Estimate:
    """The bill of ``plan`` for ``usage``.

    The load balancer's capacity units, data transfer to clients, Container Insights and the image registry are not in
    it.
    """
    return Estimate(
        (
            *task_items(plan, prices, usage),
            *metric_items(plan, prices, usage),
            Item("dashboard", "1", prices.dashboard_month),
            Item("application logs", f"{usage.log_gb:g} GB", usage.log_gb * prices.log_gb),
            *network_items(plan, prices, usage),
        )
    )


def on_route(plan: Plan, usage: Usage, route: Route) -> tuple[Plan, Usage]:
    """The plan and its usage when metrics take ``route``; Pulse is there exactly when it is the route."""
    pulse = plan.pulse.model_copy(update={"enabled": route is Route.PULSE})
    return plan.model_copy(update={"pulse": pulse}), replace(usage, route=route)

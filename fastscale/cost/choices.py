"""What another choice would save or cost a month, and what it would change otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from fastscale.cost.estimate import estimate, on_route
from fastscale.cost.prices import Prices
from fastscale.cost.usage import Route, Usage
from fastscale.plan import Architecture, Egress, Plan

#: What is left when all of Spot is taken back: the floor, and 30 % of the tasks above it.
SPOT_PERCENT = 70
SLOWER_SECONDS = 10.0


@dataclass(frozen=True)
class Choice:
    """A change, what it would save a month (below 0: it costs more), and what it would change otherwise."""

    name: str
    saves_dollars: float
    remark: str


@dataclass(frozen=True)
class _Change:
    name: str
    plan: Plan
    usage: Usage
    remark: str


def choices(plan: Plan, prices: Prices, usage: Usage) -> list[Choice]:
    """The changes that would make a difference, the largest saving first."""
    now = estimate(plan, prices, usage).dollars
    found = [
        Choice(change.name, now - estimate(change.plan, prices, change.usage).dollars, change.remark)
        for change in (*_of_metrics(plan, usage), *_of_tasks(plan, usage), *_of_network(plan, usage))
    ]
    return sorted((choice for choice in found if choice.saves_dollars), key=lambda choice: -choice.saves_dollars)


def _of_metrics(plan: Plan, usage: Usage) -> Iterator[_Change]:
    if usage.route is not Route.PULSE:
        remark = "it reads every task once a second and sets the task count itself"
        yield _Change("let Pulse publish for all tasks", *on_route(plan, usage, Route.PULSE), remark)
        yield _Change(
            "publish by log lines (EMF) instead of PutMetricData",
            plan,
            replace(usage, route=Route.EMF),
            "metrics pass through CloudWatch Logs first, which may take seconds more: measure before alarming on them",
        )
    slower = replace(usage, interval_seconds=max(usage.interval_seconds, SLOWER_SECONDS))
    yield _Change(f"publish every {slower.interval_seconds:g} s", plan, slower, "a surge is seen later by as much")
    remark = "no percentiles, errors and queue times"
    yield _Change("publish without detail", plan, replace(usage, detail=False), remark)


def _of_tasks(plan: Plan, usage: Usage) -> Iterator[_Change]:
    arm = _with(plan, "task", architecture=Architecture.ARM64)
    yield _Change("run tasks on ARM (Graviton)", arm, usage, "the image must be built for arm64")
    spot = _with(plan, "service", spot_percent=max(plan.service.spot_percent, SPOT_PERCENT))
    remark = "AWS may take such a task back with two minutes' notice; the discount varies"
    yield _Change(f"run {SPOT_PERCENT} % of the tasks above the floor on Spot", spot, usage, remark)


def _of_network(plan: Plan, usage: Usage) -> Iterator[_Change]:
    if plan.network.egress is Egress.NAT:
        other = _with(plan, "network", egress=Egress.ENDPOINTS)
        yield _Change("interface endpoints instead of NAT", other, usage, "tasks reach AWS alone, not the internet")
        return
    other = _with(plan, "network", egress=Egress.NAT)
    yield _Change("NAT instead of interface endpoints", other, usage, "tasks reach the internet, through one zone")


def _with(plan: Plan, part: str, **update: Any) -> Plan:
    """The plan with other values in one of its parts; not validated, which prices do not need."""
    return plan.model_copy(update={part: getattr(plan, part).model_copy(update=update)})

"""`fastscale cost`: what a plan costs a month, and what other choices would save."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fastscale.cli.options import PlanFile, Profile

if TYPE_CHECKING:
    from fastscale.cost import Choice, Estimate, Usage
    from fastscale.plan import Plan


def cost(
    tasks: Annotated[
        float | None, typer.Option(min=0, help="Average number of tasks; default: the plan's floor.")
    ] = None,
    profile: Profile = None,
    plan: PlanFile = None,
    region: Annotated[str | None, typer.Option(help="AWS Region; default: the plan's.")] = None,
    detail: Annotated[bool, typer.Option(help="With percentiles, errors and queue times.")] = False,
    arm: Annotated[bool, typer.Option("--arm", help="Tasks on ARM, whatever the plan says.")] = False,
    log_gb: Annotated[float, typer.Option(min=0, help="What the application logs a month, in GB.")] = 1.0,
    price_file: Annotated[
        Path | None,
        typer.Option("--prices", help="Your own prices (TOML, US dollars): for a Region that is not known here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what tasks, metrics, alarms, logs and the network cost a month, and what other choices would save."""
    from fastscale.cli.plan_choice import load_plan
    from fastscale.cost import Route, Usage, choices, estimate, load_prices, on_route, prices_for

    loaded = load_plan(profile, plan)
    loaded = _on_arm(loaded) if arm else loaded
    where = region or loaded.region
    prices = load_prices(price_file, where) if price_file else prices_for(where)
    usage = Usage(
        tasks=loaded.scaling.min_capacity if tasks is None else tasks,
        interval_seconds=loaded.metering.interval_seconds,
        route=Route.PULSE if loaded.pulse.enabled else Route.CLOUDWATCH,
        detail=detail,
        log_gb=log_gb,
    )
    bills = {}
    for route in Route:
        routed, used = on_route(loaded, usage, route)
        bills[route.value] = estimate(routed, prices, used)
    savings = choices(loaded, prices, usage)
    if as_json:
        typer.echo(json.dumps(_document(prices.region, price_file, usage, bills, savings), indent=2))
    else:
        _show(prices.region, price_file, usage, bills, savings)


def _on_arm(plan: Plan) -> Plan:
    from fastscale.plan import Architecture

    return plan.model_copy(update={"task": plan.task.model_copy(update={"architecture": Architecture.ARM64})})


def _document(
    region: str, price_file: Path | None, usage: Usage, bills: dict[str, Estimate], savings: list[Choice]
) -> dict[str, Any]:
    from fastscale.cost.prices import AS_OF, SOURCES

    made: dict[str, Any] = {"as_of": AS_OF.isoformat(), "sources": SOURCES}
    return {
        "region": region,
        "prices": {"currency": "USD", **({"file": str(price_file)} if price_file else made)},
        "usage": asdict(usage),
        "monthly": {
            route: {"total": round(bill.dollars, 2), "items": [asdict(item) for item in bill.items]}
            for route, bill in bills.items()
        },
        "choices": [asdict(choice) for choice in savings],
    }


def _show(
    region: str, price_file: Path | None, usage: Usage, bills: dict[str, Estimate], savings: list[Choice]
) -> None:
    from fastscale.cost.prices import AS_OF, SOURCES

    typer.echo(
        f"A month of {usage.tasks:g} tasks in {region}, published every {usage.interval_seconds:g} s, in US dollars"
        f" (the plan's route is {usage.route.value})"
    )
    for route, bill in bills.items():
        typer.echo(f"\nroute {route}")
        for item in bill.items:
            typer.echo(f"  {item.name:<24}{item.quantity:<36}{item.dollars:>10.2f}")
        typer.echo(f"  {'total':<60}{bill.dollars:>10.2f}")
    typer.echo("\nwhat another choice would save (below 0: cost), beginning with the most")
    for choice in savings:
        typer.echo(f"  {choice.name:<60}{choice.saves_dollars:>10.2f}   {choice.remark}")
    if price_file:
        typer.echo(f"\nThe prices are those of {price_file}.")
    else:
        typer.echo(f"\nCopies of AWS's list prices, made on {AS_OF}; check them before relying on them:")
        for source in SOURCES:
            typer.echo(f"  {source}")
    typer.echo("Not counted: load balancer capacity units, data transfer, Container Insights, free tier.")

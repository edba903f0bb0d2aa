"""What the tasks cost, and Pulse beside them."""

from __future__ import annotations

from fastscale.cost.prices import SPOT_DISCOUNT, Prices
from fastscale.cost.usage import HOURS, SECONDS, Item, Route, Usage
from fastscale.plan import Architecture, Plan

#: Two controllers share a lease: one renews and the other reads it, each this often (seconds).
RENEW_SECONDS = 1
#: What Pulse has learnt is saved this often (seconds), in about so many units of 1 KB.
HISTORY_SECONDS = 300
HISTORY_UNITS = 20


def task_items(plan: Plan, prices: Prices, usage: Usage) -> list[Item]:
    """The tasks on demand, those on Spot when the plan has any, and Pulse when it publishes."""
    arm = plan.task.architecture is Architecture.ARM64
    hourly = task_hour(prices, plan.task.cpu, plan.task.memory, plan.task.architecture)
    size = f"{_size(plan.task.cpu, plan.task.memory)}, {'ARM' if arm else 'x86'}"
    spot = max(0.0, usage.tasks - plan.scaling.min_capacity) * plan.service.spot_percent / 100
    on_demand = usage.tasks - spot
    items = [Item("tasks", f"{on_demand:g} x {size}", on_demand * HOURS * hourly)]
    if spot:
        items.append(Item("tasks on Spot", f"{spot:g} x {size}", spot * HOURS * hourly * (1 - SPOT_DISCOUNT)))
    if usage.route is Route.PULSE:
        items += _pulse(plan, prices)
    return items


def task_hour(prices: Prices, cpu: int, memory: int, architecture: Architecture = Architecture.X86_64) -> float:
    """Dollars for a task of ``cpu`` units (1,024 are a vCPU) and ``memory`` MiB for an hour."""
    arm = architecture is Architecture.ARM64
    vcpu_hour = prices.arm_vcpu_hour if arm else prices.vcpu_hour
    memory_hour = prices.arm_memory_gb_hour if arm else prices.memory_gb_hour
    return cpu / 1024 * vcpu_hour + memory / 1024 * memory_hour


def _pulse(plan: Plan, prices: Prices) -> list[Item]:
    """Its image is built for x86."""
    pulse = plan.pulse
    hourly = task_hour(prices, pulse.cpu, pulse.memory)
    size = _size(pulse.cpu, pulse.memory)
    lease = SECONDS / RENEW_SECONDS if pulse.replicas > 1 else 0.0
    saved = SECONDS / HISTORY_SECONDS * HISTORY_UNITS if pulse.learn else 0.0
    table = ((lease + saved) * prices.million_table_writes + lease * prices.million_table_reads) / 1e6
    return [
        Item("Pulse", f"{pulse.replicas} x {size}, x86", pulse.replicas * HOURS * hourly),
        Item("Pulse's table", f"{lease + saved:,.0f} writes", table),
    ]


def _size(cpu: int, memory: int) -> str:
    return f"{cpu / 1024:g} vCPU, {memory / 1024:g} GB"

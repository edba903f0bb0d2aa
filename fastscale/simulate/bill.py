"""What a run costs, in US dollars, at the list prices of :mod:`fastscale.cost`. A month has 730 hours here."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.cost import Prices
from fastscale.plan import Task
from fastscale.simulate.strategy import Upkeep

HOURS_A_MONTH = 730.0
#: https://aws.amazon.com/step-functions/pricing/: a state transition of a standard workflow.
STATE_TRANSITION = 0.025 / 1000


@dataclass(frozen=True)
class Bill:
    """Dollars for the whole run: Fargate tasks, custom metrics with their publishing, alarms, and a controller."""

    tasks: float
    metrics: float
    alarms: float
    controller: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.tasks + self.metrics + self.alarms + self.controller


def task_hour_price(task: Task, prices: Prices) -> float:
    """Dollars for one x86 task for an hour."""
    return _hour_price(task.cpu, task.memory, prices)


def _hour_price(cpu: int, memory: int, prices: Prices) -> float:
    return cpu / 1024 * prices.vcpu_hour + memory / 1024 * prices.memory_gb_hour


def bill(task: Task, prices: Prices, upkeep: Upkeep, *, task_hours: float, hours: float) -> Bill:
    """The bill of a run of ``hours`` in which tasks ran for ``task_hours``."""
    price = task_hour_price(task, prices)
    months = hours / HOURS_A_MONTH
    calls = task_hours * 3600 / upkeep.publish_seconds if upkeep.publish_seconds else 0.0
    calls += upkeep.calls_per_hour * hours
    alarms = upkeep.standard_alarms * prices.alarm_month
    controller = upkeep.controller_tasks * price + _hour_price(upkeep.controller_cpu, upkeep.controller_memory, prices)
    writes = upkeep.table_writes_per_hour * hours * prices.million_table_writes / 1e6
    alarms += upkeep.high_resolution_alarms * prices.high_resolution_alarm_month
    return Bill(
        tasks=task_hours * price,
        metrics=upkeep.custom_metrics * prices.metric_month * months + calls * prices.thousand_api_calls / 1000,
        alarms=alarms * months,
        controller=controller * hours + upkeep.state_transitions_per_hour * hours * STATE_TRANSITION + writes,
    )

"""What a run costs, in US dollars, at the list prices of :mod:`fastscale.cost`."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.cost import HOURS, Prices, task_hour
from fastscale.plan import Task
from fastscale.simulate.strategy import Upkeep

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


def bill(task: Task, prices: Prices, upkeep: Upkeep, *, task_hours: float, hours: float) -> Bill:
    """The bill of a run of ``hours`` in which tasks ran for ``task_hours``; a controller's image is built for x86."""
    months = hours / HOURS
    calls = task_hours * 3600 / upkeep.publish_seconds if upkeep.publish_seconds else 0.0
    calls += upkeep.calls_per_hour * hours
    alarms = upkeep.standard_alarms * prices.alarm_month
    controller = upkeep.controller_tasks * task_hour(prices, task.cpu, task.memory)
    controller += task_hour(prices, upkeep.controller_cpu, upkeep.controller_memory)
    writes = upkeep.table_writes_per_hour * hours * prices.million_table_writes / 1e6
    alarms += upkeep.high_resolution_alarms * prices.high_resolution_alarm_month
    return Bill(
        tasks=task_hours * task_hour(prices, task.cpu, task.memory, task.architecture),
        metrics=upkeep.custom_metrics * prices.metric_month * months + calls * prices.thousand_api_calls / 1000,
        alarms=alarms * months,
        controller=controller * hours + upkeep.state_transitions_per_hour * hours * STATE_TRANSITION + writes,
    )

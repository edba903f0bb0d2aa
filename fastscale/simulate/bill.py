"""What a run costs, in US dollars.

Prices are AWS's list prices for ap-northeast-2 and us-east-1 (see each constant's page); free tiers and discounts are
left out. A month has 730 hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.errors import InputError
from fastscale.plan import Task
from fastscale.simulate.strategy import Upkeep

HOURS_A_MONTH = 730.0
#: https://aws.amazon.com/fargate/pricing/ (Linux, x86): dollars per vCPU-hour and GB-hour by Region.
FARGATE = {"us-east-1": (0.04048, 0.004445), "ap-northeast-2": (0.04656, 0.00511)}
#: https://aws.amazon.com/cloudwatch/pricing/: a metric-month, 1,000 API requests, and an alarm-month by resolution.
METRIC_MONTH = 0.30
API_REQUEST = 0.01 / 1000
ALARM_MONTH = 0.10
HIGH_RESOLUTION_ALARM_MONTH = 0.30
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


def task_hour_price(task: Task, region: str) -> float:
    """Dollars for one task for an hour. Raises InputError for a Region whose prices are not known."""
    if region not in FARGATE:
        raise InputError(f"no Fargate prices for region {region!r}: choose one of {', '.join(FARGATE)}")
    vcpu, gigabyte = FARGATE[region]
    price: float = task.cpu / 1024 * vcpu + task.memory / 1024 * gigabyte
    return price


def bill(task: Task, region: str, upkeep: Upkeep, *, task_hours: float, hours: float) -> Bill:
    """The bill of a run of ``hours`` in which tasks ran for ``task_hours``."""
    price = task_hour_price(task, region)
    months = hours / HOURS_A_MONTH
    publishing = task_hours * 3600 / upkeep.publish_seconds * API_REQUEST if upkeep.publish_seconds else 0.0
    alarms = upkeep.standard_alarms * ALARM_MONTH + upkeep.high_resolution_alarms * HIGH_RESOLUTION_ALARM_MONTH
    return Bill(
        tasks=task_hours * price,
        metrics=upkeep.custom_metrics * METRIC_MONTH * months + publishing,
        alarms=alarms * months,
        controller=upkeep.controller_tasks * price * hours
        + upkeep.state_transitions_per_hour * hours * STATE_TRANSITION,
    )

"""AWS/ECS CPUUtilization and MemoryUtilization of the service, measured on the processes of its tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html: used CPU and memory of the
service's tasks in percent of what their task definition reserves, one data point a minute (20 s on request).
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil

from fastscale import names
from fastscale.localcloud.fargate.definitions import TaskDefinition

CPU_UNITS_PER_VCPU = 1024
BYTES_PER_MIB = 1024 * 1024
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html (Values).
VALUES_PER_DATUM = 150


@dataclass(frozen=True)
class Usage:
    """What a process group has used so far: CPU in seconds, memory in bytes."""

    cpu_seconds: float
    memory_bytes: int


def measure(pids: Iterable[int]) -> dict[int, Usage]:
    """The usage of the process groups that these processes lead; those that ended are left out."""
    leaders = set(pids)
    cpu: dict[int, float] = defaultdict(float)
    memory: dict[int, int] = defaultdict(int)
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            leader = os.getpgid(pid)
            if leader not in leaders:
                continue
            process = psutil.Process(pid)
            times = process.cpu_times()
            cpu[leader] += times.user + times.system
            memory[leader] += process.memory_info().rss
    return {leader: Usage(cpu[leader], memory[leader]) for leader in cpu}


class UsageMeter:
    """Turns the usage of running tasks into one metric datum a task, metric and period (seconds)."""

    def __init__(self, *, cluster: str, service: str, period_seconds: int = 60) -> None:
        self._dimensions = [
            {"Name": names.DIMENSION_CLUSTER, "Value": cluster},
            {"Name": names.DIMENSION_SERVICE, "Value": service},
        ]
        self._period_seconds = period_seconds
        self._period_end: float | None = None
        self._cpu_at_start: dict[int, tuple[float, float]] = {}

    def due(self, now: float) -> bool:
        """Whether a period (aligned to the epoch, as CloudWatch's are) has ended, or the first one starts."""
        return self._period_end is None or now >= self._period_end

    def close_period(self, running: Mapping[int, TaskDefinition], now: float) -> list[dict[str, Any]]:
        """The data of the period that ends now. ``running`` maps process ids to task definitions.

        A task counts from the first period that it was running at the start of.
        """
        usage = measure(running)
        cpu = [value for pid in usage if (value := self._cpu_percent(pid, usage[pid], running[pid], now)) is not None]
        memory = [100 * usage[pid].memory_bytes / (running[pid].memory_mib * BYTES_PER_MIB) for pid in usage]
        self._cpu_at_start = {pid: (now, used.cpu_seconds) for pid, used in usage.items()}
        opening = self._period_end is None
        start = math.floor(now / self._period_seconds - 1) * self._period_seconds
        self._period_end = start + 2 * self._period_seconds
        if opening:
            return []
        values = {names.CPU_UTILIZATION: cpu, names.MEMORY_UTILIZATION: memory}
        return [
            self._datum(name, numbers[first : first + VALUES_PER_DATUM], start)
            for name, numbers in values.items()
            for first in range(0, len(numbers), VALUES_PER_DATUM)
        ]

    def _cpu_percent(self, pid: int, used: Usage, definition: TaskDefinition, now: float) -> float | None:
        if pid not in self._cpu_at_start:
            return None
        since, cpu_seconds = self._cpu_at_start[pid]
        vcpus = definition.cpu_units / CPU_UNITS_PER_VCPU
        return 100 * (used.cpu_seconds - cpu_seconds) / (max(now - since, 0.001) * vcpus)

    def _datum(self, name: str, values: list[float], start: float) -> dict[str, Any]:
        return {
            "MetricName": name,
            "Dimensions": self._dimensions,
            "Timestamp": datetime.fromtimestamp(start, UTC),
            "Unit": "Percent",
            "Values": values,
            "Counts": [1.0] * len(values),
            "StorageResolution": 60 if self._period_seconds >= 60 else 1,
        }

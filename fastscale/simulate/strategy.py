"""What a scaling strategy is to the simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fastscale.plan import Plan
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.trace import Trace
from fastscale.simulate.view import View


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What a strategy needs besides tasks, for the bill.

    ``custom_metrics`` that each task publishes every ``publish_seconds`` with one call (0: none), alarms by resolution,
    Step Functions state transitions an hour, and tasks of the service's size that run all the time to control it.
    ``calls_per_hour`` are CloudWatch calls however many tasks there are. ``controller_cpu`` (CPU units) and
    ``controller_memory`` (MiB) are those of a controller that has a size of its own. ``table_writes_per_hour`` are
    write request units of DynamoDB.
    """

    custom_metrics: int = 0
    publish_seconds: float = 0.0
    standard_alarms: int = 0
    high_resolution_alarms: int = 0
    state_transitions_per_hour: float = 0.0
    controller_tasks: float = 0.0
    calls_per_hour: float = 0.0
    controller_cpu: int = 0
    controller_memory: int = 0
    table_writes_per_hour: float = 0.0


class Strategy(Protocol):
    """Decides how many tasks there shall be."""

    @property
    def upkeep(self) -> Upkeep:
        """What it needs besides tasks."""

    def initial_tasks(self, usual: int) -> int:
        """Tasks at the start of the trace; ``usual`` is what the first minute needs."""

    def next_wake(self, after: float) -> float | None:
        """The next moment (epoch seconds) after ``after`` at which it wants to decide; None for never again."""

    def decide(self, seen: View, now: float) -> int | None:
        """The desired count it wants from now on; None to leave it."""


@dataclass(frozen=True)
class Situation:
    """What a strategy is made for: a service, its world, and the traffic, which only the clairvoyant looks at."""

    plan: Plan
    settings: WorldSettings
    trace: Trace


@dataclass(frozen=True)
class Peer:
    """A strategy by its ``name``; ``title`` explains it in a few words."""

    name: str
    title: str
    make: Callable[[Situation], Strategy]


def every(seconds: float, after: float, offset: float = 0.0) -> float:
    """The first multiple of ``seconds`` (plus ``offset``) after ``after``."""
    return ((after - offset) // seconds + 1) * seconds + offset

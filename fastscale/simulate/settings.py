"""What the simulated world is like, apart from the plan: tasks, clients, and the delays of AWS's own machinery.

Where AWS publishes a number it is cited; a default that is an assumption says so. docs/simulator.md lists them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fastscale.aws_facts import EVALUATION_MARGIN_SECONDS, METRIC_VISIBILITY_SECONDS
from fastscale.simulate.ranges import ranged, require_ranges

#: Nothing that is simulated takes longer than this, in seconds: about eleven days.
_LONGEST = 1_000_000


class ServiceTimes(StrEnum):
    """How the time that a request needs on a free worker varies."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"


class Balancing(StrEnum):
    """The load balancer's algorithm, as the target group attribute names them."""

    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding_requests"


@dataclass(frozen=True, kw_only=True)
class TaskModel:
    """What one task can do.

    ``workers`` requests are served at a time, each for ``service_seconds`` on average; ``queue_limit`` more wait and
    further ones are refused. The defaults are those of the sample application. CPU goes linearly from idle to full
    with the share of busy workers: at 60 % the workers run out before the CPU does, as in services that wait for
    others. Memory does not depend on load.
    """

    workers: int = ranged(10, "a whole number of requests", 1, 10_000)
    service_seconds: float = ranged(0.1, "seconds", 1e-6, 3600)
    service_times: ServiceTimes = ServiceTimes.FIXED
    queue_limit: int = ranged(300, "a whole number of requests", 0, 1_000_000_000)
    cpu_idle_percent: float = ranged(2.0, "percent", 0, 100)
    cpu_full_percent: float = ranged(60.0, "percent", 2, 100)
    memory_percent: float = ranged(30.0, "percent", 0, 100)

    def __post_init__(self) -> None:
        require_ranges(self)

    @property
    def capacity(self) -> float:
        """Requests/s that keep every worker busy."""
        return self.workers / self.service_seconds


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Who sends the requests: a time-out, and how often and how soon (seconds) a failed request is sent again."""

    timeout_seconds: float = ranged(5.0, "seconds", 0, _LONGEST, above=True)
    retries: int = ranged(0, "a whole number of times", 0, 100)
    retry_seconds: int = ranged(1, "whole seconds", 1, _LONGEST)

    def __post_init__(self) -> None:
        require_ranges(self)


@dataclass(frozen=True, kw_only=True)
class Delays:
    """How long AWS's machinery takes, in seconds.

    - ``visibility``: from PutMetricData to a datapoint that alarms see. Not published; an assumption.
    - ``evaluation_margin``: how long after a period's data is visible its alarms are evaluated. An assumption.
    - ``standard_metric``, ``high_resolution_metric``: from the end of a 60 s or 20 s period of AWS's own metrics to
      their visibility. Not published; chosen once, so that AWS's measured triggers (363 s and 86 s) come out.
    - ``scaling``: from an alarm's action to the new desired count. An assumption.
    - ``scheduler``: from the desired count to the first launch. An assumption.
    """

    visibility: float = ranged(METRIC_VISIBILITY_SECONDS, "seconds", 0, _LONGEST)
    evaluation_margin: float = ranged(EVALUATION_MARGIN_SECONDS, "seconds", 0, _LONGEST)
    standard_metric: float = ranged(120.0, "seconds", 0, _LONGEST)
    high_resolution_metric: float = ranged(10.0, "seconds", 0, _LONGEST)
    scaling: float = ranged(0.5, "seconds", 0, _LONGEST)
    scheduler: float = ranged(0.5, "seconds", 0, _LONGEST)

    def __post_init__(self) -> None:
        require_ranges(self)


@dataclass(frozen=True, kw_only=True)
class Startup:
    """How a task's start-up time varies around the plan's ``startup_seconds``.

    ``image_pull_seconds`` is added for images larger than those that the plan's number was measured with. ``spread``
    is the standard deviation of the logarithm of the whole, so 0.1 is about 10 %.
    """

    image_pull_seconds: float = ranged(0.0, "seconds", 0, _LONGEST)
    spread: float = ranged(0.1, "a share", 0, 2)

    def __post_init__(self) -> None:
        require_ranges(self)


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """Everything about the world that is not traffic, plan or strategy.

    ``random_phase`` gives each task its own moment at which metering intervals end, instead of the shared grid that
    fastscale's meter keeps. ``slo_seconds`` is the latency that requests are judged by. ``exact`` simulates every
    request instead of seconds.
    """

    task: TaskModel = field(default_factory=TaskModel)
    clients: Clients = field(default_factory=Clients)
    balancing: Balancing = Balancing.ROUND_ROBIN
    delays: Delays = field(default_factory=Delays)
    startup: Startup = field(default_factory=Startup)
    random_phase: bool = False
    slo_seconds: float = ranged(0.5, "seconds", 0, _LONGEST, above=True)
    seed: int = ranged(1, "a whole number", 0, 2**32 - 1)
    exact: bool = False
    initial_tasks: int | None = ranged(None, "a whole number of tasks", 1, 100_000)

    def __post_init__(self) -> None:
        require_ranges(self)

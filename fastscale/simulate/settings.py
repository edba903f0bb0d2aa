"""What the simulated world is like, apart from the plan: tasks, clients, and the delays of AWS's own machinery.

Where AWS publishes a number it is cited; a default that is an assumption says so. docs/simulator.md lists them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fastscale.aws_facts import EVALUATION_MARGIN_SECONDS, METRIC_VISIBILITY_SECONDS
from fastscale.errors import InputError


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

    workers: int = 10
    service_seconds: float = 0.1
    service_times: ServiceTimes = ServiceTimes.FIXED
    queue_limit: int = 300
    cpu_idle_percent: float = 2.0
    cpu_full_percent: float = 60.0
    memory_percent: float = 30.0

    def __post_init__(self) -> None:
        _require_positive("workers", self.workers)
        _require_positive("service seconds", self.service_seconds)

    @property
    def capacity(self) -> float:
        """Requests/s that keep every worker busy."""
        return self.workers / self.service_seconds


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Who sends the requests: a time-out, and how often and how soon (seconds) a failed request is sent again."""

    timeout_seconds: float = 5.0
    retries: int = 0
    retry_seconds: int = 1

    def __post_init__(self) -> None:
        _require_positive("time-out", self.timeout_seconds)
        _require_positive("retry delay", self.retry_seconds)
        if self.retries < 0:
            raise InputError(f"retries {self.retries} is below 0")


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

    visibility: float = METRIC_VISIBILITY_SECONDS
    evaluation_margin: float = EVALUATION_MARGIN_SECONDS
    standard_metric: float = 120.0
    high_resolution_metric: float = 10.0
    scaling: float = 0.5
    scheduler: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Startup:
    """How a task's start-up time varies around the plan's ``startup_seconds``.

    ``image_pull_seconds`` is added for images larger than those that the plan's number was measured with. ``spread``
    is the standard deviation of the logarithm of the whole, so 0.1 is about 10 %.
    """

    image_pull_seconds: float = 0.0
    spread: float = 0.1


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
    slo_seconds: float = 0.5
    seed: int = 1
    exact: bool = False
    initial_tasks: int | None = None

    def __post_init__(self) -> None:
        _require_positive("SLO", self.slo_seconds)
        if self.initial_tasks is not None:
            _require_positive("initial tasks", self.initial_tasks)


def _require_positive(name: str, value: float) -> None:
    if not value > 0:
        raise InputError(f"{name} {value:g} is not above 0")

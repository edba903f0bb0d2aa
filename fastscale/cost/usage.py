"""What a bill depends on beside the plan, and what it is made of. A month has 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOURS = 720
SECONDS = HOURS * 3600
BYTES_PER_GB = 1e9


class Route(StrEnum):
    """How the tasks' metrics reach CloudWatch."""

    CLOUDWATCH = "cloudwatch"
    EMF = "emf"
    PULSE = "pulse"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How much of everything there is.

    ``tasks`` is the average number over the month; ``log_gb`` what the application itself logs a month.
    """

    tasks: float
    interval_seconds: float
    route: Route = Route.CLOUDWATCH
    detail: bool = False
    log_gb: float = 0.0


@dataclass(frozen=True)
class Item:
    """One line of the bill: what, how much of it, and its price in dollars."""

    name: str
    quantity: str
    dollars: float


@dataclass(frozen=True)
class Estimate:
    """A bill."""

    items: tuple[Item, ...]

    @property
    def dollars(self) -> float:
        """The total a month."""
        return sum(item.dollars for item in self.items)

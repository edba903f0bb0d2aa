"""What a bill depends on beside the plan, and what it is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from fastscale.errors import InputError

#: Of a month, as AWS's pricing calculator counts it: a year's 8,760 by 12.
HOURS = 730
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

    def __post_init__(self) -> None:
        for name, value in (("tasks", self.tasks), ("log_gb", self.log_gb)):
            if not 0 <= value < math.inf:
                raise InputError(f"{name} {value:g}: give a number from 0")


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

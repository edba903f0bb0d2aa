"""What one decision of Pulse may see, and what it returns. Times are seconds since 1970, capacities are tasks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReading:
    """Arrivals at a service's tasks since the reading before.

    ``arrivals`` requests were counted over ``seconds`` at the ``tasks_read`` tasks that answered, of ``tasks_serving``
    that take traffic. ``rate`` is the estimate for all of them in requests/s. ``relative_error`` is the standard error
    of that estimate that comes from reading only some (0 when all were read). ``in_progress`` is None when the
    application does not say. ``timing_error`` is how uncertain the length of the interval is, as a share of it: a task
    that answers late counted at some moment between question and answer.
    """

    arrivals: float
    seconds: float
    tasks_read: int
    tasks_serving: int
    rate: float
    relative_error: float = 0.0
    in_progress: float | None = None
    timing_error: float = 0.0

    @property
    def plausible(self) -> bool:
        """Whether these are numbers of a load at all; one that is not is no reading."""
        numbers = (self.arrivals, self.rate, self.relative_error, self.in_progress or 0.0, self.timing_error)
        return 0 < self.seconds < inf and all(0 <= number < inf for number in numbers)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceReading:
    """A service as AWS shows it.

    ``desired`` is the service's own count; ``running`` tasks run, of which ``serving`` take traffic. ``starting`` holds
    the moment at which each task that does not serve yet was launched. ``min_capacity`` and ``max_capacity`` are those
    of the scalable target at this moment.
    """

    desired: int
    running: int
    serving: int
    starting: tuple[float, ...] = ()
    min_capacity: int
    max_capacity: int
    deploying: bool = False
    scale_out_suspended: bool = False
    scale_in_suspended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What the learnt day expects of the next minutes: tasks to hold ready, and how sure that is (0 to 1)."""

    floor: int
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PulseSeen:
    """One snapshot at ``now``. ``load`` is None when too few tasks answered to say anything: that is not zero load.

    ``startup_seconds`` is how long a task takes from launch to traffic, as learnt from observed launches.
    ``requests_per_task`` is what one task is meant to carry, in requests/s.
    """

    now: float
    load: LoadReading | None
    service: ServiceReading
    requests_per_task: float
    startup_seconds: float
    forecast: Forecast | None = None


class PulseMove(StrEnum):
    """What kind of decision it was."""

    HOLD = "hold"
    SURGE = "surge"
    GROW = "grow"
    FLOOR = "floor"
    SHRINK = "shrink"
    BLIND = "blind"
    SUSPENDED = "suspended"
    DEPLOYING = "deploying"


@dataclass(frozen=True, kw_only=True, slots=True)
class PulseDecision:
    """``desired`` tasks from now on, None to leave the count; ``reason`` is a sentence for a person."""

    move: PulseMove
    desired: int | None
    reason: str

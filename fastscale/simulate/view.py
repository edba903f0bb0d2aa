"""What a strategy may see of the service."""

from __future__ import annotations

from array import array

from fastscale.decide.observation import ServiceState
from fastscale.plan import Alarm
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.metrics import Metrics
from fastscale.simulate.plane import Plane


class View:
    """The service at the moment of a decision.

    CloudWatch's datapoints come with their delays; the means are what a strategy sees that asks the tasks themselves,
    over whole seconds that are over. None means that there is no such second yet.
    """

    def __init__(self, fleet: Fleet, plane: Plane, metrics: Metrics, *, start: float) -> None:
        self._fleet = fleet
        self._plane = plane
        self._metrics = metrics
        self._start = start

    @property
    def desired(self) -> int:
        """The desired count."""
        return self._fleet.desired

    @property
    def running(self) -> int:
        """Tasks that run, serving or not."""
        return self._fleet.running

    @property
    def serving(self) -> int:
        """Tasks that get requests."""
        return self._fleet.serving

    @property
    def starting(self) -> tuple[float, ...]:
        """When each task was launched that does not serve yet."""
        if self._fleet.serving == len(self._fleet.wanted):
            return ()
        return tuple(task.created_at for task in self._fleet.wanted if task.serving_at is None)

    def startup_seconds(self, usual: float) -> float:
        """From launch to traffic, the mean of the latest launches; ``usual`` before there was any."""
        startups = self._fleet.startups
        return sum(startups) / len(startups) if startups else usual

    def state(self, minimum: int, maximum: int) -> ServiceState:
        """The service between these limits, as scaling policies see it."""
        return ServiceState(self._fleet.running, self._fleet.desired, minimum, maximum)

    def alarm_datapoints(self, alarm: Alarm, window: tuple[float, float], now: float) -> list[float | None]:
        """The datapoints of ``alarm`` over ``window`` that are visible at ``now``."""
        return self._metrics.alarm_datapoints(alarm, window, now)

    def count_ahead(self, seconds: float) -> None:
        """From now on tasks count in the application's load from so long before they run: Pulse publishes for them."""
        self._metrics.counted_ahead_seconds = seconds

    def mean_concurrency(self, seconds: int, now: float) -> float | None:
        """Requests in progress in all tasks, averaged over the last ``seconds``."""
        return self._mean(self._plane.ledger.in_system, seconds, now)

    def mean_rate(self, seconds: int, now: float) -> float | None:
        """Requests/s that came, averaged over the last ``seconds``."""
        return self._mean(self._plane.ledger.offered, seconds, now)

    def mean_cpu_percent(self, seconds: int, now: float) -> float | None:
        """CPU of the tasks that run, averaged over the last ``seconds``."""
        end = int(now - self._start) + self._start
        first = max(self._start, end - seconds)
        return self._metrics.cpu_percent(first, end) if end > first else None

    def _mean(self, column: array[float], seconds: int, now: float) -> float | None:
        end = int(now - self._start)
        first = max(0, end - seconds)
        return sum(column[first:end]) / (end - first) if end > first else None

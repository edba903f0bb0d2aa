"""What one task saw during one interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastscale.meter.distribution import Distribution


@dataclass(slots=True)
class Interval:
    """Counts of one interval of one task.

    ``end`` is the wall clock at its end (epoch seconds), ``seconds`` its length by the monotonic clock. Requests count
    when they *arrive*, because a saturated task that counts completions hides the surge; response times count when the
    response ends. ``active`` is the number of requests in progress at the end, ``peak`` the most at any moment.
    """

    end: float = 0.0
    seconds: float = 0.0
    arrived: int = 0
    active: int = 0
    peak: int = 0
    client_errors: int = 0
    server_errors: int = 0
    disconnects: int = 0
    responses: Distribution = field(default_factory=Distribution)
    queue: Distribution = field(default_factory=Distribution)

    @property
    def requests_per_second(self) -> float:
        """Arrivals over the length that really elapsed; 0 for an interval without length."""
        return self.arrived / self.seconds if self.seconds > 0 else 0.0

    def followed_by(self, later: Interval) -> Interval:
        """This interval and the ``later`` one as one: lengths add up, the state is the later one's."""
        joined = self._summed(later)
        joined.end = later.end
        joined.seconds = self.seconds + later.seconds
        joined.active = later.active
        joined.peak = max(self.peak, later.peak)
        return joined

    def beside(self, other: Interval) -> Interval:
        """This interval and what another process of the same task saw meanwhile.

        The length stays this one's. The peak is an upper bound: the processes need not have peaked at the same moment.
        """
        joined = self._summed(other)
        joined.end = self.end
        joined.seconds = self.seconds
        joined.active = self.active + other.active
        joined.peak = self.peak + other.peak
        return joined

    def _summed(self, other: Interval) -> Interval:
        joined = Interval(
            arrived=self.arrived + other.arrived,
            client_errors=self.client_errors + other.client_errors,
            server_errors=self.server_errors + other.server_errors,
            disconnects=self.disconnects + other.disconnects,
        )
        for part in (self, other):
            joined.responses.merge(part.responses)
            joined.queue.merge(part.queue)
        return joined

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {**numbers, "responses": self.responses.to_json(), "queue": self.queue.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Interval:
        """What :meth:`to_json` wrote. Raises KeyError, TypeError or ValueError when it is something else."""
        return cls(
            **{name: data[name] for name in _NUMBERS},
            responses=Distribution.from_json(data["responses"]),
            queue=Distribution.from_json(data["queue"]),
        )


_NUMBERS = ("end", "seconds", "arrived", "active", "peak", "client_errors", "server_errors", "disconnects")

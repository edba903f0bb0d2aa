"""One simulated task, and how fast ECS launches more of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fastscale.aws_facts import ACCOUNT_LAUNCH_BURST, ACCOUNT_LAUNCHES_PER_SECOND, SERVICE_LAUNCHES_PER_MINUTE


@dataclass(slots=True, eq=False)
class SimTask:
    """A task's life in epoch seconds; None is what has not happened (yet).

    It runs from ``running_at``, gets requests from ``serving_at`` until ``leaving_at``, and costs money from
    ``created_at`` until ``stopped_at``. ``phase`` is when its metering intervals end, in seconds after a multiple of
    the interval. ``joined_load`` belongs to the traffic model.
    """

    number: int
    created_at: float
    running_at: float
    phase: float
    serving_at: float | None = None
    leaving_at: float | None = None
    stopped_at: float | None = None
    joined_load: float = 0.0

    def is_running(self, now: float) -> bool:
        """Whether ECS counts it as running."""
        return self.running_at <= now and self.leaving_at is None


class LaunchGate:
    """When the next task may be launched."""

    def __init__(self) -> None:
        self._bucket_full_at = float("-inf")
        self._recent: deque[float] = deque(maxlen=SERVICE_LAUNCHES_PER_MINUTE)

    def next_launch(self, now: float) -> float:
        """The moment at which one more task is launched; it is counted as launched then."""
        interval = 1 / ACCOUNT_LAUNCHES_PER_SECOND
        at = max(now, self._bucket_full_at - (ACCOUNT_LAUNCH_BURST - 1) * interval)
        if len(self._recent) == SERVICE_LAUNCHES_PER_MINUTE:
            at = max(at, self._recent[0] + 60)
        self._bucket_full_at = max(self._bucket_full_at, at) + interval
        self._recent.append(at)
        return at

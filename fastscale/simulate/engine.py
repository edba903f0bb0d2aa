"""A virtual clock and the events on it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import IntEnum

Action = Callable[[float], None]


class Priority(IntEnum):
    """Which of several events at one moment comes first: tasks change state before anybody looks at them."""

    LIFECYCLE = 0
    DECISION = 1


class Engine:
    """Runs events in a total order: time, then priority, then the order in which they were scheduled.

    ``advance`` is called before an event with its time, to let everything continuous (traffic) happen until then.
    """

    def __init__(self, start: float, advance: Action) -> None:
        self.now = start
        self._advance = advance
        self._events: list[tuple[float, Priority, int, Action]] = []
        self._sequence = 0

    def schedule(self, at: float, action: Action, priority: Priority = Priority.LIFECYCLE) -> None:
        """Call ``action`` with the time at ``at`` (epoch seconds). Raises ValueError for a time that has passed."""
        if at < self.now:
            raise ValueError(f"{at} has passed, it is {self.now}")
        self._sequence += 1
        heapq.heappush(self._events, (at, priority, self._sequence, action))

    def run(self, until: float) -> None:
        """Run all events before ``until``, then let time pass until it."""
        while self._events and self._events[0][0] < until:
            at, _, _, action = heapq.heappop(self._events)
            self._advance(at)
            self.now = at
            action(at)
        self._advance(until)
        self.now = until

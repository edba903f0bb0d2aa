"""Sinks for tests: what the meter would send to CloudWatch, kept in a list."""

import threading
from collections.abc import Callable, Sequence
from functools import reduce

from fastscale.meter import Interval, SendError


class ListSink:
    """Keeps what it is sent. While ``fails`` holds an error, every call raises it."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails
        self.calls: list[list[Interval]] = []
        self.attempts = 0
        self._changed = threading.Condition()

    def send(self, intervals: Sequence[Interval]) -> None:
        with self._changed:
            self.attempts += 1
            self._changed.notify_all()
            if self.fails:
                raise self.fails
            self.calls.append(list(intervals))

    @property
    def intervals(self) -> list[Interval]:
        return [interval for call in self.calls for interval in call]

    @property
    def total(self) -> Interval:
        return reduce(Interval.followed_by, self.intervals, Interval())

    def wait_for(self, condition: Callable[["ListSink"], bool], timeout: float = 10) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), timeout), f"only {self.calls} after {timeout} s"


class OutageError(SendError):
    def __init__(self) -> None:
        super().__init__("outage", "the endpoint is away")

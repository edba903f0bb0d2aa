"""How long to leave alone what AWS said no to: missing rights or a missing cluster do not mend in a second.

Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastscale.aws.calls import NotNowError
from fastscale.backoff import Backoff

#: A right that is given is noticed after 30 s at the latest, 15 s on average; after one refusal, within a second.
WAITS = Backoff(first_seconds=1.0, longest_seconds=30.0, shortest_seconds=0.5)


class Refusals:
    """The waits after refusals, by any name for what was asked. Threads may share it if each has names of its own."""

    def __init__(self, waits: Backoff = WAITS) -> None:
        self._waits = waits
        self._in_a_row: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._reasons: dict[str, str] = {}

    def refused(self, names: Iterable[str], at: float, reason: str, *, lasting: bool = True) -> None:
        """What was asked together at ``at`` failed, and waits together; only a ``lasting`` refusal makes waits grow.

        The others are spread by the pace of their API.
        """
        names = list(names)
        failures = 1 + max((self._in_a_row.get(name, 0) for name in names), default=0) if lasting else 1
        until = at + self._waits.wait(failures)
        for name in names:
            if lasting:
                self._in_a_row[name] = failures
            self._not_before[name] = until
            self._reasons[name] = reason

    def worked(self, names: Iterable[str]) -> None:
        """AWS answered."""
        for name in names:
            self._in_a_row.pop(name, None)
            self._not_before.pop(name, None)
            self._reasons.pop(name, None)

    def not_before(self, name: str) -> float:
        """When to ask again; long ago for what was not refused."""
        return self._not_before.get(name, float("-inf"))

    def check(self, name: str, at: float) -> None:
        """Raise NotNowError while it is too early; it says what AWS said, so that nobody takes it for something new."""
        if at < self.not_before(name):
            raise NotNowError(self._reasons[name])

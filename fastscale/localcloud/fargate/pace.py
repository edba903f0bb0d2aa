"""How fast a service may launch tasks: AWS's rates, and its back-off when tasks keep failing to start."""

from __future__ import annotations

from collections import deque

from fastscale.aws_facts import ACCOUNT_LAUNCH_BURST, ACCOUNT_LAUNCHES_PER_SECOND, SERVICE_LAUNCHES_PER_MINUTE

#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html: the wait grows up to 27
#: minutes when tasks repeatedly fail to start. The first wait and its growth are not published [model].
FAILURES_BEFORE_THROTTLE = 3
FIRST_THROTTLE_SECONDS = 15.0
LONGEST_THROTTLE_SECONDS = 27 * 60.0
#: How soon a task that could not be placed is tried again [model].
PLACEMENT_RETRY_SECONDS = 5.0


def throttle_seconds(failures: int) -> float:
    """How long to wait before the next launch after ``failures`` tasks in a row failed to start."""
    if failures < FAILURES_BEFORE_THROTTLE:
        return 0.0
    doublings = min(20, failures - FAILURES_BEFORE_THROTTLE)
    return min(LONGEST_THROTTLE_SECONDS, FIRST_THROTTLE_SECONDS * 2.0**doublings)


class AccountLaunches:
    """The launches that all services of an account and Region share: a burst, and so many a second after it."""

    def __init__(self) -> None:
        self._tokens = float(ACCOUNT_LAUNCH_BURST)
        self._filled_at: float | None = None

    def take(self, count: int, now: float) -> int:
        """How many of ``count`` tasks may be launched now; they are counted as launched."""
        if self._filled_at is not None:
            gained = max(0.0, now - self._filled_at) * ACCOUNT_LAUNCHES_PER_SECOND
            self._tokens = min(float(ACCOUNT_LAUNCH_BURST), self._tokens + gained)
        self._filled_at = now
        taken = min(count, int(self._tokens))
        self._tokens -= taken
        return taken


class LaunchPace:
    """The launches of one service of an account. Times are epoch seconds."""

    def __init__(self, account: AccountLaunches) -> None:
        self._account = account
        self._recent: deque[float] = deque()
        self._failures = 0
        self._resume_at = 0.0

    @property
    def throttled(self) -> bool:
        """Whether tasks have failed to start so often that launches are slowed down."""
        return self._failures >= FAILURES_BEFORE_THROTTLE

    def allow(self, count: int, now: float) -> int:
        """How many of ``count`` tasks may be launched now; they are counted as launched."""
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        if now < self._resume_at:
            return 0
        wanted = min(1, count) if self.throttled else count  # one attempt shows whether the cause is gone
        allowed = self._account.take(max(0, min(wanted, SERVICE_LAUNCHES_PER_MINUTE - len(self._recent))), now)
        self._recent.extend([now] * allowed)
        return allowed

    def failed(self, now: float) -> None:
        """A task failed to start."""
        self._failures += 1
        self._resume_at = now + throttle_seconds(self._failures)

    def not_placed(self, now: float) -> None:
        """There was no room for a task: try again soon."""
        self._resume_at = max(self._resume_at, now + PLACEMENT_RETRY_SECONDS)

    def reset(self) -> None:
        """A task reached RUNNING, or the service got a new deployment: launch at full pace again."""
        self._failures = 0
        self._resume_at = 0.0

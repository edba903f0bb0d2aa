"""What waits to be stored in one namespace of CloudWatch: requests, sent in order, each of them once."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastscale.aws.metric_data import Datum, RejectedError
from fastscale.backoff import Backoff
from fastscale.errors import StoreError
from fastscale.ports import Clock

logger = logging.getLogger(__name__)

#: A request waits for so long at most while CloudWatch is away, in seconds.
WAITING_SECONDS = 600.0
#: Waits after failures.
RETRIES = Backoff(first_seconds=0.5, longest_seconds=10.0)

#: Stores the metrics of one request in a namespace; raises StoreError, RejectedError when trying again is no use.
Put = Callable[[str, Sequence[Datum]], None]


@dataclass(frozen=True, slots=True)
class Request:
    """Metrics for one call.

    ``services`` are those whose metrics end with it: when it is stored, all of theirs are. ``promised`` when tasks left
    them to us, so that nobody else publishes them. It was made at ``made_at`` (monotonic seconds).
    """

    datums: Sequence[Datum]
    services: Sequence[str]
    promised: bool
    made_at: float


class Outbox:
    """The requests of one namespace; ``calls`` counts them as ``published``, ``failed`` and ``rejected``.

    A namespace whose calls are refused holds up no other, and neither does one whose calls fail in an unforeseen way.
    """

    def __init__(self, namespace: str, put: Put, *, clock: Clock, calls: Counter[str]) -> None:
        self._namespace = namespace
        self._put = put
        self._clock = clock
        self._calls = calls
        self._waiting: deque[Request] = deque()
        self._failures = 0
        self._not_before = float("-inf")
        self._rejection = ""

    def add(self, request: Request) -> None:
        """Send ``request`` after those that wait. While these are refused, what nobody relies on is not kept."""
        oldest = self._clock.monotonic() - WAITING_SECONDS
        while self._waiting and self._waiting[0].made_at < oldest:
            self._waiting.popleft()
        if request.promised or not (self._failures and self._waiting):
            self._waiting.append(request)

    def send(self) -> list[str]:
        """Send what waits until a call fails; the services whose metrics were stored."""
        stored: list[str] = []
        while self._waiting and self._clock.monotonic() >= self._not_before:
            request = self._waiting[0]
            try:
                self._put(self._namespace, request.datums)
            except RejectedError as error:
                self._rejected(request, error)
                self._waiting.popleft()
            except Exception as error:  # noqa: BLE001 - foreseen or not, it keeps no other namespace from its turn
                self._failed(error)
                break
            else:
                self._worked()
                stored += request.services
                self._waiting.popleft()
        return stored

    def _rejected(self, request: Request, error: RejectedError) -> None:
        self._calls["rejected"] += 1
        if str(error) != self._rejection:
            logger.warning("%d metrics for %s are lost: %s", len(request.datums), self._namespace, error)
        self._rejection = str(error)

    def _worked(self) -> None:
        self._calls["published"] += 1
        if self._failures:
            logger.info("metrics for %s are published again", self._namespace)
        self._failures = 0

    def _failed(self, error: Exception) -> None:
        self._calls["failed"] += 1
        if not self._failures:
            text = "metrics for %s are not published, the tasks take over when their promise ends: %s"
            unforeseen = None if isinstance(error, StoreError) else error
            logger.warning(text, self._namespace, error, exc_info=unforeseen)
        self._failures += 1
        self._not_before = self._clock.monotonic() + RETRIES.wait(self._failures)
        while self._waiting and not self._waiting[0].promised:
            self._waiting.popleft()

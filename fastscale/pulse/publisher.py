"""Publishes what was read, from a thread of its own: a slow or refused call never delays a tick."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock

from fastscale import names
from fastscale.backoff import Backoff
from fastscale.errors import StoreError
from fastscale.loops import run_every
from fastscale.ports import Clock, Record
from fastscale.pulse.condition import Condition
from fastscale.pulse.window import Datum, LoadWindow

logger = logging.getLogger(__name__)

#: Tasks leave publishing to Pulse for so long after each read: seconds, or intervals where those are longer.
PROMISED_SECONDS, PROMISED_INTERVALS = 15, 3
#: A promise is made only for so long after the last successful publish: seconds, or intervals.
PROVEN_SECONDS, PROVEN_INTERVALS = 12.0, 2.4
#: How often Pulse's own metrics are published, in seconds; its alarm looks at minutes.
OWN_SECONDS = 20.0
#: Batches that wait while CloudWatch is away: ten minutes of one namespace. The oldest is dropped for a new one.
WAITING_BATCHES = 120
#: Waits after failures.
RETRIES = Backoff(first_seconds=0.5, longest_seconds=10.0)

#: Stores metrics in a namespace; raises StoreError.
Put = Callable[[str, Sequence[Datum]], None]


@dataclass(frozen=True, slots=True)
class Published:
    """Where a service's metrics go: its alarms name the namespace, the dimensions and, with them, the tasks' load."""

    namespace: str
    interval_seconds: float = 5.0
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Batch:
    """Metrics of one namespace; ``promised`` when tasks left them to us, so that nobody else publishes them."""

    namespace: str
    datums: list[Datum]
    services: tuple[str, ...]
    promised: bool = False


class Publisher:
    """Collects the ticks of all services and publishes them each interval. Safe to use from several threads."""

    def __init__(self, services: Mapping[str, Published], put: Put, *, clock: Clock, wall: Callable[[], float]) -> None:
        self._services = services
        self._put = put
        self._clock = clock
        self._wall = wall
        self._windows = {name: LoadWindow(dict(published.dimensions)) for name, published in services.items()}
        self._conditions = {name: Condition(name) for name in services}
        self._worked_at = dict.fromkeys(services, float("-inf"))
        self._promised: set[str] = set()
        self._waiting: deque[_Batch] = deque(maxlen=WAITING_BATCHES)
        self._failures = 0
        self._not_before = float("-inf")
        self._own_at = float("-inf")
        self._lock = Lock()
        self.calls = {"published": 0, "failed": 0}

    def add(self, record: Record) -> None:
        """One service at one tick. Only who acts publishes the service's load."""
        with self._lock:
            self._conditions[record.service].add(record)
            if not record.acting:
                self._worked_at[record.service] = float("-inf")
            elif record.round is not None:
                self._windows[record.service].add(record.round)

    def promise(self, service: str) -> int | None:
        """For how many seconds the tasks of ``service`` may leave publishing to us; None: they go on themselves."""
        interval_seconds = self._services[service].interval_seconds
        with self._lock:
            proven_seconds = max(PROVEN_SECONDS, PROVEN_INTERVALS * interval_seconds)
            if self._clock.monotonic() - self._worked_at[service] > proven_seconds:
                return None
            self._promised.add(service)
            return max(PROMISED_SECONDS, math.ceil(PROMISED_INTERVALS * interval_seconds))

    def run(self, stop: Event) -> None:
        """Publish until ``stop`` is set, then what is left, once."""
        interval = min((published.interval_seconds for published in self._services.values()), default=5.0)
        stop.wait(interval)  # there is nothing to say before
        run_every(interval, self.cycle, stop, name="publisher", monotonic=self._clock.monotonic)
        self.close_windows()
        self.send()

    def cycle(self) -> None:
        """Publish the interval that ends now, and from time to time Pulse's own condition."""
        self.close_windows()
        now = self._clock.monotonic()
        if now >= self._own_at:  # the first heartbeat comes with the first interval: an alarm waits for it
            self._own_at = now + OWN_SECONDS
            self.close_conditions()
        self.send()

    def close_windows(self) -> None:
        """Make the load of the interval that ends now ready to be sent, a namespace together."""
        end = self._wall()
        batches: dict[str, _Batch] = {}
        with self._lock:
            for service, window in self._windows.items():
                datums = window.close(end)
                if not datums:
                    continue
                namespace = self._services[service].namespace
                before = batches.get(namespace, _Batch(namespace, [], ()))
                promised = before.promised or service in self._promised
                batches[namespace] = _Batch(namespace, before.datums + datums, (*before.services, service), promised)
            self._promised.clear()
        self._waiting.extend(batches.values())

    def close_conditions(self) -> None:
        """Make Pulse's own metrics ready to be sent."""
        end = self._wall()
        with self._lock:
            datums = [datum for condition in self._conditions.values() for datum in condition.close(end)]
        if datums:
            self._waiting.append(_Batch(names.NAMESPACE_PULSE, datums, ()))

    def send(self) -> None:
        """Send what waits, oldest first, until one fails. What nobody relies on is dropped then, the rest waits."""
        while self._waiting and self._clock.monotonic() >= self._not_before:
            batch = self._waiting.popleft()
            try:
                self._put(batch.namespace, batch.datums)
            except StoreError as error:
                self._failed(batch, error)
                return
            self._worked(batch)

    def _worked(self, batch: _Batch) -> None:
        self.calls["published"] += 1
        if self._failures:
            logger.info("metrics are published again")
        self._failures = 0
        with self._lock:
            self._worked_at.update(dict.fromkeys(batch.services, self._clock.monotonic()))

    def _failed(self, batch: _Batch, error: StoreError) -> None:
        self.calls["failed"] += 1
        if not self._failures:
            logger.warning("metrics are not published, the tasks take over when their promise ends: %s", error)
        self._failures += 1
        self._not_before = self._clock.monotonic() + RETRIES.wait(self._failures)
        if batch.promised:
            self._waiting.appendleft(batch)

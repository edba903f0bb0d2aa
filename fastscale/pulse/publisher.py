"""Publishes what was read, from a thread of its own: a slow or refused call never delays a tick.

A tick delays the others, by its own length at most: Python runs one thread at a time.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Event, Lock

from fastscale import names
from fastscale.aws import metric_data
from fastscale.decide.pulse.on_their_way import on_their_way
from fastscale.loops import run_every
from fastscale.ports import Change, Clock, Record
from fastscale.pulse.condition import Condition
from fastscale.pulse.outbox import Outbox, Put, Request
from fastscale.pulse.window import Datum, LoadWindow

#: Tasks leave publishing to Pulse for so long after each read: seconds, or intervals where those are longer; no meter
#: takes a promise of more than a minute.
PROMISED_SECONDS, PROMISED_INTERVALS = 15, 3
#: A promise is made only for so long after the last successful publish: seconds, or intervals.
PROVEN_SECONDS, PROVEN_INTERVALS = 12.0, 2.4
#: How often Pulse's own metrics are published, in seconds; its alarm looks at minutes.
OWN_SECONDS = 20.0
#: To write so many metrics takes 10 ms of a core; fewer are sent without waiting for a better moment.
MANY_METRICS = 100


#: Pairs of name and value, sorted.
Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Published:
    """Where a service's metrics go: its alarms name the namespace, the dimensions and, with them, the tasks' load."""

    namespace: str
    interval_seconds: float = 5.0
    dimensions: Dimensions = ()


class Publisher:
    """Collects the ticks of all services and publishes them each interval. Safe to use from several threads.

    ``calm`` returns when there is time to compute for a while.
    """

    def __init__(
        self, services: Mapping[str, Published], put: Put, *, clock: Clock, calm: Callable[[], object] = lambda: None
    ) -> None:
        self._services = services
        self._put = put
        self._calm = calm
        self._clock = clock
        self._windows = {name: LoadWindow(dict(published.dimensions)) for name, published in services.items()}
        self._conditions = {name: Condition(name) for name in services}
        self._worked_at = dict.fromkeys(services, float("-inf"))
        self._promised: set[str] = set()
        self._own_at = float("-inf")
        self._lock = Lock()
        self.calls: Counter[str] = Counter()

        namespaces = {published.namespace for published in services.values()} | {names.NAMESPACE_PULSE}
        self._outboxes = {
            name: Outbox(name, self._put_calmly, clock=clock, calls=self.calls) for name in sorted(namespaces)
        }

    def add(self, record: Record) -> None:
        """One service at one tick. Only who acts publishes the service's load."""
        with self._lock:
            self._conditions[record.service].add(record)
            if not record.acting:
                self._worked_at[record.service] = float("-inf")
            elif record.round is not None:
                self._windows[record.service].add(record.round, _on_their_way(record))

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision."""
        with self._lock:
            self._conditions[record.service].changed(record, change)

    def promise(self, service: str) -> int | None:
        """For how many seconds the tasks of ``service`` may leave publishing to us; None: they go on themselves."""
        if self._services[service].dimensions:
            return None  # what tasks publish without dimensions, or with others, nobody would publish
        interval_seconds = self._services[service].interval_seconds
        with self._lock:
            proven_seconds = max(PROVEN_SECONDS, PROVEN_INTERVALS * interval_seconds)
            if self._clock.monotonic() - self._worked_at[service] > proven_seconds:
                return None
            self._promised.add(service)
            seconds = max(PROMISED_SECONDS, math.ceil(PROMISED_INTERVALS * interval_seconds))
            return min(seconds, names.MOST_PUBLISHED_FOR_SECONDS)

    def run(self, stop: Event) -> None:
        """Publish until ``stop`` is set, then what is left, once."""
        interval = min((published.interval_seconds for published in self._services.values()), default=5.0)
        stop.wait(interval)  # there is nothing to say before
        run_every(interval, self.cycle, stop, name="publisher", monotonic=self._clock.monotonic)
        self._calm = lambda: None  # there is no time left
        self.close_windows()
        self.send()

    def cycle(self) -> None:
        """Publish the interval that ends now, and from time to time Pulse's own condition."""
        self._calm()
        self.close_windows()
        now = self._clock.monotonic()
        if now >= self._own_at:  # the first heartbeat comes with the first interval: an alarm waits for it
            self._own_at = now + OWN_SECONDS
            self.close_conditions()
        self.send()

    def close_windows(self) -> None:
        """Make the load of the interval that ends now ready to be sent, a namespace together."""
        end = self._clock.now()
        closed: defaultdict[str, dict[str, list[Datum]]] = defaultdict(dict)
        with self._lock:
            for service, window in self._windows.items():
                if datums := window.close(end):
                    closed[self._services[service].namespace][service] = datums
            promised, self._promised = self._promised, set()
        for namespace, loads in closed.items():
            for request in self._requests(loads, promised=not promised.isdisjoint(loads)):
                self._outboxes[namespace].add(request)

    def close_conditions(self) -> None:
        """Make Pulse's own metrics ready to be sent."""
        end, made_at = self._clock.now(), self._clock.monotonic()
        with self._lock:
            datums = [datum for condition in self._conditions.values() for datum in condition.close(end)]
        for part in metric_data.parts(datums):
            self._outboxes[names.NAMESPACE_PULSE].add(Request(part, (), promised=False, made_at=made_at))

    def send(self) -> None:
        """Send what waits, oldest first, each namespace until a call fails."""
        for outbox in self._outboxes.values():
            stored = outbox.send()
            with self._lock:
                self._worked_at.update(dict.fromkeys(stored, self._clock.monotonic()))

    def _put_calmly(self, namespace: str, datums: Sequence[metric_data.Datum]) -> None:
        if len(datums) >= MANY_METRICS:
            self._calm()
        self._put(namespace, datums)

    def _requests(self, loads: Mapping[str, list[Datum]], *, promised: bool) -> Iterator[Request]:
        """The datums of all services, in as few calls as hold them."""
        ends = dict(zip(accumulate(map(len, loads.values())), loads, strict=True))
        made_at, sent = self._clock.monotonic(), 0
        for part in metric_data.parts([datum for datums in loads.values() for datum in datums]):
            ended = [service for end, service in ends.items() if sent < end <= sent + len(part)]
            sent += len(part)
            yield Request(part, ended, promised=promised, made_at=made_at)


def _on_their_way(record: Record) -> int:
    return 0 if record.view is None else on_their_way(record.view.reading, record.startup_seconds, record.at)

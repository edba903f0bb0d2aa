"""Every request for itself: what the fluid model is checked against, and the choice for short, detailed questions.

The requests of a second come at random moments of it. A task serves them in the order of their coming with its
workers; a client that has waited for its time-out is gone, and if it was still waiting, its request is never served.
"""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from fastscale.load.records import Failure
from fastscale.simulate.ledger import Ledger
from fastscale.simulate.settings import Balancing, ServiceTimes, WorldSettings
from fastscale.simulate.tasks import SimTask
from fastscale.simulate.traffic.trace import Rates

#: Service times are drawn this many at a time.
_BATCH = 4096


@dataclass(slots=True)
class _Server:
    """A serving task's insides: when each worker is free again, who waits until when, and who came when."""

    free_at: list[float]
    waiting_until: list[float] = field(default_factory=list)
    departures: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)


class ExactPlane:
    """The per-request model (see :class:`fastscale.simulate.plane.Plane`)."""

    def __init__(self, rates: Rates, start: float, settings: WorldSettings) -> None:
        self.ledger = Ledger(rates.size, tail=int(settings.clients.timeout_seconds) + 2)
        self.waits: list[float] = []
        self._start = start
        self._settings = settings
        self._rng = np.random.default_rng(settings.seed)
        self._fresh = self._arrivals(rates)
        self._next = next(self._fresh, math.inf)
        self._retries: list[tuple[float, int]] = []
        self._services = self._draw_services()
        self._servers: dict[SimTask, _Server] = {}
        self._order: list[SimTask] = []
        self._turn = 0
        self._latencies: list[float] = []
        self._second = 0

    def join(self, task: SimTask) -> None:
        """A task that joins has nothing to do yet."""
        self._servers[task] = _Server([0.0] * self._settings.task.workers)
        self._order.append(task)

    def leave(self, task: SimTask) -> None:
        """It answers what it has."""
        self._order.remove(task)

    def arrived(self, task: SimTask, moment: float) -> float:
        """Counted."""
        server = self._servers.get(task)
        return float(bisect_right(server.arrivals, moment)) if server else 0.0

    def advance(self, until: float) -> None:
        """Request by request."""
        while (moment := min(self._next, self._retries[0][0] if self._retries else math.inf)) < until:
            if moment == self._next:
                self._arrive(moment, 0)
                self._next = next(self._fresh, math.inf)
            else:
                self._arrive(*heapq.heappop(self._retries))
        end = min(int(until - self._start + 0.5), self.ledger.seconds)
        for second in range(self._second, end):
            self.ledger.serving[second] = len(self._order)
        self._second = max(self._second, end)

    def finish(self) -> None:
        """All latencies into the ledger."""
        latencies = np.array(self._latencies)
        self.ledger.latencies.add(latencies, np.ones(latencies.size))

    def _arrivals(self, rates: Rates) -> Iterator[float]:
        """The moment of each request; fractions of requests are carried into the next second."""
        carried = 0.0
        for second, rate in enumerate(rates.tolist()):
            carried += rate
            count = int(carried)
            carried -= count
            for moment in np.sort(self._rng.random(count)).tolist():
                yield self._start + second + moment

    def _draw_services(self) -> Iterator[float]:
        mean = self._settings.task.service_seconds
        if self._settings.task.service_times is ServiceTimes.FIXED:
            while True:
                yield mean
        while True:
            yield from self._rng.exponential(mean, _BATCH).tolist()

    def _arrive(self, now: float, attempt: int) -> None:
        second = int(now - self._start)
        self.ledger.offered[second] += 1
        if not self._order:
            self._fail(now, now, attempt, Failure.GATEWAY)
            return
        server = self._servers[self._pick(now)]
        server.arrivals.append(now)
        waiting = server.waiting_until
        while waiting and waiting[0] <= now:
            heapq.heappop(waiting)
        start = max(now, server.free_at[0])
        if start > now and len(waiting) >= self._settings.task.queue_limit:
            self._fail(now, now, attempt, Failure.OVERLOAD)
            return
        self._serve(server, now, start, attempt)

    def _serve(self, server: _Server, now: float, start: float, attempt: int) -> None:
        timeout = self._settings.clients.timeout_seconds
        gone = now + timeout
        if start > now:
            heapq.heappush(server.waiting_until, min(start, gone))
        end = start
        if start < gone:
            end = start + next(self._services)
            heapq.heapreplace(server.free_at, end)
            self._spread(self.ledger.busy, start, end, 1 / self._settings.task.workers)
        if self._settings.balancing is Balancing.LEAST_OUTSTANDING:
            heapq.heappush(server.departures, min(end, gone))
        self._spread(self.ledger.in_system, now, min(end, gone), 1.0)
        if end > gone or start >= gone:
            self._latencies.append(timeout)
            self._fail(now, gone, attempt, Failure.TIMEOUT)
            return
        self.waits.append(start - now)
        self._answer(now, end - now)

    def _answer(self, now: float, latency: float) -> None:
        second, ledger = int(now - self._start), self.ledger
        self._latencies.append(latency)
        ledger.answered[second] += 1
        ledger.response_seconds[second] += latency
        if latency > self._settings.slo_seconds:
            ledger.late[second] += 1

    def _fail(self, arrived: float, now: float, attempt: int, kind: Failure) -> None:
        clients = self._settings.clients
        again = now + clients.retry_seconds
        if attempt < clients.retries and again < self._start + self.ledger.seconds:
            heapq.heappush(self._retries, (again, attempt + 1))
        else:
            self.ledger.fail(int(arrived - self._start), 1, kind)

    def _pick(self, now: float) -> SimTask:
        if self._settings.balancing is Balancing.LEAST_OUTSTANDING:
            return min(self._order, key=lambda task: self._outstanding(task, now))
        self._turn = (self._turn + 1) % len(self._order)
        return self._order[self._turn]

    def _outstanding(self, task: SimTask, now: float) -> int:
        departures = self._servers[task].departures
        while departures and departures[0] <= now:
            heapq.heappop(departures)
        return len(departures)

    def _spread(self, column: array[float], begin: float, end: float, weight: float) -> None:
        """Add ``weight`` to the seconds between ``begin`` and ``end`` by the part of each that lies between."""
        first, last = begin - self._start, min(end - self._start, len(column) - 1)
        while first < last:
            second = int(first)
            until = min(second + 1, last)
            column[second] += (until - first) * weight
            first = until

"""Requests as a fluid: each second costs the same, however many requests it has.

Tasks that have been serving equally long are alike, so the load balancer's tasks are a few *cohorts*, each with one
backlog per task that grows by what comes and shrinks by what is served. What happens within a second while there is no
backlog is queueing theory (:mod:`.queueing`), applied to all seconds at the end. Tasks join and leave at the nearest
whole second. Requests that a leaving task still has are answered.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from fastscale.load.records import Failure
from fastscale.simulate.calm import calm_latencies
from fastscale.simulate.ledger import Ledger
from fastscale.simulate.settings import Balancing, WorldSettings
from fastscale.simulate.tasks import SimTask
from fastscale.simulate.traffic.trace import Rates

#: Fewer waiting requests than this are a rounding error.
NO_BACKLOG = 1e-9
#: A second's backlog is cut into this many parts to see how many of its requests are late.
PARTS = 8
POSITIONS = (np.arange(PARTS) + 0.5) / PARTS
#: Stretches of waiting that are settled at a time.
BATCH = 50_000


@dataclass(slots=True, eq=False)
class Cohort:
    """Tasks with the same ``backlog``: requests that wait, per task."""

    tasks: set[SimTask] = field(default_factory=set)
    backlog: float = 0.0


@dataclass(slots=True)
class _Waits:
    """Requests that met a backlog: how many, and the waits (seconds) between which theirs are spread."""

    second: array[int] = field(default_factory=lambda: array("q"))
    requests: array[float] = field(default_factory=lambda: array("d"))
    first: array[float] = field(default_factory=lambda: array("d"))
    last: array[float] = field(default_factory=lambda: array("d"))

    def add(self, second: int, requests: float, first: float, last: float) -> None:
        if requests > 0:
            self.second.append(second)
            self.requests.append(requests)
            self.first.append(first)
            self.last.append(last)


class FluidPlane:
    """The fluid model (see :class:`fastscale.simulate.plane.Plane`)."""

    def __init__(self, rates: Rates, start: float, settings: WorldSettings) -> None:
        self.ledger = Ledger(rates.size, tail=2)
        self._rates = array("d", rates.tobytes())
        self._start = start
        self._settings = settings
        self._capacity = settings.task.capacity
        self._cohorts: list[Cohort] = []
        self._tasks = 0
        self._second = 0
        self._load = array("d", [0.0])  # requests per serving task until each second
        self._retries: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._waits = _Waits()
        self._calm = bytearray(rates.size)
        timeout = settings.clients.timeout_seconds
        self._patience = timeout - settings.task.service_seconds
        self._backlog_limit = min(settings.task.queue_limit, self._capacity * timeout)
        refuses = self._backlog_limit == settings.task.queue_limit
        self._overflow = Failure.OVERLOAD if refuses else Failure.TIMEOUT

    def join(self, task: SimTask) -> None:
        """A task that joins has nothing to do yet."""
        task.joined_load = self._load[-1]
        self._tasks += 1
        fresh = next((cohort for cohort in self._cohorts if cohort.backlog == 0), None)
        if fresh is None:
            fresh = Cohort()
            self._cohorts.append(fresh)
        fresh.tasks.add(task)

    def leave(self, task: SimTask) -> None:
        """Its share goes to the others."""
        self._tasks -= 1
        for cohort in self._cohorts:
            cohort.tasks.discard(task)
        self._cohorts = [cohort for cohort in self._cohorts if cohort.tasks]

    def arrived(self, task: SimTask, moment: float) -> float:
        """Every serving task gets the same share; within a second it comes evenly."""
        if task.serving_at is None or moment <= task.serving_at:
            return 0.0
        if task.leaving_at is not None:
            moment = min(moment, task.leaving_at)
        at = max(0.0, moment - self._start)
        second, last = int(at), len(self._load) - 1
        if second >= last:
            return self._load[last] - task.joined_load
        before = self._load[second]
        return max(0.0, before + (self._load[second + 1] - before) * (at - second) - task.joined_load)

    def advance(self, until: float) -> None:
        """Second by second, up to the whole second nearest to ``until``."""
        end = min(int(until - self._start + 0.5), self.ledger.seconds)
        ledger, rates, tasks = self.ledger, self._rates, self._tasks
        service = self._settings.task.service_seconds
        room = self._capacity if self._all_calm() else -1.0
        for second in range(self._second, end):
            requests = rates[second]
            share = requests / tasks if tasks else 0.0
            if share > room or not tasks or second in self._retries:
                self._busy_second(second, requests)
                room = self._capacity if self._all_calm() else -1.0
                continue
            self._calm[second] = 1
            self._load.append(self._load[-1] + share)
            ledger.offered[second] = ledger.answered[second] = requests
            ledger.serving[second] = tasks
            ledger.busy[second] = requests / self._capacity
            ledger.in_system[second] = ledger.response_seconds[second] = requests * service
        self._second = max(end, self._second)

    def finish(self) -> None:
        """Turn calm seconds and backlogs into latencies."""
        self._settle_calm()
        self._settle_backlogs()

    def _all_calm(self) -> bool:
        return all(cohort.backlog == 0 for cohort in self._cohorts)

    def _busy_second(self, second: int, fresh: float) -> None:
        """A second with a backlog, an overload, retries, or nobody to serve."""
        attempts = {0: fresh, **self._retries.pop(second, {})}
        requests = sum(attempts.values())
        ledger, count = self.ledger, self._tasks
        ledger.offered[second] = requests
        ledger.serving[second] = count
        self._load.append(self._load[-1] + (requests / count if count else 0.0))
        failed: dict[Failure, float] = defaultdict(float)
        if not count:
            failed[Failure.GATEWAY] = requests
        for cohort, share in self._shares(requests) if count else ():
            self._serve(second, cohort, share, failed)
        for kind, number in failed.items():
            if number > NO_BACKLOG:
                self._give_up_or_retry(second, attempts, number / requests, kind)
        self._merge_cohorts()

    def _shares(self, requests: float) -> list[tuple[Cohort, float]]:
        """Requests for each task of each cohort in this second."""
        if self._settings.balancing is Balancing.ROUND_ROBIN:
            return [(cohort, requests / self._tasks) for cohort in self._cohorts]
        return self._level(requests)

    def _level(self, requests: float) -> list[tuple[Cohort, float]]:
        """Least outstanding requests: fill the shortest backlogs first, as water fills a vessel."""
        by_backlog = sorted(self._cohorts, key=lambda cohort: cohort.backlog)
        level, filled, left = by_backlog[0].backlog, 0, requests
        for cohort in by_backlog:
            needed = (cohort.backlog - level) * filled
            if filled and needed >= left:
                break
            left -= needed
            level = cohort.backlog
            filled += len(cohort.tasks)
        level += left / filled
        return [(cohort, max(0.0, level - cohort.backlog)) for cohort in self._cohorts]

    def _serve(self, second: int, cohort: Cohort, share: float, failed: dict[Failure, float]) -> None:
        """One second of one cohort; adds the requests that it could not answer in time to ``failed``."""
        capacity, before, tasks = self._capacity, cohort.backlog, len(cohort.tasks)
        unlimited = before + share - capacity
        after = min(max(unlimited, 0.0), self._backlog_limit)
        lost = max(0.0, unlimited - self._backlog_limit)
        accepted = share - lost
        answered = self._meet_backlog(second, cohort, accepted, after)
        failed[self._overflow] += tasks * lost
        failed[Failure.TIMEOUT] += tasks * (accepted - answered)
        cohort.backlog = after if after > NO_BACKLOG else 0.0
        served, waiting = before + accepted - after, (before + after) / 2
        ledger, service = self.ledger, self._settings.task.service_seconds
        ledger.busy[second] += tasks * min(1.0, served / capacity)
        ledger.answered[second] += tasks * answered
        ledger.response_seconds[second] += tasks * answered * (min(waiting / capacity, self._patience) + service)
        ledger.in_system[second] += tasks * (waiting + served * service)

    def _meet_backlog(self, second: int, cohort: Cohort, accepted: float, after: float) -> float:
        """Record the waits of the ``accepted`` requests of each task; returns how many of them are answered in time.

        The backlog moves on a straight line until it is full or empty, and then stays so.
        """
        tasks, before, capacity = len(cohort.tasks), cohort.backlog, self._capacity
        net = accepted - capacity
        moving = min(1.0, abs(after - before) / abs(net)) if net else 1.0
        first, last = before / capacity, after / capacity
        answered = 0.0
        for requests, begin, end in ((accepted * moving, first, last), (accepted * (1 - moving), last, last)):
            in_time = self._share_in_time(begin, end)
            self._waits.add(second, tasks * requests * in_time, min(begin, self._patience), min(end, self._patience))
            answered += requests * in_time
        return answered

    def _share_in_time(self, begin: float, end: float) -> float:
        """Of waits spread evenly between two, the share after which a client still gets its answer in time."""
        low, high = min(begin, end), max(begin, end)
        if high <= self._patience:
            return 1.0
        return (self._patience - low) / (high - low) if low < self._patience else 0.0

    def _give_up_or_retry(self, second: int, attempts: dict[int, float], share: float, kind: Failure) -> None:
        clients = self._settings.clients
        waited = round(clients.timeout_seconds) if kind is Failure.TIMEOUT else 0
        later = second + waited + clients.retry_seconds
        for attempt, requests in attempts.items():
            if attempt < clients.retries and later < self.ledger.seconds:
                self._retries[later][attempt + 1] += requests * share
            else:
                self.ledger.fail(second, requests * share, kind)
        if kind is Failure.TIMEOUT:
            timeout = np.array([clients.timeout_seconds])
            self.ledger.latencies.add(timeout, np.array([sum(attempts.values()) * share]))

    def _merge_cohorts(self) -> None:
        """Cohorts whose backlogs have become equal are one."""
        merged: dict[float, Cohort] = {}
        for cohort in self._cohorts:
            same = merged.setdefault(cohort.backlog, cohort)
            if same is not cohort:
                same.tasks |= cohort.tasks
        self._cohorts = list(merged.values())

    def _settle_calm(self) -> None:
        calm = np.flatnonzero(np.frombuffer(self._calm, dtype=np.uint8))
        requests = np.frombuffer(self.ledger.answered)[calm]
        tasks = np.frombuffer(self.ledger.serving)[calm]
        late = calm_latencies(requests, tasks, self._settings, self.ledger.latencies)
        np.frombuffer(self.ledger.late)[calm] += late

    def _settle_backlogs(self) -> None:
        """Spread each stretch of waits over its range and add the service time; in batches, which bounds memory."""
        late = np.frombuffer(self.ledger.late)
        columns = (self._waits.second, self._waits.requests, self._waits.first, self._waits.last)
        for begin in range(0, len(self._waits.second), BATCH):
            second, requests, first, last = (np.array(column[begin : begin + BATCH]) for column in columns)
            latencies = first[:, None] + (last - first)[:, None] * POSITIONS + self._settings.task.service_seconds
            weights = np.repeat(requests[:, None] / PARTS, PARTS, axis=1)
            self.ledger.latencies.add(latencies.ravel(), weights.ravel())
            np.add.at(late, second, (weights * (latencies > self._settings.slo_seconds)).sum(axis=1))

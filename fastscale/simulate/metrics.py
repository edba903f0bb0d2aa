"""CloudWatch's part: the datapoints that alarms and strategies see, and when they become visible.

The application publishes for each task and interval; what a period makes of these points is
:func:`fastscale.series.period_value`. AWS's own metrics have one point per period.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fastscale import names
from fastscale.decide import math as metric_math
from fastscale.plan import Alarm, Metric
from fastscale.series import Datum, Point, period_value
from fastscale.simulate.fleet import Fleet
from fastscale.simulate.ledger import Ledger
from fastscale.simulate.plane import Plane
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.tasks import SimTask

#: A first interval shorter than this share of the full length is joined with the next, as fastscale's meter does.
SHORTEST_SHARE = 0.25
#: AWS's own metric of target groups; the plan's names have those of the other metrics.
REQUESTS_PER_TARGET = "RequestCountPerTarget"

Points = Callable[[float, float], list[Point]]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a metric comes from, and how many seconds its data takes to be seen.

    AWS's own periods are seen whole or not at all, the application's points one by one.
    """

    points: Points
    delay: float
    high_resolution_delay: float
    whole_periods: bool


@dataclass(slots=True)
class _Closed:
    """Values of periods whose data is complete; ``first`` is when the oldest begins (epoch seconds)."""

    first: float
    values: list[float | None] = field(default_factory=list)

    def end(self, period: int) -> float:
        """When the newest one ends."""
        return self.first + len(self.values) * period


class Metrics:
    """Datapoints of the simulated service.

    There is one service, so dimensions are not told apart, and namespaces only in AWS's own and others.

    ``unknown`` collects the names of metrics that were asked for and that nothing here publishes. In the load, tasks
    count from ``counted_ahead_seconds`` before they run, without a load of their own.
    """

    def __init__(
        self, fleet: Fleet, plane: Plane, settings: WorldSettings, *, start: float, interval_seconds: int
    ) -> None:
        self._fleet = fleet
        self._plane = plane
        self._settings = settings
        self._start = start
        self._interval = interval_seconds
        self._closed: dict[tuple[str, str, int, float], _Closed] = {}
        self._settled: tuple[int, float, Counter[float]] | None = None
        self.unknown: set[str] = set()
        self.counted_ahead_seconds = 0.0
        delays = settings.delays
        application: dict[str, Points] = {
            names.REQUESTS_PER_SECOND: self._load,
            names.ACTIVE_CONNECTIONS: self._connections,
            names.AVERAGE_RESPONSE_TIME: self._response_ms,
        }
        own: dict[str, Points] = {
            names.CPU_UTILIZATION: self._cpu,
            names.MEMORY_UTILIZATION: self._memory,
            names.ALB_REQUEST_COUNT: self._requests,
            REQUESTS_PER_TARGET: self._requests_per_target,
            names.ALB_RESPONSE_TIME: self._response_seconds,
        }
        self._sources = {
            name: _Source(points, delays.visibility, delays.visibility, whole_periods=False)
            for name, points in application.items()
        } | {
            name: _Source(points, delays.standard_metric, delays.high_resolution_metric, whole_periods=True)
            for name, points in own.items()
        }

    def alarm_datapoints(self, alarm: Alarm, window: tuple[float, float], now: float) -> list[float | None]:
        """The datapoints of ``alarm`` over ``window`` as they are visible at ``now``; None where there is none."""
        if alarm.metric is not None:
            return self.datapoints(alarm.metric, alarm.period, window, now)
        series = {
            query.id: self.datapoints(query.metric, alarm.period, window, now)
            for query in alarm.queries
            if query.metric is not None
        }
        result = metric_math.evaluate_queries(alarm.queries, series, alarm.period)
        returned = next(query.id for query in alarm.queries if query.return_data)
        return list(result[returned][0])

    def datapoints(self, metric: Metric, period: int, window: tuple[float, float], now: float) -> list[float | None]:
        """One value a period from the start of ``window`` to its end."""
        start, end = window
        count = math.ceil((end - start) / period)
        source = self._sources.get(metric.name)
        if source is None or source.whole_periods != metric.namespace.startswith("AWS/"):
            self.unknown.add(metric.name)
            return [None] * count
        visible_until = now - (source.high_resolution_delay if period < 60 else source.delay)

        def value(at: float) -> float | None:
            return self._value(source, metric.statistic, at, period, visible_until)

        # An alarm of several minutes slides by the minute, so each of its alignments has a list.
        key = metric.name, metric.statistic, period, start % period
        closed = self._closed.setdefault(key, _Closed(start))
        while closed.first > start:
            closed.first -= period
            closed.values.insert(0, value(closed.first))
        position = int((start - closed.first) // period)
        while len(closed.values) < position + count and closed.end(period) + period <= visible_until:
            closed.values.append(value(closed.end(period)))
        known = closed.values[position : position + count]
        return known + [value(start + slot * period) for slot in range(len(known), count)]

    def _value(self, source: _Source, statistic: str, start: float, period: int, visible_until: float) -> float | None:
        end = start + period
        if end <= self._start or (end > visible_until and source.whole_periods):
            return None
        return period_value(source.points(max(start, self._start), min(end, visible_until)), statistic)

    # The application's metrics -------------------------------------------------------------------------------------

    def _load(self, start: float, end: float) -> list[Point]:
        """RequestsPerSecond: arrivals of each task over each of its intervals that end within the period."""
        return _datum(end, self._loads(start, end))

    def _loads(self, start: float, end: float) -> Counter[float]:
        if self._settled is not None and self._settled[0] == self._fleet.version and self._settled[1] <= start:
            return self._settled_loads(self._settled[2], start, end)
        loads: Counter[float] = Counter()
        alike: Counter[float] = Counter()
        everybody_settled = not self._settings.exact
        for task in self._publishing(start, end, ahead_seconds=self.counted_ahead_seconds):
            if self._is_settled(task, start):
                alike[task.phase] += 1
            else:
                everybody_settled = False
                loads.update(self._interval_loads(task, start, end))
        if everybody_settled:
            self._settled = (self._fleet.version, start, alike)
        loads.update(self._settled_loads(alike, start, end))
        return loads

    def _is_settled(self, task: SimTask, start: float) -> bool:
        """Whether ``task`` gets the same as all others like it, in all intervals that matter."""
        serving = task.serving_at is not None and task.serving_at <= start - self._interval
        return serving and task.leaving_at is None and not self._settings.exact

    def _settled_loads(self, phases: Counter[float], start: float, end: float) -> Counter[float]:
        loads: Counter[float] = Counter()
        for phase, count in phases.items():
            typical = next(task for task in self._fleet.wanted if task.phase == phase and self._is_settled(task, start))
            for load in self._interval_loads(typical, start, end):
                loads[load] += count
        return loads

    def _interval_loads(self, task: SimTask, start: float, end: float) -> Iterator[float]:
        for begin, moment in self._intervals(task, start, end):
            yield (self._plane.arrived(task, moment) - self._plane.arrived(task, begin)) / (moment - begin)

    def _intervals(self, task: SimTask, start: float, end: float) -> Iterator[tuple[float, float]]:
        """(begin, end) of the intervals of ``task`` that end in [start, end)."""
        born, interval = max(task.running_at - self.counted_ahead_seconds, task.created_at, self._start), self._interval
        until = end if task.stopped_at is None else min(end, task.stopped_at)
        moment = math.ceil((start - task.phase) / interval) * interval + task.phase
        while moment < until:
            begin = moment - interval
            if moment - born >= SHORTEST_SHARE * interval:
                yield (begin if begin - born >= SHORTEST_SHARE * interval else born), moment
            moment += interval

    def _publishing(self, start: float, end: float, *, ahead_seconds: float = 0.0) -> list[SimTask]:
        tasks = [task for task in self._fleet.wanted if task.running_at - ahead_seconds < end and task.created_at < end]
        gone = [
            task
            for task in self._fleet.leaving
            if task.running_at < end and task.stopped_at is not None and task.stopped_at > start
        ]
        return tasks + gone

    def _connections(self, start: float, end: float) -> list[Point]:
        """ActiveConnections: all requests in progress, shared evenly among the tasks that publish."""
        tasks = len(self._publishing(start, end))
        return _mean(end, self._sum(self._ledger.in_system, start, end), tasks * (end - start), samples=tasks)

    def _response_ms(self, start: float, end: float) -> list[Point]:
        answered = self._sum(self._ledger.answered, start, end)
        return _mean(end, 1000 * self._sum(self._ledger.response_seconds, start, end), answered, samples=1)

    # AWS's own metrics ---------------------------------------------------------------------------------------------

    def _cpu(self, start: float, end: float) -> list[Point]:
        """CPUUtilization of the service."""
        percent = self.cpu_percent(start, end)
        return [] if percent is None else [Datum(start, (percent,))]

    def cpu_percent(self, start: float, end: float) -> float | None:
        """CPU of all tasks that run, serving or not, averaged over a stretch of time; None when none ran."""
        task_seconds = sum(
            min(end, task.stopped_at or end) - max(start, task.running_at) for task in self._publishing(start, end)
        )
        if task_seconds <= 0:
            return None
        busy = min(1.0, self._sum(self._ledger.busy, start, end) / task_seconds)
        task = self._settings.task
        return task.cpu_idle_percent + (task.cpu_full_percent - task.cpu_idle_percent) * busy

    def _memory(self, start: float, _end: float) -> list[Point]:
        return [Datum(start, (self._settings.task.memory_percent,))]

    def _requests(self, start: float, end: float) -> list[Point]:
        """RequestCount; the load balancer publishes nothing when there were none."""
        requests = self._sum(self._ledger.offered, start, end)
        return [Datum(start, (requests,))] if requests else []

    def _requests_per_target(self, start: float, end: float) -> list[Point]:
        requests, target_seconds = (
            self._sum(column, start, end) for column in (self._ledger.offered, self._ledger.serving)
        )
        return _mean(start, requests * (end - start), target_seconds, samples=1) if requests else []

    def _response_seconds(self, start: float, end: float) -> list[Point]:
        answered = self._sum(self._ledger.answered, start, end)
        return _mean(start, self._sum(self._ledger.response_seconds, start, end), answered, samples=1)

    @property
    def _ledger(self) -> Ledger:
        return self._plane.ledger

    def _sum(self, column: array[float], start: float, end: float) -> float:
        """Over the whole seconds from ``start`` to ``end``."""
        return sum(column[int(start - self._start) : int(end - self._start)])


def _datum(moment: float, counted: Counter[float]) -> list[Point]:
    return [Datum(moment, tuple(counted), tuple(float(count) for count in counted.values()))] if counted else []


def _mean(moment: float, total: float, count: float, *, samples: int) -> list[Point]:
    """A datapoint of the mean; none when there is nothing to divide by."""
    return [Datum(moment, (total / count,), (float(samples),))] if count > 0 else []

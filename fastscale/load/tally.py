"""Counts what the generator does, second by second. Pure: the time is an argument, in seconds from the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fastscale.load.latency import Histogram
from fastscale.load.records import Failure, Second, Settled, Summary

#: A generator later than this for its own schedule adds to the latencies it reports.
LAGGING_MS = 100.0


@dataclass
class _Count:
    """Running numbers of one second, or of the whole load."""

    offered: int = 0
    sent: int = 0
    ok: int = 0
    failed: Counter[Failure] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    lag_ms: float = 0.0

    @property
    def ended(self) -> int:
        return self.ok + sum(self.failed.values())

    def end(self, failure: Failure | None, latency_ms: float) -> None:
        """Count the end of one request; see :class:`Settled` for which latencies count."""
        if failure is None:
            self.ok += 1
        else:
            self.failed[failure] += 1
        if failure in (None, Failure.TIMEOUT):
            self.latencies_ms.append(latency_ms)


class Tally:
    """Counts by the second of the event and by the second of the arrival. ``start`` is an epoch second.

    A second's arrivals must all be reported before :meth:`close_second` closes it.
    """

    def __init__(self, start: float) -> None:
        self._start = start
        self._now = _Count()
        self._due: dict[int, _Count] = {}
        self._total = _Count()
        self._latency = Histogram()
        self._closed_seconds = 0

    @property
    def in_flight(self) -> int:
        """Requests sent and not ended."""
        return self._total.offered - self._total.ended

    def offered(self, arrival: float, at: float) -> None:
        """A request was due at ``arrival`` and the generator came to it ``at``."""
        lag_ms = max(0.0, (at - arrival) * 1000)
        self._now.offered += 1
        self._total.offered += 1
        self._due.setdefault(int(arrival), _Count()).offered += 1
        self._now.lag_ms = max(self._now.lag_ms, lag_ms)
        self._total.lag_ms = max(self._total.lag_ms, lag_ms)

    def sent(self) -> None:
        """The request that was offered last is on its way."""
        self._now.sent += 1
        self._total.sent += 1

    def ended(self, arrival: float, at: float, failure: Failure | None) -> None:
        """The request that was due at ``arrival`` ended ``at``, well when ``failure`` is None."""
        latency_ms = (at - arrival) * 1000
        self._now.end(failure, latency_ms)
        self._due[int(arrival)].end(failure, latency_ms)
        self._total.ok += failure is None
        if failure is not None:
            self._total.failed[failure] += 1

    def close_second(self) -> list[Second | Settled]:
        """End the running second: its line, and a line for each second whose requests have all ended."""
        index, count = self._closed_seconds, self._now
        self._now = _Count()
        self._closed_seconds += 1
        self._due.setdefault(index, _Count())
        line = Second(
            second=self._start + index,
            offered=count.offered,
            sent=count.sent,
            ok=count.ok,
            failed=dict(count.failed),
            latency_ms=Histogram.of(count.latencies_ms).summary(),
            in_flight=self.in_flight,
            lag_ms=round(count.lag_ms, 1),
            lagging=count.lag_ms > LAGGING_MS,
            limited=count.failed[Failure.NOT_SENT] > 0,
        )
        return [line, *self._settle()]

    def summary(self, at: float, *, cpu_seconds: float, stopped: bool) -> Summary:
        """The whole load until ``at``; requests still in flight are unanswered."""
        open_latencies = (Histogram.of(count.latencies_ms) for count in self._due.values())
        return Summary(
            start=self._start,
            seconds=round(at, 3),
            offered=self._total.offered,
            sent=self._total.sent,
            ok=self._total.ok,
            failed=dict(self._total.failed),
            unanswered=self.in_flight,
            latency_ms=Histogram.merged([self._latency, *open_latencies]).summary(),
            worst_lag_ms=round(self._total.lag_ms, 1),
            cpu_seconds=round(cpu_seconds, 2),
            stopped=stopped,
        )

    def _settle(self) -> list[Settled]:
        """Seconds that are over and whose requests have all ended, each given out once, in order."""
        lines = []
        for index in sorted(self._due):
            count = self._due[index]
            if index >= self._closed_seconds or count.ended < count.offered:
                continue
            latency = Histogram.of(count.latencies_ms)
            self._latency = Histogram.merged([self._latency, latency])
            lines.append(
                Settled(
                    second=self._start + index,
                    offered=count.offered,
                    ok=count.ok,
                    failed=dict(count.failed),
                    latency=latency,
                )
            )
            del self._due[index]
        return lines

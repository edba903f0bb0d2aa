"""What became of the requests before, during and after the answer to a surge. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import Field

from fastscale.demo.records import Model, Recording
from fastscale.load.latency import Histogram
from fastscale.load.records import Failure, Settled

#: Traffic counts as well served over a stretch of this many seconds.
WINDOW_SECONDS = 5
#: Share of the offered requests that must be answered well in it.
OK_SHARE = 0.99
#: Seconds that begin this close to a moment begin at it: epoch seconds are floating point numbers.
TOLERANCE_SECONDS = 0.002


class Phase(Model):
    """Requests that were due in a stretch of time, and what became of them.

    Latencies (ms) count from when a request was due; they include time-outs and leave out refusals.
    """

    seconds: int = 0
    offered: int = 0
    ok: int = 0
    failed: int = 0
    failures: dict[Failure, int] = Field(default_factory=dict)
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None


class Requests(Model):
    """The run in three phases.

    ``before`` is until the surge, ``during`` until capacity was met and served traffic had caught up, ``after`` is
    the rest.
    """

    before: Phase
    during: Phase
    after: Phase


def requests(recording: Recording, *, capacity_at: float | None, slo_ms: float) -> Requests:
    """Count a recording's requests by phase. ``capacity_at`` is the epoch second at which capacity was met."""
    seconds = whole_seconds(recording)
    surge_at = recording.surge_at
    caught_up = caught_up_at(recording, capacity_at=capacity_at, slo_ms=slo_ms)
    before = [line for line in seconds if line.second + 1 <= surge_at + TOLERANCE_SECONDS]
    rest = seconds[len(before) :]
    after = [line for line in rest if caught_up is not None and line.second >= caught_up]
    return Requests(before=phase(before), during=phase(rest[: len(rest) - len(after)]), after=phase(after))


def caught_up_at(recording: Recording, *, capacity_at: float | None, slo_ms: float) -> float | None:
    """The epoch second, not before capacity was met, that begins the first stretch of well served traffic."""
    if capacity_at is None:
        return None
    late = [line for line in whole_seconds(recording) if line.second >= capacity_at]
    for first in range(len(late) - WINDOW_SECONDS + 1):
        if well_served(late[first : first + WINDOW_SECONDS], slo_ms=slo_ms):
            return late[first].second
    return None


def recovered(recording: Recording, *, slo_ms: float) -> bool:
    """Whether the last stretch of the load was well served; False while the surge has not lasted one."""
    last = whole_seconds(recording)[-WINDOW_SECONDS:]
    in_surge = all(line.second >= recording.surge_at - TOLERANCE_SECONDS for line in last)
    return len(last) == WINDOW_SECONDS and in_surge and well_served(last, slo_ms=slo_ms)


def well_served(seconds: Sequence[Settled], *, slo_ms: float) -> bool:
    """At least 99 % of what was offered in these seconds was answered well, and 95 % within the SLO."""
    offered = sum(line.offered for line in seconds)
    p95 = Histogram.merged(line.latency for line in seconds).quantile_ms(0.95)
    return p95 is not None and p95 <= slo_ms and sum(line.ok for line in seconds) >= OK_SHARE * offered


def whole_seconds(recording: Recording) -> list[Settled]:
    """The settled seconds that lie within the load, in order; what came after the last arrival is not traffic."""
    lines = [line for line in recording.settled if line.second + 1 <= load_end(recording) + TOLERANCE_SECONDS]
    return sorted(lines, key=lambda line: line.second)


def load_end(recording: Recording) -> float:
    """The epoch second at which the last request may be due."""
    return recording.start.start + recording.start.points[-1].at_seconds


def phase(seconds: Iterable[Settled]) -> Phase:
    """These seconds together."""
    lines = list(seconds)
    failures: Counter[Failure] = Counter()
    for line in lines:
        failures.update(line.failed)
    latency = Histogram.merged(line.latency for line in lines).summary()
    return Phase(
        seconds=len(lines),
        offered=sum(line.offered for line in lines),
        ok=sum(line.ok for line in lines),
        failed=sum(failures.values()),
        failures=dict(failures),
        p50_ms=latency.p50,
        p95_ms=latency.p95,
        p99_ms=latency.p99,
        max_ms=latency.max,
    )

"""What tests of the controller share: a clock that is told the time, and ports in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from fastscale.decide.pulse.observation import LoadReading, ServiceReading
from fastscale.errors import ActionError
from fastscale.ports import Change, LoadRound, ReadRequest, Record, ServiceView, Target, Unseen

SERVICE = "service/shop/web"


@dataclass
class HandClock:
    """Both clocks at once; ``pass_time`` lets them run on."""

    time: float = 1_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def pass_time(self, seconds: float) -> None:
        self.time += seconds


def reading(**changes: Any) -> ServiceReading:
    return ServiceReading(
        **{"desired": 2, "running": 2, "serving": 2, "min_capacity": 2, "max_capacity": 100, **changes}
    )


def view(**changes: Any) -> ServiceView:
    doubts = changes.pop("doubts", ())
    seen = reading(**changes)
    targets = [Target(f"10.0.0.{number}", 8080) for number in range(seen.serving)]
    return ServiceView(reading=seen, targets=targets, doubts=doubts)


def load(rate: float = 100.0, tasks: int = 2) -> LoadReading:
    return LoadReading(arrivals=rate, seconds=1.0, tasks_read=tasks, tasks_serving=tasks, rate=rate)


@dataclass
class FakeServices:
    """Shows what it is given; ``refusals`` are raised by the next changes, one each."""

    views: dict[str, ServiceView | Unseen]
    launched: dict[str, list[float]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    set_counts: list[tuple[str, int]] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    tried: list[float] = field(default_factory=list)

    def view(self, service: str, now: float) -> ServiceView | Unseen:
        return self.views[service]

    def launches(self, service: str) -> Sequence[float]:
        return self.launched.pop(service, [])

    def unreachable(self, service: str, now: float) -> None:
        self.doubted.append(service)

    def set_desired(self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0) -> Change:
        self.tried.append(tried_seconds)
        if self.refusals:
            raise ActionError(self.refusals.pop(0))
        self.set_counts.append((service, desired))
        return Change(desired=desired)


@dataclass
class FakeLoad:
    """Answers every service that is asked for with ``answer``."""

    answer: Callable[[str], LoadRound] = lambda _: LoadRound(load=load(), asked=2, answered=2)
    requests: list[Mapping[str, ReadRequest]] = field(default_factory=list)

    def read(self, requests: Mapping[str, ReadRequest], now: float) -> Mapping[str, LoadRound]:
        self.requests.append(requests)
        return {service: self.answer(service) for service in requests}

    def close(self) -> None: ...


@dataclass
class FakeSink:
    """Remembers everything."""

    records: list[Record] = field(default_factory=list)
    changes: list[tuple[Record, Change]] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    promise: int | None = None

    def record(self, record: Record) -> None:
        self.records.append(record)

    def changed(self, record: Record, change: Change) -> None:
        self.changes.append((record, change))

    def ticked(self, now: float, seconds: float) -> None:
        self.ticks.append(now)

    def published_for_seconds(self, service: str) -> int | None:
        return self.promise


@dataclass
class FakeLease:
    holds: bool = True

    def held(self) -> bool:
        return self.holds


class AtOnce(Executor):
    """Runs what is submitted in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done

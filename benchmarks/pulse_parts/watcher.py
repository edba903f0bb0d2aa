"""One controller that watches many services, in a process of its own: all of its threads, on clients of a stub AWS.

It has learnt the days of a week and more of each service; soon after the measured rounds begin a slot of five minutes
ends for all of them at once. Reads what to watch from its standard input and prints what it saw, each as one JSON line.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from itertools import cycle
from pathlib import Path
from statistics import fmean
from threading import Event, Thread

from benchmarks.pulse_parts.many_tasks import TASKS, rate_of
from benchmarks.pulse_parts.stub_aws import StubAws
from fastscale.aws import metric_data
from fastscale.aws.pace import Pace
from fastscale.aws.questions import TARGETS_SECONDS
from fastscale.aws.quotas import HEALTH_READS_A_SECOND, Paces
from fastscale.aws.services import EcsServices
from fastscale.control.actor import Actor
from fastscale.control.lease import SoleReplica
from fastscale.control.tick import Controller, Ports
from fastscale.control.watched import Watched
from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.season import Season
from fastscale.decide.pulse.season_slots import SLOT_SECONDS, slot_of
from fastscale.pauses import Precedence, no_collections, set_aside_what_stays
from fastscale.plan import PulsePolicy, PulseScrape
from fastscale.ports import Record, ServiceView, Target
from fastscale.pulse.exposition import OwnMetrics
from fastscale.pulse.history import Habits, LearntDays
from fastscale.pulse.history_files import FileHistoryStore
from fastscale.pulse.ledger import Ledger
from fastscale.pulse.publisher import Published, Publisher
from fastscale.pulse.reporter import Heart, Reporter
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.workers import Workers

#: Rounds that open connections and warm up; they are not measured.
WARM_UP_ROUNDS = 3
#: The measured rounds begin so long before a slot of the learnt day ends, in seconds.
BEFORE_SLOT_END_SECONDS = 10.0
#: Days that were learnt before: every place of the week is known.
LEARNT_DAYS = 9
#: At the start all targets are asked for at once and not for minutes; then as slowly as ever.
FIRST_LOOK_SECONDS = 120.0
INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 0.9


@dataclass(frozen=True, kw_only=True)
class Watch:
    """``ports`` on loopback are the tasks of ``services`` alike; ``core`` is the one to run on, None for any."""

    ports: Sequence[int]
    services: int
    most_tasks: int
    rounds: int
    core: int | None


@dataclass(kw_only=True)
class Seen:
    """By round: seconds, tasks read, and by how much the estimates for all services are off; megabytes at most.

    ``cpu_seconds`` are those of all threads from one tick to the next, ``calls`` those of AWS's APIs in all rounds.
    """

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    relative_error: float = 0.0
    megabytes: float = 0.0
    slots_closed: int = 0
    calls: dict[str, int] = field(default_factory=dict)


class Listener(Reporter):
    """The controller's own reporter, which also keeps the records of the last tick."""

    records: list[Record]

    def record(self, record: Record) -> None:
        """One service at one tick."""
        super().record(record)
        self.records.append(record)


class SlotClock:
    """Counts epoch seconds from a moment of one's own, in a slot of the learnt day that ends soon."""

    def __init__(self) -> None:
        self._slot_ends = SLOT_SECONDS * math.ceil(time.time() / SLOT_SECONDS)
        self._ahead = 0.0
        self.wait_for(FIRST_LOOK_SECONDS)

    def now(self) -> float:
        """Seconds since 1970, as it were."""
        return time.monotonic() + self._ahead

    def monotonic(self) -> float:
        """Seconds that nobody sets."""
        return time.monotonic()

    def wait_for(self, seconds: float) -> None:
        """Let it be so many ``seconds`` before the end of the slot."""
        self._ahead = self._slot_ends - seconds - time.monotonic()


class Bench:
    """The controller with all of its threads; ``folder`` is where it keeps what it learns."""

    def __init__(self, what: Watch, folder: Path) -> None:
        targets = _targets(what)
        self.names = list(targets)
        self.clock, self._stop = SlotClock(), Event()
        self.aws = StubAws(targets)
        store = FileHistoryStore(folder)
        _fill(store, self.names, self.clock.now())
        self.days = LearntDays({name: Habits(time_zone="UTC", startup_seconds=30.0) for name in self.names}, store)
        # As ever, but for the first look at the targets.
        paces = Paces(health=Pace(HEALTH_READS_A_SECOND, burst=len(self.names) + 15))
        self.services = EcsServices(
            self.names, clients=cache(self.aws.client), clock=self.clock, lease=SoleReplica(), paces=paces
        )
        self.ticking = Precedence(patience_seconds=INTERVAL_SECONDS)
        publisher = _publisher(self.names, self.clock, self.aws, self.ticking)
        self.listener = Listener(Ledger(self.names), OwnMetrics({}), publisher, Heart(), clock=self.clock)
        self._scraper = Scraper()
        actor = Actor(self.services, sink=self.listener, executor=Workers(2), clock=self.clock, stop=self._stop)
        ports = Ports(
            clock=self.clock,
            load=self._scraper,
            services=self.services,
            lease=SoleReplica(),
            sink=self.listener,
            foresight=self.days,
        )
        watched = [_watched(name, what) for name in self.names]
        self.controller = Controller(watched, ports, decide=decide, actor=actor)
        self._threads = [
            Thread(target=publisher.run, args=(self._stop,), daemon=True),
            Thread(target=self.days.run, args=(self._stop, self.clock), daemon=True),
        ]

    def start(self) -> None:
        """Run the threads until all services are seen."""
        set_aside_what_stays()
        for thread in self._threads:
            thread.start()
        self._threads += self.services.watch(self._stop)
        deadline = time.monotonic() + FIRST_LOOK_SECONDS
        while not all(isinstance(self.services.view(name, 0.0), ServiceView) for name in self.names):
            if time.monotonic() > deadline:
                raise SystemExit(f"not all services were seen within {FIRST_LOOK_SECONDS:g} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the threads."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        self._scraper.close()


def watch(what: Watch, folder: Path) -> Seen:
    """Tick once a second."""
    bench = Bench(what, folder)
    bench.start()
    seen = _tick(bench, what.rounds)
    bench.stop()
    return seen


def _tick(bench: Bench, rounds: int) -> Seen:
    seen = Seen()
    turns, due = cycle(bench.names), 0.0
    for number in range(-WARM_UP_ROUNDS, rounds):
        if number == 0:
            bench.aws.calls.clear()
            bench.clock.wait_for(BEFORE_SLOT_END_SECONDS)
        bench.listener.records = []
        began, cpu_began = time.perf_counter(), time.process_time()
        slot = slot_of(bench.clock.now())
        with bench.ticking.first(), no_collections():  # as the program does
            bench.controller.tick()
        seconds = time.perf_counter() - began
        due += min(len(bench.names) / TARGETS_SECONDS, HEALTH_READS_A_SECOND)
        while due >= 1:  # a look at all targets was a moment ago; in a long run it is the turn of so many each second
            bench.services.unreachable(next(turns), 0.0)
            due -= 1
        time.sleep(max(0.0, INTERVAL_SECONDS - seconds))
        if number >= 0:
            seen.seconds.append(seconds)
            seen.cpu_seconds.append(time.process_time() - cpu_began)
            seen.slots_closed += slot_of(bench.clock.now()) - slot
            _note(seen, bench.listener.records)
    seen.calls = dict(bench.aws.calls)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage(2): bytes on macOS, kilobytes on Linux
    seen.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return seen


def _fill(store: FileHistoryStore, services: Sequence[str], now: float) -> None:
    """Let all services have days behind them, up to ``now``."""
    season = Season(time_zone="UTC")
    for minute in range(round(LEARNT_DAYS * 1440), 0, -1):
        at = now - 60 * (minute - 1)
        season = season.learn(at, 1_000 + 500 * math.sin(2 * math.pi * at / 86_400), 60)
    content = season_bytes.to_bytes(season)
    for service in services:
        store.save(service, content)


def _note(seen: Seen, records: list[Record]) -> None:
    rounds = [record.round for record in records if record.round is not None]
    seen.answered.append(sum(one.answered for one in rounds))
    each = TASKS // len(records)
    true_rates = [sum(map(rate_of, range(first, first + each))) for first in range(0, TASKS, each)]
    pairs = [(one.load, true) for one, true in zip(rounds, true_rates, strict=True) if one.load is not None]
    seen.errors.append(sum(load.rate for load, _ in pairs) / sum(true for _, true in pairs) - 1)
    seen.relative_error = fmean(load.relative_error for load, _ in pairs)


def _targets(what: Watch) -> dict[str, list[Target]]:
    each = len(what.ports) // what.services
    return {
        f"service/benchmark/s{number:04d}": [
            Target("127.0.0.1", port) for port in what.ports[number * each : (number + 1) * each]
        ]
        for number in range(what.services)
    }


def _watched(service: str, what: Watch) -> Watched:
    scrape = PulseScrape(timeout_seconds=TIMEOUT_SECONDS, most_tasks=what.most_tasks)
    policy = PulsePolicy(interval_seconds=INTERVAL_SECONDS, scrape=scrape)
    return Watched(service=service, policy=policy, requests_per_task=200.0, startup_seconds=30.0)


def _publisher(services: list[str], clock: SlotClock, aws: StubAws, ticking: Precedence) -> Publisher:
    apart = len(services) > 1  # services that share a namespace have to differ in dimensions
    published = {
        service: Published("FastScaling/Application", dimensions=(("ServiceName", service),) if apart else ())
        for service in services
    }
    put = partial(metric_data.put, aws.client("cloudwatch"))
    return Publisher(published, put, clock=clock, calm=ticking.wait)


def main() -> None:
    """Watch what the standard input says."""
    what = Watch(**json.loads(sys.stdin.readline()))
    if what.core is not None:
        os.sched_setaffinity(0, {what.core})
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asdict(watch(what, Path(folder)))))


if __name__ == "__main__":
    main()

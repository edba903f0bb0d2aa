"""One controller that watches many services, in a process of its own: real ticks, with everything but AWS.

Reads what to watch from its standard input and prints what it saw, each as one JSON line.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from threading import Event, Thread

from benchmarks.pulse_parts.many_tasks import TASKS, rate_of
from fastscale.control.actor import Actor
from fastscale.control.clock import SteadyClock
from fastscale.control.lease import SoleReplica
from fastscale.control.tick import Controller, Ports
from fastscale.control.watched import Watched
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.observation import ServiceReading
from fastscale.plan import PulsePolicy, PulseScrape
from fastscale.ports import Change, Record, ServiceView, Target
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
    """By round: seconds, tasks read, and by how much the estimates for all services are off; megabytes at most."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    relative_error: float = 0.0
    megabytes: float = 0.0


class StillServices:
    """Services that AWS shows as they are; what is set is taken note of by nobody."""

    def __init__(self, targets: dict[str, list[Target]]) -> None:
        self._views = {
            service: ServiceView(reading=_reading(len(found)), targets=tuple(found))
            for service, found in targets.items()
        }

    def view(self, service: str, now: float) -> ServiceView:
        """What AWS shows."""
        return self._views[service]

    def launches(self, service: str) -> Sequence[float]:
        """Nothing starts."""
        return ()

    def unreachable(self, service: str, now: float) -> None:
        """They stay where they are."""

    def set_desired(self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0) -> Change:
        """As if it were set."""
        return Change(desired=desired)


class Listener(Reporter):
    """The controller's own reporter, which also keeps the records of the last tick."""

    records: list[Record]

    def record(self, record: Record) -> None:
        """One service at one tick."""
        super().record(record)
        self.records.append(record)


def watch(what: Watch, folder: Path) -> Seen:
    """Tick once a second."""
    targets = _targets(what)
    clock, stop = SteadyClock(), Event()
    listener = _listener(list(targets), clock)
    days = LearntDays(
        {service: Habits(time_zone="UTC", startup_seconds=30.0) for service in targets}, FileHistoryStore(folder)
    )
    learning = Thread(target=days.run, args=(stop, clock), daemon=True)
    learning.start()
    scraper = Scraper()
    services = StillServices(targets)
    actor = Actor(services, sink=listener, executor=Workers(2), clock=clock, stop=stop)
    ports = Ports(clock=clock, load=scraper, services=services, lease=SoleReplica(), sink=listener, foresight=days)
    controller = Controller([_watched(service, what) for service in targets], ports, decide=decide, actor=actor)
    seen = _tick(controller, listener, what.rounds)
    stop.set()
    learning.join(30)
    scraper.close()
    return seen


def _tick(controller: Controller, listener: Listener, rounds: int) -> Seen:
    seen = Seen()
    for number in range(-WARM_UP_ROUNDS, rounds):
        listener.records = []
        began, cpu_began = time.perf_counter(), time.process_time()
        controller.tick()
        seconds = time.perf_counter() - began
        if number >= 0:
            seen.seconds.append(seconds)
            seen.cpu_seconds.append(time.process_time() - cpu_began)
            _note(seen, listener.records)
        time.sleep(max(0.0, INTERVAL_SECONDS - seconds))
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage(2): bytes on macOS, kilobytes on Linux
    seen.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return seen


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


def _reading(tasks: int) -> ServiceReading:
    return ServiceReading(desired=tasks, running=tasks, serving=tasks, min_capacity=1, max_capacity=2 * tasks)


def _listener(services: list[str], clock: SteadyClock) -> Listener:
    published = {service: Published("FastScaling/Application") for service in services}
    publisher = Publisher(published, lambda namespace, datums: None, clock=clock)
    Thread(target=publisher.run, args=(Event(),), daemon=True).start()
    return Listener(Ledger(services), OwnMetrics({}), publisher, Heart(), clock=clock)


def main() -> None:
    """Watch what the standard input says."""
    what = Watch(**json.loads(sys.stdin.readline()))
    if what.core is not None:
        os.sched_setaffinity(0, {what.core})
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asdict(watch(what, Path(folder)))))


if __name__ == "__main__":
    main()

"""Restarts, and several worker processes with a counter each behind one port."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from fastscale.plan import PulseScrape
from fastscale.ports import LoadRound, ReadRequest, Target
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.scrape.beginnings import Beginnings, began_anew, is_another, may_be_another
from fastscale.pulse.scrape.fetcher import RENEWED_SECONDS, Reading
from fastscale.pulse.scrape.samples import Samples
from tests.control.fakes import HandClock
from tests.pulse.scrape.fleet import SERVICE, Fleet
from tests.pulse.scrape.served import Task

BOOT = 1_700_000_000.0


class Worker:
    """One process: what it counted and when it started (None: it does not say)."""

    def __init__(self, requests: float = 0.0, started: float | None = None) -> None:
        self.requests = requests
        self.started = started

    def text(self) -> str:
        started = "" if self.started is None else f"process_start_time_seconds {self.started!r}\n"
        return f"fastscale_requests_total {self.requests}\n{started}"


class Service:
    """Tasks whose ``workers`` take connections in turn, and a scraper that reads them each second."""

    def __init__(self, *workers: Worker, tasks: int = 1, keep: bool = True) -> None:
        self.workers = list(workers)
        self.keep = keep
        self.clock = HandClock(0.0)
        self.scraper = Scraper(monotonic=self.clock.monotonic)
        self.tasks = [Task(self._answer) for _ in range(tasks)]
        self._of: dict[socket.socket, int] = {}
        self.answer_takes = 0.0

    def second(self, *rates: float) -> LoadRound:
        """A second in which the workers get requests at these rates."""
        self.clock.pass_time(1)
        for worker, rate in zip(self.workers, rates, strict=True):
            worker.requests += rate
        targets = [Target("127.0.0.1", task.port) for task in self.tasks]
        request = ReadRequest(scrape=PulseScrape(), targets=targets)
        return self.scraper.read({SERVICE: request}, self.clock.time)[SERVICE]

    def close(self) -> None:
        self.scraper.close()
        for task in self.tasks:
            task.close()

    def _answer(self, task: Task, connection: socket.socket) -> bool:
        turn = self._of.setdefault(connection, len(self._of))
        self.clock.pass_time(self.answer_takes)
        body = self.workers[turn % len(self.workers)].text()
        version = "1.1" if self.keep else "1.0"
        connection.sendall(f"HTTP/{version} 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        return self.keep


@pytest.fixture
def made() -> Iterator[list[Service]]:
    services: list[Service] = []
    yield services
    for service in services:
        service.close()


def reading(requests: float, at: float = 0.0, started: float | None = None) -> Reading:
    return Reading(Samples(requests, started=started), at)


@pytest.mark.parametrize("starts", [(None, None, None, None), (BOOT, BOOT + 0.02, BOOT + 0.05, BOOT + 0.07)])
def test_workers_behind_kept_connections_are_met_and_no_longer_taken_for_the_whole_task(
    made: list[Service], starts: tuple[float | None, ...]
) -> None:
    workers = [Worker(requests, start) for requests, start in zip((4_000, 3_000, 2_000, 1_000), starts, strict=True)]
    made.append(service := Service(*workers))
    quarter = [service.second(100, 100, 100, 100) for _ in range(3)]
    assert quarter[-1].load is not None
    assert quarter[-1].load.rate == 100

    later = [service.second(100, 100, 100, 100) for _ in range(200)]
    rates = [one.load.rate for one in later if one.load is not None]
    assert max(rates) == 100  # never a surge
    assert len(rates) < RENEWED_SECONDS + 5
    assert all(one.load is None for one in later[30:])
    assert all((one.answered, dict(one.failures)) == (0, {"unsteady": 1}) for one in later[30:])


def test_workers_that_take_turns_are_no_surge(made: list[Service]) -> None:
    made.append(service := Service(Worker(90_000), Worker(20_000), keep=False))
    seen = [service.second(100, 100) for _ in range(120)]
    surges = [number for number, one in enumerate(seen) if one.load is not None and one.load.rate > 1_000]
    assert max(surges, default=0) < 4
    assert all(dict(one.failures) == {"unsteady": 1} for one in seen[4:])

    service.workers = service.workers[:1]
    alone = [service.second(100) for _ in range(65)]
    assert alone[50].load is None
    assert alone[-1].load is not None
    assert alone[-1].load.rate == 100


@pytest.mark.parametrize("starts", [(None, None), (BOOT, BOOT + 500.5)])
def test_one_restart_is_a_new_beginning_and_nothing_more(
    made: list[Service], starts: tuple[float | None, float | None]
) -> None:
    made.append(service := Service(Worker(500, starts[0])))
    for _ in range(5):
        service.second(100)
    service.workers = [Worker(0 if starts[0] is None else 90_000, starts[1])]
    after = [service.second(100) for _ in range(90)]
    assert (after[0].load, after[0].answered) == (None, 1)
    assert [one.load.rate if one.load else None for one in after[1:]] == [100] * 89


def test_workers_that_tell_the_sum_of_all_are_steady_though_each_knows_the_others_late(made: list[Service]) -> None:
    made.append(service := Service(Worker(1_000), Worker(880)))  # 1.2 s behind: as slow as an overload makes them
    seen = [service.second(100, 100) for _ in range(200)]
    assert {one.answered for one in seen} == {1}
    assert len([one for one in seen[1:] if one.load is None]) <= 6
    assert service.tasks[0].connections <= 12


def test_a_restart_each_half_minute_is_not_steady(made: list[Service]) -> None:
    made.append(service := Service(Worker()))
    seen = []
    for _ in range(4):
        service.workers = [Worker()]
        seen += [service.second(100) for _ in range(30)]
    assert [dict(one.failures) for one in seen[60:]] == [{"unsteady": 1}] * 60


def test_connections_are_renewed_a_few_at_a_time(made: list[Service]) -> None:
    made.append(service := Service(Worker(), tasks=20))
    opened = []
    for _ in range(80):
        assert service.second(100).answered == 20
        opened.append(sum(task.connections for task in service.tasks))
    assert opened[0] == 20
    assert max(after - before for before, after in pairwise(opened)) <= 3
    assert all(4 <= task.connections <= 5 for task in service.tasks)


def test_a_task_that_answers_late_keeps_its_connection(made: list[Service]) -> None:
    made.append(service := Service(Worker()))
    service.answer_takes = 0.2
    for _ in range(60):
        service.second(100)
    assert service.tasks[0].connections == 1
    service.answer_takes = 0.0
    for _ in range(40):
        service.second(100)
    assert service.tasks[0].connections >= 2


def test_a_surge_is_seen_at_once_whatever_became_of_the_connection(made: list[Service]) -> None:
    for wait in range(3, 24):
        made.append(service := Service(Worker(0, BOOT + 0.37)))
        for _ in range(wait):
            service.second(100)
        seen = service.second(5_000).load
        assert seen is not None
        assert seen.rate == 5_000


def test_only_those_that_are_not_steady_are_left_out_until_they_are_most() -> None:
    fleet = Fleet(10, traffic=1_000)
    for number, task in enumerate(fleet.tasks.values()):
        task.workers = 4 if number < 4 else 1
    seen = [fleet.second() for _ in range(30)][-1]
    assert (seen.asked, seen.answered, dict(seen.failures)) == (10, 6, {"unsteady": 4})
    assert seen.load is not None
    assert seen.load.rate == pytest.approx(1_000)
    assert len(seen.tasks) == 6

    for task in list(fleet.tasks.values())[:6]:
        task.workers = 4
    seen = [fleet.second() for _ in range(30)][-1]
    assert (seen.load, Counter(seen.failures)) == (None, {"unsteady": 6})


@pytest.mark.parametrize(
    ("before", "after", "another"),
    [
        (BOOT, BOOT, False),
        (BOOT, BOOT + 0.01, True),
        (BOOT + 0.37, BOOT + 1.37, False),  # the machine's clock was adjusted
        (BOOT + 0.37, BOOT - 0.63, False),
        (BOOT, BOOT + 2, True),
        (BOOT, None, False),
        (None, BOOT, False),
    ],
)
def test_what_a_start_says_of_a_process(before: float | None, after: float | None, another: bool) -> None:
    assert is_another(reading(1, started=before), reading(2, started=after)) is another


@pytest.mark.parametrize(
    ("counts", "started", "suspect"),
    [
        ((0, 100, 200), None, False),
        ((0, 100, 5_000), None, True),
        ((0, 100, 5_000), BOOT, True),  # workers that started in the same whole second
        ((0, 100, 5_000), BOOT + 0.37, False),
        ((0, 0, 9), None, False),
        ((0, 0, 11), None, True),
        ((500, 100, 5_000), None, False),  # nothing is known of the rate before
    ],
)
def test_what_came_over_a_renewed_connection_may_be_of_another_process(
    counts: tuple[float, float, float], started: float | None, suspect: bool
) -> None:
    first, second, third = (reading(count, at, started) for at, count in enumerate(counts))
    assert may_be_another(first, second, third) is suspect
    assert not may_be_another(None, second, third)


def test_less_over_a_renewed_connection_may_be_what_another_knows_late() -> None:
    renewed = Reading(Samples(450), 2, renewed=True)
    assert not began_anew(reading(400, 0), reading(500, 1), renewed)
    assert began_anew(reading(460, 0), reading(500, 1), renewed)
    assert began_anew(None, reading(500, 1), renewed)
    assert began_anew(reading(400, 0), reading(500, 1), reading(450, 2))
    assert began_anew(reading(400, 0), Reading(Samples(500), 1, renewed=True), renewed)
    assert not began_anew(reading(400, 0), reading(500, 1), reading(500, 2))


def test_nothing_is_remembered_of_those_that_are_no_longer_asked_or_long_ago() -> None:
    targets = [Target(f"10.0.0.{number}", 80) for number in range(3)]
    beginnings = Beginnings()
    for at, target in enumerate([*targets, *targets]):
        beginnings.add(target, at)
    assert beginnings.unsteady(5) == set(targets)
    beginnings.forget(targets[1:], 5)
    assert set(beginnings.recent) == set(targets[1:])
    assert beginnings.unsteady(61.5) == {targets[2]}
    beginnings.forget(targets, 64.5)
    assert set(beginnings.recent) == {targets[2]}

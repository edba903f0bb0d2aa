"""Who publishes the load of a service that is sampled: Pulse for all of its tasks, and nothing twice."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest

from fastscale import names
from fastscale.meter import Interval
from fastscale.meter.stand_by import Promise, StandBy
from fastscale.plan import PulseScrape
from fastscale.ports import LoadRound, ReadRequest, Target
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.scrape.connection import Question
from fastscale.pulse.scrape.failure import Failure
from fastscale.pulse.scrape.fetcher import Fetcher, Outcome, Reading
from fastscale.pulse.scrape.promises import Promises, most_at_once
from fastscale.pulse.scrape.samples import Samples
from fastscale.pulse.window import LoadWindow
from tests.control.fakes import HandClock

SERVICE = "service/shop/web"
SECONDS = 15
INTERVAL = 5
_PROMISED = re.compile(names.PUBLISHED_FOR_HEADER.encode() + rb": (\d+)")


class Task:
    """A task at ``rate`` requests/s with fastscale's meter in it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.requests = 0.0
        self.reached = True
        self.promise = Promise()
        self.standing = StandBy()
        self.published = 0.0
        self._at_close = 0.0

    def close(self, now: float) -> None:
        """The meter's interval ends."""
        closed = Interval(end=now, seconds=INTERVAL, arrived=round(self.requests - self._at_close))
        self._at_close = self.requests
        self.published += sum(one.arrived for one in self.standing.sift([closed], self.promise, now))


class Fleet(Fetcher):
    """Tasks without a network between; ``asked`` counts the questions of each round."""

    def __init__(self, clock: HandClock, rates: Sequence[float]) -> None:
        super().__init__()
        self.clock = clock
        self.tasks = {Target(f"10.0.{n // 250}.{n % 250}", 80): Task(rate) for n, rate in enumerate(rates)}
        self.asked: list[int] = []

    def fetch(self, questions: Sequence[Question], seconds: float) -> dict[Target, Outcome]:
        self.asked.append(len(questions))
        return {question.target: self._answer(question) for question in questions}

    def _answer(self, question: Question) -> Outcome:
        task, now = self.tasks[question.target], self.clock.time
        if not task.reached:
            return Failure.TIMEOUT
        if found := _PROMISED.search(question.request):
            task.promise = Promise(now, now + int(found[1]))
        return Reading(Samples(requests=task.requests), at=now)


class World:
    """Pulse reads ``most`` tasks a second and publishes every five; so does each task that it does not silence."""

    def __init__(self, rates: Sequence[float], *, most: int) -> None:
        self.clock = HandClock(0.0)
        self.fleet = Fleet(self.clock, rates)
        self.scraper = Scraper(
            chance=random.Random(3), monotonic=self.clock.monotonic, fetcher=self.fleet, most_reads=10_000
        )
        self.window = LoadWindow({})
        self.most = most
        self.published = 0.0
        self.promises = True
        self.last = LoadRound(load=None)

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.pass_time(1)
            for task in self.fleet.tasks.values():
                task.requests += task.rate
            self._read()
            if self.clock.time % INTERVAL == 0:
                self._close()

    def _read(self) -> None:
        request = ReadRequest(
            scrape=PulseScrape(most_tasks=self.most),
            targets=tuple(self.fleet.tasks),
            published_for_seconds=SECONDS if self.promises else None,
        )
        self.last = self.scraper.read({SERVICE: request}, self.clock.time)[SERVICE]
        self.window.add(self.last)

    def _close(self) -> None:
        for task in self.fleet.tasks.values():
            task.close(self.clock.time)
        for datum in self.window.close(self.clock.time):
            if datum["MetricName"] == names.TOTAL_REQUESTS:
                self.published += datum["Values"][0] * datum["Counts"][0]

    def by_tasks(self) -> float:
        return sum(task.published for task in self.fleet.tasks.values())


@pytest.mark.parametrize(("tasks", "most"), [(60, 400), (60, 40), (200, 40)])
def test_the_sum_of_what_pulse_and_tasks_publish_is_what_there_was(tasks: int, most: int) -> None:
    world = World([80 + number % 40 for number in range(tasks)], most=most)
    world.run(30)
    before, own = world.published, world.by_tasks()
    world.run(200)
    there_was = 200 * sum(task.rate for task in world.fleet.tasks.values())
    assert world.by_tasks() == own  # every task is silenced, also those that are not read
    assert world.published - before == pytest.approx(there_was, rel=0.02)


def test_tasks_that_cannot_be_reached_publish_for_themselves_and_pulse_does_not_for_them() -> None:
    world = World([100] * 100, most=40)
    world.run(40)
    lost = list(world.fleet.tasks.values())[:10]
    for task in lost:
        task.reached = False
    world.run(40)
    before, own = world.published, world.by_tasks()
    world.run(100)
    assert world.last.silenced == 90
    assert world.by_tasks() - own == pytest.approx(10 * 100 * 100, rel=0.01)
    assert world.published - before == pytest.approx(90 * 100 * 100, rel=0.03)


def test_telling_costs_little_and_no_task_waits_for_its_promise_to_end() -> None:
    world = World([100] * 300, most=40)
    world.run(20)
    world.fleet.asked.clear()
    for _ in range(60):
        world.run(1)
        now = world.clock.time
        assert all(task.promise.holds(now) for task in world.fleet.tasks.values())
    assert max(world.fleet.asked) <= 40 + most_at_once(300, seconds=SECONDS, passed=1)
    assert sum(world.fleet.asked) / 60 <= 40 + 300 / 9


def test_when_pulse_promises_no_more_all_tasks_publish_again_in_time() -> None:
    world = World([100] * 100, most=40)
    world.run(60)
    world.promises = False
    world.run(SECONDS + INTERVAL)
    assert all(task.published for task in world.fleet.tasks.values())
    assert world.last.silenced is None


def test_who_waits_longest_is_told_first_and_who_is_read_is_not_told() -> None:
    targets = [Target(f"10.0.0.{number}", 80) for number in range(4)]
    promises = Promises()
    promises.told(targets[:1], now=0)
    promises.told(targets[1:2], now=3)
    assert promises.due(targets, {targets[2]}, seconds=15, now=13) == [targets[3], targets[0], targets[1]]
    assert promises.due(targets, {targets[2]}, seconds=15, now=12) == [targets[3], targets[0]]
    assert promises.holding(targets, seconds=15, now=15) == 1


def test_the_questions_of_all_services_stay_within_what_one_round_can_ask() -> None:
    clock = HandClock(0.0)
    fleet = Fleet(clock, [100.0] * 100)
    scraper = Scraper(monotonic=clock.monotonic, fetcher=fleet, most_reads=50)
    targets = list(fleet.tasks)
    requests = {
        f"service/shop/{first}": ReadRequest(
            scrape=PulseScrape(), targets=targets[first : first + 10], published_for_seconds=SECONDS
        )
        for first in range(0, 100, 10)
    }
    for _ in range(30):
        clock.pass_time(1)
        rounds = scraper.read(requests, clock.time)
    assert max(fleet.asked) <= 50
    assert sum(one.silenced or 0 for one in rounds.values()) == 100

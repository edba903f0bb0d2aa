"""Tasks without a network between them and the scraper, second by second."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fastscale.plan import PulseScrape
from fastscale.ports import LoadRound, ReadRequest, Target
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.scrape.connection import Question
from fastscale.pulse.scrape.failure import Failure
from fastscale.pulse.scrape.fetcher import Fetcher, Outcome, Reading
from fastscale.pulse.scrape.samples import Samples
from tests.control.fakes import HandClock

SERVICE = "service/shop/web"


@dataclass
class Task:
    """Takes its share of the traffic unless it ``fails``; ``workers`` divide it unevenly and answer in turn."""

    requests: float = 0.0
    fails: Failure | None = None
    workers: int = 1
    asked: int = 0

    def counted(self) -> float:
        """What the worker counted whose turn it is."""
        self.asked += 1
        number = self.asked % self.workers
        return self.requests * (number + 1) / sum(range(1, self.workers + 1))


class Fleet(Fetcher):
    """``traffic`` requests/s, that a load balancer divides among the tasks that do not fail."""

    def __init__(self, count: int, traffic: float) -> None:
        super().__init__()
        self.clock = HandClock(0.0)
        self.traffic = traffic
        self.tasks: dict[Target, Task] = {}
        self.scraper = Scraper(chance=random.Random(3), monotonic=self.clock.monotonic, fetcher=self)
        self.add(count)

    def add(self, count: int) -> None:
        first = len(self.tasks)
        self.tasks |= {Target(f"10.0.{n // 250}.{n % 250}", 80): Task() for n in range(first, first + count)}

    def fail(self, count: int, kind: Failure | None = Failure.TIMEOUT) -> None:
        """So many tasks fail from now on, and no others."""
        for number, task in enumerate(self.tasks.values()):
            task.fails = kind if number < count else None

    def second(self, most_tasks: int = 400) -> LoadRound:
        """One more second passes; then all are read."""
        self.clock.pass_time(1)
        sound = [task for task in self.tasks.values() if task.fails is None]
        for task in sound:
            task.requests += self.traffic / len(sound)
        request = ReadRequest(scrape=PulseScrape(most_tasks=most_tasks), targets=tuple(self.tasks))
        return self.scraper.read({SERVICE: request}, self.clock.time)[SERVICE]

    def fetch(self, questions: Sequence[Question], seconds: float) -> dict[Target, Outcome]:
        return {question.target: self._answer(self.tasks[question.target]) for question in questions}

    def _answer(self, task: Task) -> Outcome:
        return task.fails or Reading(Samples(task.counted()), at=self.clock.time)

"""The load of services, read from their tasks: one round over all of them at a time."""

from __future__ import annotations

import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from fastscale.ports import LoadRound, ReadRequest, Target, TaskLoad
from fastscale.pulse.scrape.beginnings import Beginnings, began_anew, is_another, may_be_another
from fastscale.pulse.scrape.connection import Question
from fastscale.pulse.scrape.estimate import Estimator
from fastscale.pulse.scrape.failure import Failure
from fastscale.pulse.scrape.fetcher import Fetcher, Outcome, Reading
from fastscale.pulse.scrape.panel import Panel, fair_shares
from fastscale.pulse.scrape.promises import Promises, most_at_once
from fastscale.pulse.scrape.questions import Questions

#: Tasks that are read in one round, of all services together: what one core can do in a second, with something left.
MOST_READS = 12_000
#: Files that this process needs for other things than connections to tasks.
_OTHER_FILES = 128
#: A reading is compared with one of so many rounds before, with none that is older: its rate would not be that of now.
_MOST_ROUNDS_APART = 3
#: When a larger share of those asked failed, the others say nothing of the service: of 100 tasks of which 90 hang, the
#: load balancer gives the other 10 everything, and ten times the load would be seen. One of two is not most of them,
#: and a task that answers is not silent for want of a second reading.
MOST_FAILED_SHARE = 0.5
#: No task answers a million requests a second: what looks like it is no load.
_MOST_PER_SECOND = 1e6


class Scraper:
    """Reads Prometheus text from tasks over plain HTTP: no redirects, no proxies, no names to look up.

    ``most_reads`` tasks at most are asked in one round, divided fairly among the services; a service that cannot be
    read whole is sampled, and the others of its tasks are told in turn what is promised. ``fetcher`` is another way to
    the tasks than their network. Implements :class:`fastscale.ports.LoadSource`.
    """

    def __init__(
        self,
        *,
        most_reads: int = MOST_READS,
        chance: random.Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._most_reads = min(most_reads, _allow_connections(most_reads))
        self._chance = chance or random.Random()  # noqa: S311 - chooses samples, guards nothing
        self._monotonic = monotonic
        self._read_at: float | None = None
        self._fetcher = fetcher or Fetcher(monotonic)
        self._services: dict[str, _Service] = {}
        self._late: set[Target] = set()

    def read(self, requests: Mapping[str, ReadRequest], now: float) -> Mapping[str, LoadRound]:
        """One round over all services of ``requests``, within the longest ``timeout_seconds`` of them."""
        self._services = {name: self._services.get(name) or _Service(self._chance) for name in requests}
        at = self._monotonic()
        passed, self._read_at = at - (at if self._read_at is None else self._read_at), at
        wanted = {name: min(len(one.targets), one.scrape.most_tasks) for name, one in requests.items()}
        tells = self._tells(requests, wanted, passed)
        shares = fair_shares(wanted, max(self._most_reads - sum(tells.values()), self._most_reads // 2))
        questions = [
            question
            for name, request in requests.items()
            for question in self._services[name].ask(request, shares[name]).values()
        ]
        left = self._most_reads - len(questions)
        for name, most in tells.items():
            told = self._services[name].tell(requests[name], min(most, left), at)
            left -= len(told)
            questions += told.values()
        outcomes = self._fetch(questions)
        return {name: service.conclude(requests[name], outcomes, at) for name, service in self._services.items()}

    def close(self) -> None:
        """Close all connections."""
        self._fetcher.close()

    def _tells(
        self, requests: Mapping[str, ReadRequest], wanted: Mapping[str, int], passed: float
    ) -> Mapping[str, int]:
        """How many tasks that are not read may be told in this round, of each service that promises and is sampled."""
        short = sum(wanted.values()) > self._most_reads
        return {
            name: most_at_once(len(one.targets), seconds=one.published_for_seconds, passed=passed)
            for name, one in requests.items()
            if one.published_for_seconds is not None and (short or len(one.targets) > wanted[name])
        }

    def _fetch(self, questions: list[Question]) -> Mapping[Target, Outcome]:
        """Ask first those for whom there was no time in the round before."""
        unique = {question.target: question for question in questions}
        self._fetcher.keep(unique.keys())
        ordered = list(unique.values())
        if self._late:
            ordered.sort(key=lambda question: question.target not in self._late)
        seconds = max((question.timeout_seconds for question in ordered), default=0.0)
        outcomes = self._fetcher.fetch(ordered, seconds)
        self._late = unique.keys() - outcomes.keys()
        return outcomes


class _Seen(NamedTuple):
    """A task's last reading, of round number ``round``, and the one ``before`` it."""

    reading: Reading
    round: int
    before: Reading | None


class _Service:
    """One service from round to round."""

    def __init__(self, chance: random.Random) -> None:
        self._panel = Panel(chance)
        self._estimator = Estimator()
        self._promises = Promises()
        self._beginnings = Beginnings()
        self._seen: dict[Target, _Seen] = {}
        self._questions = Questions()
        self._asked: Mapping[Target, Question] = {}
        self._told: Mapping[Target, Question] = {}
        self._listed: Sequence[Target] = ()
        self._round = 0

    def ask(self, request: ReadRequest, share: int) -> Mapping[Target, Question]:
        """The questions of a new round, to at most ``share`` tasks."""
        self._round += 1
        self._told = {}
        chosen = self._panel.choose(request.targets, share)
        self._asked = self._questions.to(chosen, request, anew=self._beginnings.recent)
        return self._asked

    def tell(self, request: ReadRequest, most: int, now: float) -> Mapping[Target, Question]:
        """Questions to at most ``most`` tasks that are not read, only to renew the promise to them."""
        seconds = request.published_for_seconds
        if seconds is not None and most > 0:
            due = self._promises.due(request.targets, self._asked.keys(), seconds=seconds, now=now)
            self._told = self._questions.to(due[:most], request)
        return self._told

    def conclude(self, request: ReadRequest, outcomes: Mapping[Target, Outcome], now: float) -> LoadRound:
        """What the answers say. Nothing but promises is remembered of tasks that were not asked."""
        before, self._seen = self._seen, {}
        failures: Counter[str] = Counter()
        answers: dict[Target, Reading] = {}
        tasks: list[TaskLoad] = []
        for target, question in self._asked.items():
            outcome, last = outcomes.get(question.target), before.get(target)
            if isinstance(outcome, Reading):
                answers[target] = outcome
                self._seen[target] = _Seen(outcome, self._round, None if last is None else last.reading)
                load = None if last is None else _between(target, last, outcome)
                if load is not None:
                    tasks.append(load)
                elif last is not None and began_anew(last.before, last.reading, outcome):
                    self._beginnings.add(target, now)
                continue
            if outcome is not None:
                failures[outcome.value] += 1
            if last is not None and self._round - last.round < _MOST_ROUNDS_APART:
                self._seen[target] = last
        silenced = self._silenced(request, answers.keys(), outcomes, now)
        if self._beginnings.recent:
            tasks = self._without_unsteady(tasks, answers, failures, now)
        return self._round_of(request, tasks, answers, failures, silenced)

    def _without_unsteady(
        self, tasks: list[TaskLoad], answers: dict[Target, Reading], failures: Counter[str], now: float
    ) -> list[TaskLoad]:
        """Take those that are not steady from ``answers`` to ``failures``; the ``tasks`` that are left."""
        self._beginnings.forget(self._seen.keys(), now)
        unsteady = self._beginnings.unsteady(now) & answers.keys()
        for target in unsteady:
            del answers[target]
            failures[Failure.UNSTEADY.value] += 1
        return [task for task in tasks if task.target not in unsteady]

    def _round_of(
        self,
        request: ReadRequest,
        tasks: list[TaskLoad],
        answers: Mapping[Target, Reading],
        failures: Counter[str],
        silenced: int | None,
    ) -> LoadRound:
        active = [answer.samples.in_progress for answer in answers.values()]
        settled = self._settled(request.targets)
        asked = len(answers) + failures.total()
        load = None
        if failures.total() <= MOST_FAILED_SHARE * asked:
            load = self._estimator.estimate(
                tasks,
                [one for one in active if one is not None],
                serving=len(request.targets),
                settled=settled,
            )
        return LoadRound(
            load=load, tasks=tasks, asked=asked, answered=len(answers), failures=failures, silenced=silenced
        )

    def _silenced(
        self, request: ReadRequest, read: Iterable[Target], outcomes: Mapping[Target, Outcome], now: float
    ) -> int | None:
        seconds = request.published_for_seconds
        if seconds is None:
            return None
        heard = (one for one, told in self._told.items() if isinstance(outcomes.get(told.target), Reading))
        self._promises.told((*read, *heard), now=now)
        return self._promises.holding(request.targets, seconds=seconds, now=now)

    def _settled(self, targets: Sequence[Target]) -> int:
        """How many of ``targets`` were there in the round before, too."""
        before, self._listed = self._listed, targets
        return len(targets) if targets == before else len(set(targets).intersection(before))


def _between(target: Target, last: _Seen, after: Reading) -> TaskLoad | None:
    """What happened since the ``last`` reading; None when the two cannot be compared.

    A counter that fell began anew with its task, or another process of the task answers: how many requests there were
    is not known, so ``after`` is a new beginning.
    """
    before = last.reading
    if after.samples.started != before.samples.started and is_another(before, after):
        return None
    if after.renewed and may_be_another(last.before, before, after):
        return None
    seconds = after.at - before.at
    arrivals = after.samples.requests - before.samples.requests
    if seconds <= 0 or not 0 <= arrivals <= _MOST_PER_SECOND * seconds:
        return None
    return TaskLoad(
        target=target,
        seconds=seconds,
        arrivals=arrivals,
        in_progress=after.samples.in_progress,
        responses=_grown(before.samples.responses, after.samples.responses),
        response_seconds=_grown(before.samples.response_seconds, after.samples.response_seconds),
        uncertain_seconds=before.uncertain_seconds + after.uncertain_seconds,
    )


def _grown(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None or after < before else after - before


def _allow_connections(wanted: int) -> int:
    """How many sockets may be open, after raising this process's own limit on open files as far as need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(1, allowed - _OTHER_FILES)

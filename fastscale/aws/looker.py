"""Looks at many services with one question, in the background, each as often as it needs."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from threading import Event

from fastscale.aws.calls import ApiError, NotNowError
from fastscale.aws.refusals import Refusals
from fastscale.loops import Throttle, run_every
from fastscale.ports import Clock

logger = logging.getLogger(__name__)

#: How long a looker sleeps when nothing is due, in seconds.
IDLE_SECONDS = 0.2
#: The rest between two looks is shortened by up to this share, so that looks do not fall into step.
JITTER = 0.1


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask AWS about services.

    ``ask`` is given up to ``most`` services that have the same ``group``, and raises ApiError. ``rests`` says how many
    seconds each service may wait for its next look, infinite for no look at all.
    """

    name: str
    most: int
    ask: Callable[[Sequence[str]], object]
    rests: Callable[[], Mapping[str, float]]
    group: Callable[[str], str] = lambda _: ""


class Looker:
    """Asks one question about ``services``; a failure is logged, and the question's pace says when to go on."""

    def __init__(self, question: Question, services: Collection[str], *, clock: Clock) -> None:
        self._question = question
        self._clock = clock
        self._asked_at = dict.fromkeys(services, float("-inf"))
        self._refusals = Refusals()
        self._groups = {service: question.group(service) for service in services}
        self._throttle = Throttle()

    def run(self, stop: Event) -> None:
        """Look until ``stop`` is set."""

        def look() -> None:
            while not stop.is_set() and self.step():
                pass

        run_every(IDLE_SECONDS, look, stop, name=self._question.name)

    def step(self) -> bool:
        """Ask once about what is due; whether there may be more to ask at once."""
        at = self._clock.monotonic()
        services = self._due(at)
        if not services:
            return False
        try:
            self._question.ask(services)
        except NotNowError:
            return False
        except ApiError as error:
            self._log(str(error), at)
            self._refusals.refused(services, at, str(error), lasting=error.lasting)
            return True
        except Exception as error:  # noqa: BLE001 - an answer of an odd shape must not end the looking
            text = f"{self._question.name}: {type(error).__name__}: {error}"
            self._log(text, at, error)
            self._refusals.refused(services, at, text)
            return True
        self._refusals.worked(services)
        for service in services:
            self._asked_at[service] = at
        return True

    def _due(self, at: float) -> list[str]:
        """The services to ask about now: those that wait longest, filled up with others of the same group.

        One that was refused lately does not go along: the others would be refused with it.
        """
        due = {
            service: self._due_at(service, rest)
            for service, rest in self._question.rests().items()
            if rest < float("inf")
        }
        first = min(due, key=due.__getitem__, default=None)
        if first is None or due[first] > at:
            return []
        group = self._groups[first]
        together = [
            service for service in due if self._groups[service] == group and self._refusals.not_before(service) <= at
        ]
        return nsmallest(self._question.most, together, key=due.__getitem__)

    def _due_at(self, service: str, rest: float) -> float:
        """When the service is to be asked about."""
        spread = rest * (1 - JITTER * random.random())  # noqa: S311 - spreads load
        return max(self._asked_at[service] + spread, self._refusals.not_before(service))

    def _log(self, text: str, at: float, error: Exception | None = None) -> None:
        if self._throttle.lets(text, at):
            logger.warning("%s", text, exc_info=error)

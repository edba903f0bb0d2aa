"""Looks at many services with one question, in the background, each as often as it needs."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Event

from fastscale.aws.calls import ApiError, NotNowError
from fastscale.loops import run_every
from fastscale.ports import Clock

logger = logging.getLogger(__name__)

#: How long a looker sleeps when nothing is due, in seconds.
IDLE_SECONDS = 0.2
#: The rest between two looks is shortened by up to this share, so that looks do not fall into step.
JITTER = 0.1
#: A service on which a look failed lets the others go first for so many seconds.
AFTER_FAILURE_SECONDS = 1.0
#: The same cause is logged once in so many seconds.
LOG_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask AWS about services.

    ``ask`` is given up to ``most`` services that have the same ``group``, and raises ApiError. ``rest_seconds`` is how
    long a service may wait for its next look, infinite for no look at all.
    """

    name: str
    most: int
    ask: Callable[[Sequence[str]], None]
    rest_seconds: Callable[[str], float]
    group: Callable[[str], str] = lambda _: ""


class Looker:
    """Asks one question about ``services``; a failure is logged, and the question's pace says when to go on."""

    def __init__(self, question: Question, services: Collection[str], *, clock: Clock) -> None:
        self._question = question
        self._clock = clock
        self._asked_at = dict.fromkeys(services, float("-inf"))
        self._failed_at = dict.fromkeys(services, float("-inf"))
        self._logged_at: dict[str, float] = {}

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
            self._failed_at.update(dict.fromkeys(services, at))
            return True
        except Exception as error:  # noqa: BLE001 - an answer of an odd shape must not end the looking
            self._log(f"{self._question.name}: {type(error).__name__}: {error}", at, error)
            self._failed_at.update(dict.fromkeys(services, at))
            return True
        for service in services:
            self._asked_at[service] = at
        return True

    def _due(self, at: float) -> list[str]:
        """The services to ask about now: those that wait longest, filled up with others of the same group."""
        waits = {service: self._wait(service, at) for service in self._asked_at}
        ordered = sorted(waits, key=waits.__getitem__)
        if not ordered or waits[ordered[0]] > 0:
            return []
        group = self._question.group(ordered[0])
        together = [
            service for service in ordered if waits[service] < float("inf") and self._question.group(service) == group
        ]
        return together[: self._question.most]

    def _wait(self, service: str, at: float) -> float:
        """Seconds until the service is due; negative when it is overdue."""
        rest = self._question.rest_seconds(service) * (1 - JITTER * random.random())  # noqa: S311 - spreads load
        due = max(self._asked_at[service] + rest, self._failed_at[service] + AFTER_FAILURE_SECONDS)
        return due - at if rest < float("inf") else rest

    def _log(self, text: str, at: float, error: Exception | None = None) -> None:
        if at - self._logged_at.get(text, float("-inf")) >= LOG_AGAIN_SECONDS:
            self._logged_at = {
                text: at,
                **{old: when for old, when in self._logged_at.items() if at - when < LOG_AGAIN_SECONDS},
            }
            logger.warning("%s", text, exc_info=error)

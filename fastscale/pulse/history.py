"""The learnt days of all watched services: fed by the ticks, recalled at the start, saved every few minutes.

Wiring: make one :class:`LearntDays`, hand it to the controller as its ``foresight``, and run :meth:`LearntDays.run` in
a thread of its own; it ends, after a last save, when its event is set.

Two replicas see the same load and both learn it. When a save is refused because the other replica was first, the store
is read again: the season that knows the newer slot is the one to go on with.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

from fastscale.backoff import Backoff
from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.observation import Forecast, LoadReading
from fastscale.decide.pulse.season import Season
from fastscale.decide.pulse.season_told import Told
from fastscale.errors import StoreError
from fastscale.loops import run_every
from fastscale.ports import Clock, HistoryStore

logger = logging.getLogger(__name__)

#: Seconds between two saves of a service. What a crash may lose is the minutes since the last one.
SAVE_SECONDS = 300.0
#: How often is looked whose turn it is, in seconds.
LOOK_SECONDS = 1.0
#: A save comes up to this share of its distance early or late, so that many services and replicas do not save at once.
JITTER = 0.2
#: After a failure the next attempt comes within this time, then twice as late each time, up to the ordinary distance …
FIRST_RETRY_SECONDS = 5.0
#: … but not sooner than this (seconds).
SHORTEST_RETRY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """What learning needs to know of a service: the time zone of its users, and how long a task starts (seconds)."""

    time_zone: str
    startup_seconds: float


@dataclass
class _Learnt:
    """One service. ``recalled`` is False until the store has said what was learnt before; nothing is saved till then.

    ``saved`` is the season that was saved or recalled last.
    """

    habits: Habits
    season: Season
    told: Told = field(default_factory=Told)
    recalled: bool = False
    saved: Season | None = None
    failures: int = 0


class LearntDays:
    """A :class:`fastscale.ports.Foresight` that outlives restarts by its store. Ticks never wait for the store."""

    def __init__(
        self,
        services: Mapping[str, Habits],
        store: HistoryStore,
        *,
        save_seconds: float = SAVE_SECONDS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._learnt = {
            service: _Learnt(habits, Season(time_zone=habits.time_zone)) for service, habits in services.items()
        }
        self._store = store
        self._save_seconds = save_seconds
        self._lock = Lock()
        self._jitter = jitter
        self._retries = Backoff(
            first_seconds=FIRST_RETRY_SECONDS,
            longest_seconds=save_seconds,
            shortest_seconds=SHORTEST_RETRY_SECONDS,
            jitter=jitter,
        )

    def observe(self, service: str, load: LoadReading, now: float) -> None:
        """Take note of the load at ``now`` (epoch seconds)."""
        with self._lock:
            learnt = self._learnt[service]
            learnt.season = learnt.season.learn(now, load.rate, load.seconds)

    def forecast(self, service: str, now: float, *, requests_per_task: float) -> Forecast | None:
        """Tasks to hold ready for the next minutes; None when nothing certain is known."""
        learnt = self._learnt[service]
        startup_seconds = learnt.habits.startup_seconds
        learnt.told = learnt.told.after(
            learnt.season, now, startup_seconds=startup_seconds, requests_per_task=requests_per_task
        )
        return learnt.told.forecast

    def run(self, stop: Event, clock: Clock) -> None:
        """Recall all services, then save each every few minutes, until ``stop`` is set; save once more and end."""
        due = dict.fromkeys(self._learnt, clock.monotonic())

        def look() -> None:
            for service, at in due.items():
                if clock.monotonic() >= at and not stop.is_set():
                    due[service] = clock.monotonic() + self.turn(service)

        run_every(LOOK_SECONDS, look, stop, name="history")
        for service, learnt in self._learnt.items():
            if learnt.recalled:
                self.turn(service)

    def turn(self, service: str) -> float:
        """Recall what was learnt of a service, or save it; returns the seconds until its next turn.

        Failures are logged and never raised.
        """
        learnt = self._learnt[service]
        try:
            if not learnt.recalled or learnt.failures:
                self._recall(service, learnt)
            self._save(service, learnt)
        except Exception as error:  # one service's trouble, foreseen or not, holds up no other's turn
            foreseen = isinstance(error, StoreError)
            text = "what was learnt of %s was not %s: %s"
            logger.warning(text, service, _done(learnt), error, exc_info=None if foreseen else error)
            learnt.failures += 1
            return self._retries.wait(learnt.failures)
        learnt.failures = 0
        return self._save_seconds * (1 - JITTER + 2 * JITTER * self._jitter())

    def _recall(self, service: str, learnt: _Learnt) -> None:
        """Go on from what is stored, unless that is older than what was recalled and learnt since.

        At a start, the minutes that were learnt while the store could not be read are given up for it.
        """
        content = self._store.load(service)
        stored = None if content is None else _read(service, content, learnt.habits)
        with self._lock:
            if stored is not None and (not learnt.recalled or _newest(stored) > _newest(learnt.season)):
                learnt.season, learnt.saved = stored, stored
            learnt.recalled = True

    def _save(self, service: str, learnt: _Learnt) -> None:
        season = learnt.season
        if season is not learnt.saved:
            self._store.save(service, season_bytes.to_bytes(season))
            learnt.saved = season


def _read(service: str, content: bytes, habits: Habits) -> Season | None:
    """None, with a line in the log, when nothing can be built on the content."""
    try:
        season = season_bytes.from_bytes(content)
    except StoreError as error:
        logger.warning("%s: learning begins anew: %s", service, error)
        return None
    if season.time_zone != habits.time_zone:
        logger.warning("%s: learning begins anew: its days were those of %s", service, season.time_zone)
        return None
    return season


def _newest(season: Season) -> int:
    return -1 if season.closed is None else season.closed


def _done(learnt: _Learnt) -> str:
    return "saved" if learnt.recalled else "recalled"

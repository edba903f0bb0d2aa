"""What the controller needs from the world, as small interfaces; each real one and each fake stands behind one of them.

Moments named ``now`` are seconds since 1970, ``monotonic`` ones count from anywhere and never jump. A service is known
by its ECS resource id, ``service/<cluster>/<name>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from fastscale.decide.pulse.observation import Forecast, LoadReading, PulseDecision, ServiceReading
from fastscale.plan import PulseScrape


class Clock(Protocol):
    """Time as the controller sees it: the wall clock may be set, the monotonic one only runs on. Both in seconds."""

    def now(self) -> float:
        """Seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds since some moment; for durations."""


class Target(NamedTuple):
    """One task as the load balancer knows it: its address and the port that takes traffic.

    A tuple, because a tick over 10,000 tasks looks targets up some 150,000 times: as a frozen dataclass, whose hash is
    Python, each of them took three times as long.
    """

    host: str
    port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRequest:
    """What to read of one service in one round: ``targets`` are all tasks that take traffic.

    ``published_for_seconds`` goes into the header ``names.PUBLISHED_FOR_HEADER`` of each read, and reaches those that
    are not read in time, too; None sends none.
    """

    scrape: PulseScrape
    targets: Sequence[Target]
    published_for_seconds: int | None = None


class TaskLoad(NamedTuple):
    """What one task did between its last two readings, ``seconds`` apart.

    ``arrivals`` requests came and ``responses`` ended, which took ``response_seconds`` together; ``in_progress`` were
    under way at the end. None: the application does not say. ``seconds`` may be wrong by ``uncertain_seconds``.
    """

    target: Target
    seconds: float
    arrivals: float
    in_progress: float | None = None
    responses: float | None = None
    response_seconds: float | None = None
    uncertain_seconds: float = 0.0

    @property
    def requests_per_second(self) -> float:
        """Arrivals a second; 0 for readings at the same moment."""
        return self.arrivals / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadRound:
    """One service after one round of reading.

    ``asked`` tasks were asked and ``answered`` gave counters that could be read; ``failures`` counts the others by kind
    (``timeout``, ``refused``, ``status``, ``malformed``…). ``tasks`` holds those with two readings to compare.
    ``load`` is None when too few answered to say anything about the service. ``silenced`` tasks leave publishing to us,
    by the promises that reached them; None when none is made.
    """

    load: LoadReading | None
    tasks: Sequence[TaskLoad] = ()
    asked: int = 0
    answered: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    silenced: int | None = None


class LoadSource(Protocol):
    """Reads the load of tasks. Called from one thread; keeps the counters of the reading before."""

    def read(self, requests: Mapping[str, ReadRequest], now: float) -> Mapping[str, LoadRound]:
        """One round over all services, within the longest ``timeout_seconds`` of them; a bad task is never an error.

        The answer has every service of ``requests``. Services that are no longer asked for are forgotten.
        """

    def close(self) -> None:
        """Close all connections."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceView:
    """What is known of one service at a moment.

    ``doubts`` say in words which parts are older than they should be: while there is one, no task may be taken away.
    """

    reading: ServiceReading
    targets: Sequence[Target]
    doubts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """Too little is known of a service to decide anything; ``reason`` says what is missing, in a sentence."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What became of a wish to set a desired count.

    ``desired`` is the count that was set, None when nothing was; ``note`` says why it differs from what was asked, or
    why nothing was done.
    """

    desired: int | None
    note: str = ""


class ServicePort(Protocol):
    """The services as their platform shows them. ``view`` and ``launches`` never wait: they tell what is known."""

    def view(self, service: str, now: float) -> ServiceView | Unseen:
        """The service as last seen, unless nothing recent enough is known."""

    def launches(self, service: str) -> Sequence[float]:
        """How many seconds each task took from its launch to traffic: those seen since the last call."""

    def unreachable(self, service: str, now: float) -> None:
        """Some of the targets did not answer: they may be gone, so look for them again soon."""

    def set_desired(self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0) -> Change:
        """Set the desired count, within the limits of this very moment, for a decision made on ``seen``.

        ``tried_seconds`` is for how long it has been tried: after some time older limits are better than none. Whether
        this process may act is asked right before the change. May block for a few seconds. Raises ActionError when it
        did not work and may be tried again.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One tick for one service: what was seen and decided.

    ``seconds`` is the time from the start of the tick to the decision. ``acting`` says whether the decision is carried
    out: not in a dry run, and not while another replica holds the lease.
    """

    service: str
    at: float
    view: ServiceView | None
    round: LoadRound | None
    forecast: Forecast | None
    startup_seconds: float
    decision: PulseDecision
    seconds: float
    dry_run: bool = False
    acting: bool = True


class MetricSink(Protocol):
    """Takes what a tick found, for metrics, logs and the people who ask. Never blocks, never fails."""

    def record(self, record: Record) -> None:
        """One service at one tick."""

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision, some time after its tick."""

    def ticked(self, now: float, seconds: float) -> None:
        """One tick over all services ended; it took ``seconds``."""

    def published_for_seconds(self, service: str) -> int | None:
        """How long tasks may leave publishing to us; None when nothing of the service arrived lately."""


class Lease(Protocol):
    """The right to act. Asked before every change; never waits."""

    def held(self) -> bool:
        """Whether this process may act now."""


#: Who holds a lease that was given back.
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Holding:
    """What the table says: who holds the lease, in which version."""

    owner: str
    version: int


class LeaseTable(Protocol):
    """One shared record that changes under a condition. Methods raise StoreError when they do not know the outcome."""

    def read(self) -> Holding | None:
        """The present record; never an older one."""

    def create(self, owner: str) -> bool:
        """Write version 1 if there is no record; whether that was so."""

    def take(self, owner: str, *, seen: Holding) -> bool:
        """Write the next version with a new owner if the record is still as ``seen``; whether that was so."""

    def renew(self, owner: str) -> bool:
        """Write the next version if ``owner`` still holds the record; whether that was so."""

    def release(self, owner: str) -> None:
        """Leave the record to nobody if ``owner`` holds it."""


class HistoryStore(Protocol):
    """Keeps one small document per service across restarts. May block for a few seconds."""

    def load(self, service: str) -> bytes | None:
        """What :meth:`save` was given last; None when there is nothing. Raises StoreError when it cannot be asked."""

    def save(self, service: str, content: bytes) -> None:
        """Keep ``content``, at most 300 kB. Raises StoreError when it did not work."""


class Foresight(Protocol):
    """Learns how a service's load recurs. Called at each tick, so it never blocks and never fails."""

    def observe(self, service: str, load: LoadReading, now: float) -> None:
        """Take note of the load at ``now``."""

    def forecast(self, service: str, now: float, *, requests_per_task: float) -> Forecast | None:
        """What to hold ready for the next minutes; None when nothing certain is known."""

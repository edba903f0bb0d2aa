"""What the load generator says: one JSON object per line, read back by :func:`parse`.

A ``start`` line comes first and a ``summary`` line last. Between them each second gives two lines:

- ``second``: what happened *during* the second, written when it ends: arrivals, and the answers that came in it.
- ``settled``: what became of the requests that *were due* in the second, written when the last of them ended.

Rates and liveness are read from the first, success and latency of a stretch of time from the second.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fastscale.load.latency import Histogram, LatencySummary
from fastscale.load.shape import Point, Spacing


class Failure(StrEnum):
    """Why a request failed."""

    #: No complete answer within the client's time-out.
    TIMEOUT = "timeout"
    #: Refused, reset, or closed before a complete answer.
    CONNECTION = "connection"
    #: 502 or 504, or a 503 that is not a task's own: the load balancer had nobody to ask, or got no answer.
    GATEWAY = "gateway"
    #: 503 from a task that had more than it can carry (it says so in the header `X-Overload`).
    OVERLOAD = "overload"
    #: Any other answer that is not 2xx or 3xx.
    OTHER = "other"
    #: Never sent: too many requests were in flight already.
    NOT_SENT = "not_sent"


class Record(BaseModel):
    """Base of all lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(Record):
    """The load begins: ``start`` is the epoch second that all offsets of ``points`` count from."""

    type: Literal["start"] = "start"
    start: float
    host: str
    points: tuple[Point, ...]
    seed: int
    spacing: Spacing
    timeout_seconds: float
    max_in_flight: int


class Second(Record):
    """What happened in the second that began at epoch ``second``.

    ``lag_ms`` is the most that the generator was behind its own schedule: above a few tens of milliseconds the
    machine is too busy for its latencies to be trusted, and ``lagging`` says so. ``limited`` says that arrivals were
    not sent because ``max_in_flight`` was reached.
    """

    type: Literal["second"] = "second"
    second: float
    offered: int
    sent: int
    ok: int
    failed: dict[Failure, int] = {}
    latency_ms: LatencySummary
    in_flight: int
    lag_ms: float
    lagging: bool
    limited: bool

    @property
    def failures(self) -> int:
        """Failed requests of any kind."""
        return sum(self.failed.values())


class Settled(Record):
    """What became of the requests that were due in the second that began at epoch ``second``.

    ``latency`` holds those answered well and those that timed out (at the time they waited); an immediate refusal
    is a failure, not a fast answer.
    """

    type: Literal["settled"] = "settled"
    second: float
    offered: int
    ok: int
    failed: dict[Failure, int] = {}
    latency: Histogram

    @property
    def failures(self) -> int:
        """Failed requests of any kind."""
        return sum(self.failed.values())


class Summary(Record):
    """The whole load. ``unanswered`` were in flight when it was stopped; ``cpu_seconds`` is the generator's own."""

    type: Literal["summary"] = "summary"
    start: float
    seconds: float
    offered: int
    sent: int
    ok: int
    failed: dict[Failure, int] = {}
    unanswered: int
    latency_ms: LatencySummary
    worst_lag_ms: float
    cpu_seconds: float
    stopped: bool


AnyRecord = Annotated[Start | Second | Settled | Summary, Field(discriminator="type")]
_LINE: TypeAdapter[Start | Second | Settled | Summary] = TypeAdapter(AnyRecord)


def parse(line: str) -> Start | Second | Settled | Summary:
    """The record in one line. Raises ValueError when it is not one."""
    try:
        return _LINE.validate_json(line)
    except ValidationError as error:
        raise ValueError(f"not a line of the load generator: {line[:80]!r}") from error

"""Somebody else publishes the task's metrics: this one is silent then, and goes on by itself when nobody does any more.

Pulse reads every task each second, of many a sample, and publishes for all of them in one call. With each read it
promises to do so for some seconds (:data:`fastscale.names.PUBLISHED_FOR_HEADER`); those that it does not read it asks
in time, only to tell them the same. What an interval holds back is kept until the next promise shows that Pulse is
alive; when no promise comes, it is published with its own timestamps. So a controller that dies leaves no hole, and at
most one interval may be published by both.

A promise is about the service's metrics without dimensions. A meter whose metrics have some heeds none: its alarms look
at metrics that nobody else publishes, and for a dimension such as TaskId nobody else could.

Whoever can make promises can keep a task silent, for :data:`MOST_SECONDS` at a time. So only requests that came
straight to the task count, which a security group limits to the VPC: an Application Load Balancer marks every request
that it hands on
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html), and so do
other proxies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastscale import names
from fastscale.meter.interval import Interval
from fastscale.meter.sink import Dimensioned, Sink

#: Longer promises are taken for this many seconds.
MOST_SECONDS = float(names.MOST_PUBLISHED_FOR_SECONDS)

_HEADER = names.PUBLISHED_FOR_HEADER.lower()
#: Any of these headers says that somebody handed the request on.
_HANDED_ON = ("x-forwarded-for", "x-amzn-trace-id", "forwarded", "via")
_LONGEST_NUMBER = 6


def promised_seconds(headers: Mapping[str, str]) -> float | None:
    """For how long a scrape with ``headers`` (by lower-case names) promises to publish; None when it does not.

    What is no whole number, and what came through a proxy, is no promise.
    """
    text = headers.get(_HEADER, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    if any(name in headers for name in _HANDED_ON):
        return None
    return min(float(text), MOST_SECONDS) or None


def may_stand_by(sink: Sink | None) -> bool:
    """Whether a promise covers what ``sink`` publishes."""
    return not (isinstance(sink, Dimensioned) and sink.has_dimensions)


@dataclass(frozen=True, slots=True)
class Promise:
    """Made at ``made_at``, good until ``until``: seconds of the monotonic clock, which all processes share."""

    made_at: float = float("-inf")
    until: float = float("-inf")

    def holds(self, now: float) -> bool:
        """Whether somebody else publishes at ``now``. One that is too long was made before the machine restarted."""
        return now < self.until <= now + MOST_SECONDS


class StandBy:
    """What is held back while a promise holds. For one thread."""

    def __init__(self) -> None:
        self._held: list[tuple[float, Interval]] = []

    def sift(self, intervals: Iterable[Interval], promise: Promise, now: float) -> list[Interval]:
        """Of what was held back and ``intervals``, which have just closed: those to publish now, oldest first."""
        self._held = [(closed_at, interval) for closed_at, interval in self._held if closed_at >= promise.made_at]
        self._held += [(now, interval) for interval in intervals]
        if promise.holds(now):
            return []
        released, self._held = [interval for _, interval in self._held], []
        return released

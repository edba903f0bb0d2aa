"""What the meter needs from a place that takes its numbers, and how such a place says no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from fastscale.errors import FastscaleError
from fastscale.meter.interval import Interval


class Sink(Protocol):
    """Takes intervals. Called from one thread at a time, never on the request path; it may block for a few seconds.

    A sink must be usable in a child after a fork: it opens connections when it first sends.
    """

    def send(self, intervals: Sequence[Interval]) -> None:
        """Deliver all of ``intervals`` (at most :data:`BATCH`, oldest first) or raise.

        :class:`SendError` means try again later, :class:`RejectedError` that no retry will help.
        """


@runtime_checkable
class Dimensioned(Protocol):
    """A sink that says whether its metrics have dimensions; one that does not say so has none."""

    @property
    def has_dimensions(self) -> bool:
        """Whether they have."""


#: Intervals in one call of :meth:`Sink.send`: with all metrics of each within CloudWatch's 1,000 metrics a request.
BATCH = 50


class SendError(FastscaleError):
    """The numbers could not be delivered now; ``cause`` is a short name that is the same for the same cause."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


class RejectedError(SendError):
    """The destination will never accept these numbers: keeping them would hold up all that follow."""

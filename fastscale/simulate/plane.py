"""What the rest of the world asks of a model of requests; :mod:`.fluid` and :mod:`.exact` are the two."""

from __future__ import annotations

from typing import Protocol

from fastscale.simulate.ledger import Ledger
from fastscale.simulate.tasks import SimTask


class Plane(Protocol):
    """Requests on their way through the load balancer and the tasks."""

    ledger: Ledger

    def advance(self, until: float) -> None:
        """Let requests come and go until the moment ``until`` (epoch seconds)."""

    def join(self, task: SimTask) -> None:
        """The load balancer begins to send requests to ``task``."""

    def leave(self, task: SimTask) -> None:
        """It stops; requests that the task has already are still answered."""

    def arrived(self, task: SimTask, moment: float) -> float:
        """Requests that came to ``task`` until ``moment``, which is at most half a second ahead of :meth:`advance`."""

    def finish(self) -> None:
        """The traffic is over: complete the ledger."""

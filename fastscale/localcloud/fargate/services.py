"""All services of the account and Region: each gets a loop of its own as soon as it exists, and loses it at its end."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.cycle import Say, run_cycles
from fastscale.localcloud.fargate.api import Catalog
from fastscale.localcloud.fargate.definitions import ServiceKey
from fastscale.localcloud.fargate.loop import FargateLoop
from fastscale.loops import Guard

#: How often tasks are moved on. The API is asked less often: see the watch.
TICK_SECONDS = 0.2
#: How often the API is asked which services there are.
CATALOG_SECONDS = 1.0


@dataclass(frozen=True)
class _Member:
    """A service's loop, and what keeps its failures from the other services."""

    loop: FargateLoop
    guard: Guard


class Services:
    """Runs every service that ListServices shows; ``make_loop`` makes the loop of one.

    While the API server is away, or restores its stacks, the services that were known go on.
    """

    def __init__(self, *, catalog: Catalog, make_loop: Callable[[ServiceKey, Say], FargateLoop], say: Say) -> None:
        self._catalog = catalog
        self._make_loop = make_loop
        self._say = say
        self._members: dict[ServiceKey, _Member] = {}
        self._next_look_at = -math.inf

    def run(self, stop: Event) -> None:
        """Run the services until ``stop`` is set. The processes of tasks end with their supervisor's."""
        run_cycles(self.tick, stop, name="ecs", period_seconds=TICK_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """One cycle of every service at ``now`` (epoch seconds)."""
        if now >= self._next_look_at:
            self._look(now)
        for member in self._members.values():
            member.guard.run(partial(member.loop.tick, now))

    def describe(self, task_id: str, whole_task: bool) -> dict[str, Any] | None:
        """The metadata of a task of any service; None when it is not known."""
        answers = (member.loop.describe(task_id, whole_task) for member in list(self._members.values()))
        return next((answer for answer in answers if answer is not None), None)

    def _look(self, now: float) -> None:
        """An API that does not answer is no reason to say so here: every loop that misses it does."""
        try:
            listed = self._catalog.services()
        except ApiUnavailableError:
            return
        self._next_look_at = now + CATALOG_SECONDS
        over = [key for key, member in self._members.items() if key not in listed and member.loop.finished]
        for key in over:
            del self._members[key]
        for key in sorted(set(listed).difference(self._members)):
            self._members[key] = self._member(key)

    def _member(self, key: ServiceKey) -> _Member:
        say = partial(self._say_of, key)
        return _Member(self._make_loop(key, say), Guard(f"ecs {key.service}", say))

    def _say_of(self, key: ServiceKey, text: str) -> None:
        self._say(f"{key.service}: {text}")

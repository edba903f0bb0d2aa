"""One tick: look at every service, decide for each, hand on what is to be done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastscale.control.startup import StartupTimes
from fastscale.control.watched import Watched
from fastscale.decide.pulse.decision import PulseMemory
from fastscale.decide.pulse.observation import Forecast, PulseDecision, PulseMove, PulseSeen
from fastscale.plan import PulsePolicy
from fastscale.ports import (
    Clock,
    Foresight,
    Lease,
    LoadRound,
    LoadSource,
    MetricSink,
    ReadRequest,
    Record,
    ServicePort,
    ServiceView,
    Unseen,
)

logger = logging.getLogger(__name__)

Decide = Callable[[PulsePolicy, PulseSeen, PulseMemory], tuple[PulseDecision, PulseMemory]]

#: No task is taken away while more than this share of the asked tasks does not answer.
MOST_SILENT_SHARE = 0.1


class _Service:
    """What is remembered of one service from tick to tick."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.memory = PulseMemory()
        self.startup = StartupTimes(watched.startup_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """The world of one controller; without ``foresight`` no floor is raised ahead of recurring peaks."""

    clock: Clock
    load: LoadSource
    services: ServicePort
    lease: Lease
    sink: MetricSink
    foresight: Foresight | None = None


class Controller:
    """Watches services through its ports. ``act`` carries decisions out; it must return at once."""

    def __init__(
        self, watched: Sequence[Watched], ports: Ports, *, decide: Decide, act: Callable[[Record], None]
    ) -> None:
        self._services = {one.service: _Service(one) for one in watched}
        self._ports = ports
        self._decide = decide
        self._act = act

    def tick(self) -> None:
        """Look, decide and hand on, once for all services. A service on which deciding fails holds up no other."""
        began = self._ports.clock.monotonic()
        now = self._ports.clock.now()
        views = {service: self._ports.services.view(service, now) for service in self._services}
        rounds = self._ports.load.read(self._requests(views), now)
        acting = self._ports.lease.held()
        for service, known in self._services.items():
            try:
                record = self._one(known, views[service], rounds.get(service), now, began, acting=acting)
            except Exception:  # the others are watched on
                logger.exception("%s: no decision was possible", service)
                continue
            self._ports.sink.record(record)
            if record.decision.desired is not None and record.acting:
                self._act(record)
        self._ports.sink.ticked(now, self._ports.clock.monotonic() - began)

    def _requests(self, views: Mapping[str, ServiceView | Unseen]) -> dict[str, ReadRequest]:
        return {
            service: ReadRequest(
                scrape=self._services[service].watched.policy.scrape,
                targets=view.targets,
                published_for_seconds=self._ports.sink.published_for_seconds(service),
            )
            for service, view in views.items()
            if isinstance(view, ServiceView)
        }

    def _one(
        self,
        known: _Service,
        view: ServiceView | Unseen,
        read: LoadRound | None,
        now: float,
        began: float,
        *,
        acting: bool,
    ) -> Record:
        watched = known.watched
        known.startup.observe(self._ports.services.launches(watched.service))
        forecast = None
        if isinstance(view, Unseen):
            decision = PulseDecision(move=PulseMove.BLIND, desired=None, reason=view.reason)
        else:
            forecast = self._look_ahead(watched, read, now)
            decision = self._decision(known, view, read, forecast, now)
        if read is not None and read.answered < read.asked:
            self._ports.services.unreachable(watched.service, now)
        return Record(
            service=watched.service,
            at=now,
            view=view if isinstance(view, ServiceView) else None,
            round=read,
            forecast=forecast,
            startup_seconds=known.startup.seconds,
            decision=decision,
            seconds=self._ports.clock.monotonic() - began,
            dry_run=watched.policy.dry_run,
            acting=acting and not watched.policy.dry_run,
        )

    def _look_ahead(self, watched: Watched, read: LoadRound | None, now: float) -> Forecast | None:
        if self._ports.foresight is None or not watched.policy.learn:
            return None
        if read is not None and read.load is not None:
            self._ports.foresight.observe(watched.service, read.load, now)
        return self._ports.foresight.forecast(watched.service, now, requests_per_task=watched.requests_per_task)

    def _decision(
        self, known: _Service, view: ServiceView, read: LoadRound | None, forecast: Forecast | None, now: float
    ) -> PulseDecision:
        seen = PulseSeen(
            now=now,
            load=read.load if read is not None else None,
            service=view.reading,
            requests_per_task=known.watched.requests_per_task,
            startup_seconds=known.startup.seconds,
            forecast=forecast,
        )
        decision, known.memory = self._decide(known.watched.policy, seen, known.memory)
        if decision.desired is None or decision.desired >= view.reading.desired:
            return decision
        doubt = next(iter(view.doubts), None) or _silence(read)
        if doubt is None:
            return decision
        reason = f"{decision.desired} tasks would do, but {doubt}: none is taken away"
        return PulseDecision(move=PulseMove.HOLD, desired=None, reason=reason)


def _silence(read: LoadRound | None) -> str | None:
    """Why the load is not sure enough to take tasks away; None when it is."""
    if read is None or read.load is None:
        return "the load is unknown"
    silent = read.asked - read.answered
    return f"{silent} of {read.asked} tasks did not answer" if silent > MOST_SILENT_SHARE * read.asked else None

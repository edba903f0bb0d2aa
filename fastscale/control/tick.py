"""One tick: look at every service, decide for each, hand on what is to be done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fastscale.control.actor import Actor
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
    """Watches services through its ports; ``actor`` carries decisions out."""

    def __init__(self, watched: Sequence[Watched], ports: Ports, *, decide: Decide, actor: Actor) -> None:
        self._services = {one.service: _Service(one, ports, decide) for one in watched}
        self._ports = ports
        self._actor = actor

    def tick(self) -> None:
        """Look, decide and hand on, once for all services. A service on which deciding fails holds up no other."""
        began = self._ports.clock.monotonic()
        now = self._ports.clock.now()
        undone, busy = self._actor.outcomes()
        for wish in undone:
            self._services[wish.service].was_not_set(wish)
        views = {service: self._ports.services.view(service, now) for service in self._services}
        rounds = self._ports.load.read(self._requests(views), now)
        acting = self._ports.lease.held()
        for service, known in self._services.items():
            known.changing = service in busy
            try:
                record = known.decide(views[service], rounds.get(service), now, began=began, acting=acting)
            except Exception:  # the others are watched on
                logger.exception("%s: no decision was possible", service)
                continue
            self._ports.sink.record(record)
            if record.decision.desired is not None and record.acting:
                self._actor.want(record)
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


class _Service:
    """One service, and what is remembered of it from tick to tick.

    While ``changing`` a decision of ours is being carried out: whatever count AWS shows meanwhile, ours counts as set.
    """

    def __init__(self, watched: Watched, ports: Ports, decide: Decide) -> None:
        self.watched = watched
        self.changing = False
        self._ports = ports
        self._decide = decide
        self._memory = PulseMemory()
        self._startup = StartupTimes(watched.startup_seconds)

    def decide(
        self, view: ServiceView | Unseen, read: LoadRound | None, now: float, *, began: float, acting: bool
    ) -> Record:
        """The decision at ``now`` in a tick that ``began`` then, by the monotonic clock."""
        watched = self.watched
        self._startup.observe(self._ports.services.launches(watched.service))
        if read is not None and read.answered < read.asked:
            self._ports.services.unreachable(watched.service, now)
        if isinstance(view, Unseen):
            forecast, decision = None, PulseDecision(move=PulseMove.BLIND, desired=None, reason=view.reason)
        else:
            forecast = self._look_ahead(read, now)
            decision = self._on(view, read, forecast, now)
        record = Record(
            service=watched.service,
            at=now,
            view=view if isinstance(view, ServiceView) else None,
            round=read,
            forecast=forecast,
            startup_seconds=self._startup.seconds,
            decision=decision,
            seconds=self._ports.clock.monotonic() - began,
            dry_run=watched.policy.dry_run,
            acting=acting and not watched.policy.dry_run,
        )
        if not record.acting:
            self.was_not_set(record)
        return record

    def was_not_set(self, record: Record) -> None:
        """The decision's memory takes what it decided for set; where it was not, the count is as it was seen."""
        if record.view is not None:
            hands = replace(self._memory.hands, ours=record.view.reading.desired, before=None)
            self._memory = replace(self._memory, hands=hands)

    def _look_ahead(self, read: LoadRound | None, now: float) -> Forecast | None:
        foresight, watched = self._ports.foresight, self.watched
        if foresight is None or not watched.policy.learn:
            return None
        if read is not None and read.load is not None:
            foresight.observe(watched.service, read.load, now)
        return foresight.forecast(watched.service, now, requests_per_task=watched.requests_per_task)

    def _on(self, view: ServiceView, read: LoadRound | None, forecast: Forecast | None, now: float) -> PulseDecision:
        """What the decision says on this view, unless it takes tasks away on data that may be wrong."""
        before = self._memory.hands
        ours = before.ours if self.changing else None
        seen = PulseSeen(
            now=now,
            load=read.load if read is not None else None,
            service=view.reading if ours is None else replace(view.reading, desired=ours),
            requests_per_task=self.watched.requests_per_task,
            startup_seconds=self._startup.seconds,
            forecast=forecast,
        )
        decision, self._memory = self._decide(self.watched.policy, seen, self._memory)
        doubt = next(iter(view.doubts), None) or _silence(read)
        if decision.desired is None or decision.desired >= view.reading.desired or doubt is None:
            return decision
        self._memory = replace(
            self._memory, hands=before.look(view.reading.desired, now, self.watched.policy.stable_seconds)
        )
        reason = f"{decision.desired} tasks would do, but {doubt}: none is taken away"
        return PulseDecision(move=PulseMove.HOLD, desired=None, reason=reason)


def _silence(read: LoadRound | None) -> str | None:
    """Why the load is not sure enough to take tasks away; None when it is."""
    if read is None or read.load is None:
        return "the load is unknown"
    silent = read.asked - read.answered
    return f"{silent} of {read.asked} tasks did not answer" if silent > MOST_SILENT_SHARE * read.asked else None

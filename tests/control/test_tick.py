"""One tick over services behind fakes: what is seen reaches the decision, what is decided reaches the service."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

from fastscale.control.actor import Actor
from fastscale.control.tick import Controller, Ports
from fastscale.control.watched import Watched
from fastscale.decide.pulse.decision import PulseMemory, decide
from fastscale.decide.pulse.observation import Forecast, LoadReading, PulseDecision, PulseMove, PulseSeen
from fastscale.plan import PulsePolicy
from fastscale.ports import LoadRound, Unseen
from tests.control.fakes import (
    SERVICE,
    AtOnce,
    FakeLease,
    FakeLoad,
    FakeServices,
    FakeSink,
    HandClock,
    load,
    view,
)

OTHER = "service/shop/other"


class Script:
    """A decision that always wants ``desired`` tasks, and remembers what it saw."""

    def __init__(self, desired: int | None) -> None:
        self.desired = desired
        self.seen: list[PulseSeen] = []
        self.memories: list[PulseMemory] = []

    def __call__(self, policy: PulsePolicy, seen: PulseSeen, memory: PulseMemory) -> tuple[PulseDecision, PulseMemory]:
        self.seen.append(seen)
        self.memories.append(memory)
        hands = memory.hands.look(seen.service.desired, seen.now, policy.stable_seconds)
        if self.desired is not None:
            hands = hands.after_setting(self.desired, seen.service.desired, seen.now)
        decision = PulseDecision(move=PulseMove.GROW, desired=self.desired, reason="because")
        return decision, replace(memory, hands=hands)


class World:
    def __init__(
        self,
        decision: Any = decide,
        *,
        services: tuple[str, ...] = (SERVICE,),
        executor: Executor | None = None,
        **policy: Any,
    ) -> None:
        self.clock = HandClock()
        self.services = FakeServices({service: view() for service in services})
        self.load = FakeLoad()
        self.lease = FakeLease()
        self.sink = FakeSink()
        self.foresight = Usual()
        actor = Actor(
            self.services,
            sink=self.sink,
            executor=executor or AtOnce(),
            clock=self.clock,
            stop=Event(),
            retry_seconds=self._retry,
        )
        watched = [
            Watched(service=name, policy=PulsePolicy(**policy), requests_per_task=100, startup_seconds=30)
            for name in services
        ]
        ports = Ports(
            clock=self.clock,
            load=self.load,
            services=self.services,
            lease=self.lease,
            sink=self.sink,
            foresight=self.foresight,
        )
        self.controller = Controller(watched, ports, decide=decision, actor=actor)

    def _retry(self, attempt: int) -> float:
        """Waits of the actor pass on the clock of the test alone."""
        self.clock.pass_time(1)
        return 0

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.controller.tick()
            self.clock.pass_time(1)

    def reasons(self) -> list[str]:
        return [record.decision.reason for record in self.sink.records]


class Usual:
    """Foresees three tasks, and remembers what it was fed."""

    def __init__(self) -> None:
        self.observed: list[float] = []

    def observe(self, service: str, load: LoadReading, now: float) -> None:
        self.observed.append(load.rate)

    def forecast(self, service: str, now: float, *, requests_per_task: float) -> Forecast | None:
        return Forecast(floor=3, confidence=0.9)


def test_a_decision_sees_load_service_startup_and_forecast_and_is_carried_out() -> None:
    script = Script(7)
    world = World(script)
    world.services.launched[SERVICE] = [12.0, 14.0, 900.0]
    world.tick()
    (seen,) = script.seen
    assert (seen.load, seen.service) == (load(), view().reading)
    assert (seen.requests_per_task, seen.startup_seconds, seen.forecast) == (
        100,
        14.0,
        Forecast(floor=3, confidence=0.9),
    )
    assert world.foresight.observed == [100.0]
    assert world.services.set_counts == [(SERVICE, 7)]
    assert world.sink.changes[0][1].desired == 7


def test_a_surge_raises_the_real_decision_within_two_ticks() -> None:
    world = World(learn=False)
    world.tick(30)
    assert world.services.set_counts == []
    world.load.answer = lambda _: LoadRound(load=load(rate=2_000), asked=2, answered=2)
    world.tick(2)
    assert world.services.set_counts
    assert world.services.set_counts[0][1] >= 20


def test_nothing_known_is_blind_and_reads_no_load() -> None:
    world = World(Script(7))
    world.services.views[SERVICE] = Unseen(reason="ECS did not answer yet")
    world.tick()
    (record,) = world.sink.records
    assert (record.decision.move, record.decision.reason) == (PulseMove.BLIND, "ECS did not answer yet")
    assert world.load.requests == [{}]
    assert world.services.set_counts == []


def test_a_doubtful_view_takes_no_task_away_but_adds() -> None:
    world = World(Script(1))
    world.services.views[SERVICE] = view(doubts=["ECS has not answered for 50 s"])
    world.tick()
    assert world.services.set_counts == []
    assert world.reasons() == ["1 tasks would do, but ECS has not answered for 50 s: none is taken away"]

    raising = World(Script(3))
    raising.services.views[SERVICE] = view(doubts=["ECS has not answered for 50 s"])
    raising.tick()
    assert raising.services.set_counts == [(SERVICE, 3)]


def test_silent_tasks_keep_all_tasks_and_have_the_targets_asked_for_again() -> None:
    world = World(Script(1))
    world.load.answer = lambda _: LoadRound(load=load(), asked=2, answered=1, failures={"timeout": 1})
    world.tick()
    assert world.services.set_counts == []
    assert world.reasons() == ["1 tasks would do, but 1 of 2 tasks did not answer: none is taken away"]
    assert world.services.doubted == [SERVICE]


def test_unknown_load_keeps_all_tasks() -> None:
    world = World(Script(1))
    world.load.answer = lambda _: LoadRound(load=None, asked=2, answered=2)
    world.tick()
    assert world.services.set_counts == []


def test_a_dry_run_and_a_replica_without_the_lease_only_report() -> None:
    dry = World(Script(7), dry_run=True)
    dry.tick()
    watching = World(Script(7))
    watching.lease.holds = False
    watching.tick()
    for world in (dry, watching):
        assert world.services.set_counts == []
        assert (world.sink.records[0].decision.desired, world.sink.records[0].acting) == (7, False)
    assert dry.sink.records[0].dry_run


def test_what_was_not_set_is_not_remembered_as_set() -> None:
    script = Script(7)
    world = World(script)
    world.services.refusals = ["no"] * 1000
    world.tick(2)
    assert world.services.set_counts == []
    assert [memory.hands.ours for memory in script.memories] == [None, 2]


def test_our_own_counts_on_their_way_are_not_taken_for_somebody_elses() -> None:
    """Two raises follow each other before the first is carried out: AWS shows the old count, the first, the second."""

    class Later(Executor):
        def __init__(self) -> None:
            self.jobs: list[Callable[[], Any]] = []

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.jobs.append(partial(fn, *args, **kwargs))
            return Future()

    script, later = Script(5), Later()
    world = World(script, executor=later)
    world.tick()
    script.desired = 9
    world.tick()
    script.desired = None
    world.services.views[SERVICE] = view(desired=5)
    world.tick()
    later.jobs.pop()()
    world.services.views[SERVICE] = view(desired=9)
    world.tick()
    assert world.services.set_counts == [(SERVICE, 9)]
    assert [seen.service.desired for seen in script.seen] == [2, 5, 9, 9]
    assert all(memory.hands.raised_until < 0 and memory.hands.lowered_until < 0 for memory in script.memories)


def test_one_service_that_fails_holds_up_no_other() -> None:
    def picky(policy: PulsePolicy, seen: PulseSeen, memory: PulseMemory) -> tuple[PulseDecision, PulseMemory]:
        if seen.service.desired == 13:
            raise ValueError("unlucky")
        return PulseDecision(move=PulseMove.GROW, desired=5, reason=""), memory

    world = World(picky, services=(SERVICE, OTHER))
    world.services.views[SERVICE] = view(desired=13)
    world.tick()
    assert world.services.set_counts == [(OTHER, 5)]
    assert world.sink.ticks == [1_000_000.0]


def test_tasks_are_told_for_how_long_their_metrics_are_published() -> None:
    world = World(Script(None))
    world.sink.promise = 15
    world.tick()
    assert world.load.requests[0][SERVICE].published_for_seconds == 15

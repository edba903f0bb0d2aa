"""The actor's retries, the steady clock, and the start-up time that is learnt."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from hypothesis import given
from hypothesis import strategies as st

from fastscale.control.actor import GIVE_UP_SECONDS, RETRIES, Actor
from fastscale.control.clock import SLEW, SteadyClock
from fastscale.control.startup import StartupTimes
from fastscale.decide.pulse.observation import PulseDecision, PulseMove, ServiceReading
from fastscale.ports import Change, Record
from tests.control.fakes import SERVICE, AtOnce, FakeServices, FakeSink, HandClock, view


def record(desired: int, **changes: int) -> Record:
    return Record(
        service=SERVICE,
        at=0,
        view=view(**changes),
        round=None,
        forecast=None,
        startup_seconds=30,
        decision=PulseDecision(move=PulseMove.GROW, desired=desired, reason="because"),
        seconds=0.1,
    )


class Stage:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.services = FakeServices({SERVICE: view()})
        self.sink = FakeSink()
        self.waits: list[int] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.actor = Actor(
            self.services, sink=self.sink, executor=AtOnce(), clock=self.clock, stop=Event(), retry_seconds=self._retry
        )

    def _retry(self, failures: int) -> float:
        self.waits.append(failures)
        self.clock.pass_time(1)
        self.meanwhile()
        return 0


def test_a_refused_raise_is_tried_again_with_growing_waits() -> None:
    stage = Stage()
    stage.services.refusals = ["throttled", "throttled"]
    stage.actor.want(record(9))
    assert stage.services.set_counts == [(SERVICE, 9)]
    assert stage.waits == [1, 2]
    assert stage.services.tried == [0, 1, 2]
    assert stage.actor.outcomes() == ([], frozenset())


def test_a_wish_that_grows_each_second_is_as_old_as_the_first_that_was_refused() -> None:
    stage = Stage()
    stage.services.refusals = ["throttled"] * 3
    grown = [record(10), record(11), record(12)]

    stage.meanwhile = lambda: stage.actor.want(grown.pop(0))
    stage.actor.want(record(9))
    assert stage.services.tried == [0, 1, 2, 3]
    assert stage.services.set_counts == [(SERVICE, 12)]


def test_a_raise_that_is_refused_for_long_is_given_up_and_reported() -> None:
    stage = Stage()
    stage.services.refusals = ["throttled"] * 100
    stage.actor.want(record(9))
    assert len(stage.waits) == GIVE_UP_SECONDS
    assert [change for _, change in stage.sink.changes] == [Change(desired=None, note="throttled")]
    assert len(stage.actor.outcomes()[0]) == 1
    assert stage.actor.outcomes() == ([], frozenset())


def test_a_refused_shrink_waits_for_the_next_decision() -> None:
    stage = Stage()
    stage.services.refusals = ["throttled"]
    stage.actor.want(record(1))
    assert (stage.services.set_counts, stage.waits) == ([], [])


def test_one_change_at_a_time_and_the_newest_wish_wins() -> None:
    entered, release = Event(), Event()
    done: list[int] = []

    class Slow(FakeServices):
        def set_desired(
            self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0
        ) -> Change:
            entered.set()
            assert release.wait(5)
            done.append(desired)
            return Change(desired=desired)

    with ThreadPoolExecutor(4) as executor:
        services = Slow({SERVICE: view()})
        actor = Actor(services, sink=FakeSink(), executor=executor, clock=HandClock(), stop=Event())
        actor.want(record(5))
        assert entered.wait(5)
        actor.want(record(6))
        actor.want(record(8))
        release.set()
    assert done == [5, 8]


def test_a_wish_that_comes_just_as_the_one_before_ends_is_not_lost() -> None:
    services = FakeServices({SERVICE: view()})
    with ThreadPoolExecutor(1) as executor:
        actor = Actor(services, sink=FakeSink(), executor=executor, clock=HandClock(), stop=Event())
        for desired in range(3, 2_003):
            actor.want(record(desired))
            if desired % 7 == 0:
                time.sleep(0)  # let the worker run dry now and then
    assert services.set_counts[-1] == (SERVICE, 2_002)
    assert actor.outcomes() == ([], frozenset())


def test_a_change_that_fails_for_an_unknown_reason_is_reported_and_ends_nothing() -> None:
    class Broken(FakeServices):
        def set_desired(
            self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0
        ) -> Change:
            if desired == 5:
                raise KeyError("service")
            return super().set_desired(service, desired, seen=seen)

    services = Broken({SERVICE: view()})
    actor = Actor(services, sink=FakeSink(), executor=AtOnce(), clock=HandClock(), stop=Event())
    actor.want(record(5))
    assert len(actor.outcomes()[0]) == 1
    actor.want(record(6))
    assert services.set_counts == [(SERVICE, 6)]


def test_no_retry_waits_longer_than_a_second() -> None:
    assert all(0 <= RETRIES.wait(failures) <= 1 for failures in (*range(1, 20), 10_000))


@given(steps=st.lists(st.tuples(st.floats(0, 10), st.floats(-5_000, 5_000)), max_size=50))
def test_the_steady_clock_never_leaps_however_the_wall_clock_is_set(steps: list[tuple[float, float]]) -> None:
    wall, monotonic = HandClock(1_000_000.0), HandClock(0.0)
    clock = SteadyClock(wall.now, monotonic.monotonic)
    before = clock.now()
    for passed, stepped in steps:
        monotonic.pass_time(passed)
        wall.pass_time(passed + stepped)
        now = clock.now()
        assert (1 - SLEW) * passed - 1e-6 <= now - before <= (1 + SLEW) * passed + 1e-6
        before = now


def test_the_steady_clock_takes_a_correction_over_slowly() -> None:
    wall, monotonic = HandClock(1_000.0), HandClock(0.0)
    clock = SteadyClock(wall.now, monotonic.monotonic)
    wall.pass_time(6)
    for _ in range(60):
        wall.pass_time(1)
        monotonic.pass_time(1)
        clock.now()
    assert abs(clock.now() - wall.now()) < 1e-6


def test_startup_is_the_plans_until_launches_were_seen_then_their_median() -> None:
    times = StartupTimes(30)
    assert times.seconds == 30
    times.observe([10, 12, 600])
    assert times.seconds == 12
    times.observe([20] * 40)
    assert times.seconds == 20

"""Never two holders at once, whatever the network and the clocks do."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.control.lease import ACTING_SECONDS, LEASE_SECONDS, SharedLease
from fastscale.errors import StoreError
from fastscale.ports import NOBODY, Holding
from tests.control.fakes import HandClock


@dataclass
class Record:
    """The shared record."""

    holding: Holding | None = None

    def put(self, owner: str) -> None:
        self.holding = Holding(owner, (self.holding.version if self.holding else 0) + 1)


@dataclass
class Path:
    """One replica's way to the record; ``fault`` loses its calls ("request") or only their answers ("answer")."""

    record: Record
    fault: str = ""

    def read(self) -> Holding | None:
        if self.fault:
            raise StoreError("no answer")
        return self.record.holding

    def create(self, owner: str) -> bool:
        return self._write(owner, fits=self.record.holding is None)

    def take(self, owner: str, *, seen: Holding) -> bool:
        return self._write(owner, fits=self.record.holding == seen)

    def renew(self, owner: str) -> bool:
        return self._write(owner, fits=self.record.holding is not None and self.record.holding.owner == owner)

    def release(self, owner: str) -> None:
        if self.record.holding is not None and self.record.holding.owner == owner:
            self._write(NOBODY, fits=True)

    def _write(self, owner: str, *, fits: bool) -> bool:
        if self.fault == "request":
            raise StoreError("no answer")
        if fits:
            self.record.put(owner)
        if self.fault == "answer":
            raise StoreError("no answer")
        return fits


class World:
    """Two replicas with clocks of their own; one may run up to 10 % faster than the other."""

    def __init__(self, *, drift: float = 1.0) -> None:
        self.record = Record()
        self.clocks = [HandClock(5.0), HandClock(9_999.0)]
        self.rates = [1.0, drift]
        self.paths = [Path(self.record), Path(self.record)]
        self.able = [True, True]
        self.leases = [self.replica(n, f"replica-{n}") for n in (0, 1)]

    def replica(self, number: int, owner: str) -> SharedLease:
        return SharedLease(self.paths[number], owner, clock=self.clocks[number], able=lambda: self.able[number])

    def holders(self) -> list[int]:
        return [number for number, lease in enumerate(self.leases) if lease.held()]

    def run(self, seconds: float) -> None:
        """Let time pass, each replica stepping once a second."""
        for _ in range(round(seconds)):
            self.pass_time(1.0)
            for lease in self.leases:
                lease.step()

    def pass_time(self, seconds: float) -> None:
        for clock, rate in zip(self.clocks, self.rates, strict=True):
            clock.pass_time(seconds * rate)


def test_the_first_to_come_holds_the_lease_and_keeps_it() -> None:
    world = World()
    world.run(30)
    assert world.holders() == [0]


def test_the_other_takes_over_from_a_dead_holder() -> None:
    world = World()
    world.run(3)
    world.paths[0].fault = "request"
    world.run(ACTING_SECONDS + 1)
    assert world.holders() == []  # the cut-off holder has stopped, the other does not act yet
    world.run(LEASE_SECONDS)
    assert world.holders() == [1]


def test_a_holder_whose_loop_hangs_loses_the_lease_to_one_that_ticks() -> None:
    world = World()
    world.run(3)
    world.able[0] = False
    world.run(ACTING_SECONDS + 1)
    assert world.holders() == []
    world.run(LEASE_SECONDS)
    assert world.holders() == [1]
    world.able[0] = True  # it wakes up, and watches
    world.run(10)
    assert world.holders() == [1]


def test_a_replica_that_hangs_does_not_take_the_lease() -> None:
    world = World()
    world.able = [False, False]
    world.run(30)
    assert world.holders() == []
    world.able[1] = True
    world.run(1)
    assert world.holders() == [1]


def test_a_lease_that_is_given_back_is_taken_at_once() -> None:
    world = World()
    world.run(3)
    world.leases[0].give_back()
    world.leases[1].step()
    assert world.holders() == [1]


def test_a_holder_that_was_cut_off_watches_when_it_comes_back() -> None:
    world = World()
    world.run(3)
    world.paths[0].fault = "request"
    world.run(LEASE_SECONDS + 2)
    world.paths[0].fault = ""
    world.run(10)
    assert world.holders() == [1]


def test_a_write_whose_answer_is_lost_is_noticed_later() -> None:
    world = World()
    world.paths[0].fault = "answer"
    world.leases[0].step()
    world.leases[0].step()
    assert world.holders() == []
    world.paths[0].fault = ""
    world.leases[0].step()
    assert world.holders() == [0]


def test_the_loop_outlives_an_answer_of_an_odd_shape_and_gives_the_lease_back() -> None:
    clock = HandClock()

    class Odd(Path):
        looks = 0

        def read(self) -> Holding | None:
            self.looks += 1
            if self.looks == 1:
                raise KeyError("holder")
            return super().read()

    record = Record()
    lease = SharedLease(Odd(record), "replica", clock=clock)

    class Beats(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            clock.pass_time(timeout or 0)
            if lease.held():
                self.set()
            return self.is_set()

    stop = Beats()
    lease.run(stop)
    assert record.holding == Holding(NOBODY, 2)


#: What a replica goes through for some seconds.
FATE = st.sampled_from(["well", "well", "asleep", "hung", "request", "answer", "restart", "give back"])
STRETCH = st.tuples(st.integers(1, 9), FATE, FATE)


@settings(max_examples=200, deadline=None)
@given(stretches=st.lists(STRETCH, min_size=2, max_size=12), drift=st.sampled_from([0.9, 1.0, 1.1]))
def test_there_are_never_two_holders(stretches: list[tuple[int, str, str]], drift: float) -> None:
    world = World(drift=drift)
    for number, (seconds, *fates) in enumerate(stretches):
        for who, fate in enumerate(fates):
            world.able[who] = fate != "hung"
            world.paths[who].fault = fate if fate in {"request", "answer"} else ""
            if fate == "restart":
                world.leases[who] = world.replica(who, f"replica-{who}-{number}")
            elif fate == "give back":
                world.leases[who].give_back()
        for _ in range(seconds * 2):
            world.pass_time(0.5)
            for who, fate in enumerate(fates):
                if fate != "asleep":
                    world.leases[who].step()
                assert len(world.holders()) <= 1

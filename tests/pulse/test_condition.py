"""How Pulse says that it is well: the heart stops when nobody but the alarms scales the service. Times in seconds."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from fastscale import names
from fastscale.control.actor import Actor
from fastscale.control.tick import Controller, Ports
from fastscale.control.watched import Watched
from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.observation import PulseDecision, PulseMove
from fastscale.plan import PulsePolicy
from fastscale.ports import Change, LoadRound, Record
from fastscale.pulse.condition import VAIN_SECONDS, Condition
from fastscale.pulse.exposition import OwnMetrics
from fastscale.pulse.ledger import Ledger
from fastscale.pulse.publisher import Published, Publisher
from fastscale.pulse.reporter import Heart, Reporter
from tests.control.fakes import SERVICE, AtOnce, FakeLease, FakeLoad, FakeServices, HandClock, load, view
from tests.pulse.records import by_name, record, seen

REFUSED = Change(desired=None, note="UpdateService: AccessDeniedException")


@pytest.mark.parametrize(
    ("told", "beats"),
    [
        ({}, True),
        ({"move": PulseMove.BLIND}, False),  # tasks out of reach, or AWS silent: nobody watches the service
        ({"move": PulseMove.BLIND, "desired": 0}, True),  # there is nothing to see
        ({"acting": False}, False),  # the other replica beats, if it lives
        ({"acting": False, "dry_run": True}, True),
    ],
)
def test_the_heart_beats_only_while_the_service_is_watched_by_somebody_who_may_act(
    told: dict[str, Any], beats: bool
) -> None:
    condition = Condition(SERVICE)
    condition.add(record(seen(10), **told))
    found = by_name(condition.close(1_000.0))
    assert (names.PULSE_HEARTBEAT in found) == beats
    assert names.PULSE_DECISION_LATENCY in found


def test_one_good_look_among_blind_ones_is_a_beat() -> None:
    condition = Condition(SERVICE)
    for move in (PulseMove.BLIND, PulseMove.HOLD, PulseMove.BLIND):
        condition.add(record(seen(10), move=move))
    assert names.PULSE_HEARTBEAT in by_name(condition.close(1_000.0))
    condition.add(record(seen(10), move=PulseMove.BLIND))
    assert names.PULSE_HEARTBEAT not in by_name(condition.close(1_020.0))


class Patient:
    """A condition that is told a second at a time."""

    def __init__(self) -> None:
        self.condition = Condition(SERVICE)
        self.at = 0.0

    def tick(self, desired: int | None = None, **members: Any) -> Record:
        self.at += 1
        decision = PulseDecision(move=PulseMove.HOLD if desired is None else PulseMove.GROW, desired=desired, reason="")
        told = replace(record(seen(10), **members), at=self.at, decision=decision)
        self.condition.add(told)
        return told

    def wish(self, change: Change | None, **members: Any) -> None:
        """A second with a wish, of which ``change`` becomes before the next; None: it is still being tried."""
        told = self.tick(5, **members)
        if change is not None:
            self.condition.changed(told, change)

    def beats(self) -> bool:
        return names.PULSE_HEARTBEAT in by_name(self.condition.close(self.at))


def test_the_heart_stops_when_all_changes_fail_for_a_minute_until_one_works(caplog: pytest.LogCaptureFixture) -> None:
    patient = Patient()
    for _ in range(round(VAIN_SECONDS)):
        patient.wish(REFUSED)
    assert patient.beats()
    for _ in range(20):
        patient.wish(REFUSED)
    assert not patient.beats()
    patient.wish(REFUSED)
    assert not patient.beats()
    assert caplog.messages == [f"{SERVICE}: no change has worked for 60 s: its heartbeat stops"]
    patient.wish(Change(desired=5))
    assert patient.beats()


def test_throttling_that_is_over_within_a_minute_stops_no_heart() -> None:
    patient = Patient()
    for _ in range(10):
        for _ in range(50):
            patient.wish(REFUSED)
        patient.wish(Change(desired=5))
        assert patient.beats()


def test_a_wish_that_is_given_up_is_forgotten() -> None:
    patient = Patient()
    for _ in range(3):
        for _ in range(40):
            patient.wish(REFUSED)
        patient.tick()  # nothing is wanted any more
        assert patient.beats()


def test_a_wish_that_is_being_tried_is_not_given_up_though_no_tick_repeats_it() -> None:
    patient = Patient()
    for _ in range(14):
        wanted = patient.tick(5)
        for _ in range(4):
            patient.tick()  # the controller takes the count for set meanwhile
        patient.condition.changed(wanted, REFUSED)
    assert not patient.beats()


def test_an_older_wish_that_worked_leaves_the_newer_one_open() -> None:
    patient = Patient()
    older = patient.tick(5)
    for _ in range(50):
        patient.tick(6)
    newer = patient.tick(7)
    patient.condition.changed(older, Change(desired=5))
    for _ in range(50):
        patient.tick()
    assert patient.beats()  # the newer one has been wanted for 50 s
    for _ in range(20):
        patient.tick()
    assert not patient.beats()
    patient.condition.changed(newer, Change(desired=7))
    patient.tick()
    assert patient.beats()


def test_who_does_not_act_wants_nothing() -> None:
    patient = Patient()
    for _ in range(100):
        patient.wish(None, acting=False, dry_run=True)
    assert patient.beats()


@pytest.mark.parametrize(("refused", "beats"), [(10, True), (1_000, False)])
def test_a_controller_whose_every_change_is_denied_is_silent(refused: int, beats: bool) -> None:
    clock, stop, stored = HandClock(), Event(), list[Any]()
    publisher = Publisher({SERVICE: Published("A")}, lambda _, datums: stored.extend(datums), clock=clock)
    sink = Reporter(Ledger([SERVICE]), OwnMetrics({}), publisher, Heart(), clock=clock)
    services = FakeServices({SERVICE: view()}, refusals=["UpdateService: AccessDeniedException"] * refused)
    stop.set()  # no attempt is repeated: each tick wants anew
    actor = Actor(services, sink=sink, executor=AtOnce(), clock=clock, stop=stop)
    busy = FakeLoad(lambda _: LoadRound(load=load(1_000), asked=2, answered=2))
    ports = Ports(clock=clock, load=busy, services=services, lease=FakeLease(), sink=sink)
    watched = Watched(service=SERVICE, policy=PulsePolicy(), requests_per_task=100.0, startup_seconds=30.0)
    controller = Controller([watched], ports, decide=decide, actor=actor)
    for _ in range(100):
        controller.tick()
        clock.pass_time(1)
    publisher.close_conditions()
    publisher.send()
    assert (len(services.set_counts) > 0) == beats
    assert (names.PULSE_HEARTBEAT in by_name(stored)) == beats

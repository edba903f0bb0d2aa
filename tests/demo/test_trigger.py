"""Who raised the desired count first: told by whoever knows best."""

from __future__ import annotations

import pytest

from fastscale import names
from fastscale.demo.records import Activity, CountChange, Evidence, PulseNote, Sample
from fastscale.demo.trigger import Actor, Trigger, alarm_path_at, first_raise
from fastscale.localcloud.service import AUTO_SCALING_CLIENT

SURGE_AT = 1_800_000_000.0
CALM = Sample(at=SURGE_AT, desired=2)
CAUSE = "monitor alarm FastScaling-CustomRPS in state ALARM triggered policy FastScaling-ScaleOut"


def at(seconds: float) -> float:
    return SURGE_AT + seconds


def change(seconds: float, previous: int, desired: int, by: str) -> CountChange:
    return CountChange(at=at(seconds), previous=previous, desired=desired, by=by)


def activity(seconds: float, desired: int, cause: str = CAUSE) -> Activity:
    return Activity(
        at=at(seconds),
        status="Successful",
        description=f"Setting desired count to {desired}.",
        cause=cause,
        desired=desired,
    )


def note(seconds: float, desired: int) -> PulseNote:
    return PulseNote(at=at(seconds), move="surge", desired=desired, reason=f"the load needs {desired} tasks")


def test_the_one_who_set_the_count_first_is_named_with_its_own_reason() -> None:
    evidence = Evidence(
        count_changes=(
            change(1.4, 2, 7, names.PULSE_CONTAINER),
            change(9.3, 7, 8, AUTO_SCALING_CLIENT),
        ),
        pulse=(note(1.35, 7),),
        activities=(activity(9.3, 8),),
    )

    assert first_raise(evidence, CALM, ()) == Trigger(
        at=at(1.4), actor=Actor.PULSE, before=2, after=7, reason="the load needs 7 tasks"
    )


def test_where_pulse_is_dead_the_alarm_path_is_named_with_the_cause_of_its_activity() -> None:
    evidence = Evidence(count_changes=(change(9.3, 2, 8, AUTO_SCALING_CLIENT),), activities=(activity(9.25, 8),))

    found = first_raise(evidence, CALM, ())

    assert found is not None
    assert (found.actor, found.at, found.reason) == (Actor.ALARMS, at(9.25), CAUSE)


@pytest.mark.parametrize("noted", [True, False], ids=["the change was noted", "only the activity tells"])
def test_what_a_schedule_raised_is_not_credited_to_the_alarm_path(noted: bool) -> None:
    because = "minimum capacity was set to 10"
    evidence = Evidence(
        count_changes=(change(4.0, 2, 10, AUTO_SCALING_CLIENT), change(9.3, 10, 14, AUTO_SCALING_CLIENT))[: 2 * noted],
        activities=(activity(4.0, 10, because), activity(9.3, 14)),
    )

    assert first_raise(evidence, CALM, ()) == Trigger(
        at=at(4.0), actor=Actor.LIMITS, before=2, after=10, reason=because
    )
    assert alarm_path_at(evidence, CALM) == at(9.3)


def test_a_client_without_a_name_is_somebody() -> None:
    found = first_raise(Evidence(count_changes=(change(3, 2, 5, ""),)), CALM, ())

    assert found is not None
    assert (found.actor, found.after, found.reason) == (Actor.OTHER, 5, "")


@pytest.mark.parametrize(
    "changed",
    [change(-3, 2, 5, "pulse"), change(3, 2, 1, "pulse"), change(3, 5, 4, "pulse")],
    ids=["before the surge", "a lower count", "a step down from a higher one"],
)
def test_what_is_no_raise_after_the_surge_does_not_count(changed: CountChange) -> None:
    assert first_raise(Evidence(count_changes=(changed,)), CALM, ()) is None


def test_where_nobody_notes_changes_a_look_shows_the_raise_and_a_note_of_pulse_whose_it_was() -> None:
    """As on AWS: nothing but samples and what Pulse wrote down."""
    looks = (Sample(at=at(0.9), desired=2), Sample(at=at(1.9), desired=7), Sample(at=at(2.9), desired=9))

    with_note = first_raise(Evidence(pulse=(note(1.3, 7),)), CALM, looks)
    without = first_raise(Evidence(pulse=(note(1.3, 9),)), CALM, looks)

    assert with_note == Trigger(at=at(1.9), actor=Actor.PULSE, before=2, after=7, reason="the load needs 7 tasks")
    assert without == Trigger(at=at(1.9), actor=Actor.OTHER, before=2, after=7)


def test_without_a_count_before_the_surge_nobody_can_tell() -> None:
    evidence = Evidence(count_changes=(change(1.4, 2, 7, "pulse"),))

    assert first_raise(evidence, Sample(at=SURGE_AT), ()) is None

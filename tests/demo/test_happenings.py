from __future__ import annotations

from fastscale.demo.happenings import Tone, changes, troubles
from fastscale.demo.records import Activity, PulseNote, Sample, ServiceEvent
from fastscale.load.latency import LatencySummary
from fastscale.load.records import Failure, Second

calm = Sample(at=10, desired=2, running=2, healthy=2, alarms={"High": "OK", "Low": "ALARM"})
activity = Activity(
    at=20, status="InProgress", description="Setting desired count to 8.", cause="alarm High", desired=8
)


def second(at: float, *, failed: dict[Failure, int] | None = None, lag_ms: float = 1, limited: bool = False) -> Second:
    return Second(
        second=at,
        offered=100,
        sent=100,
        ok=100,
        failed=failed or {},
        latency_ms=LatencySummary(),
        in_flight=30,
        lag_ms=lag_ms,
        lagging=lag_ms > 100,
        limited=limited,
    )


def test_changes_are_told_and_what_stays_is_not() -> None:
    now = calm.model_copy(
        update={"at": 20, "desired": 8, "activity": activity, "alarms": {"High": "ALARM", "Low": "ALARM"}}
    )

    assert [(happening.text, happening.tone) for happening in changes(calm, now)] == [
        ("alarm High: OK → ALARM", Tone.BAD),
        ("scaling: Setting desired count to 8. alarm High", Tone.PLAIN),
        ("desired count 2 → 8", Tone.GOOD),
    ]
    fulfilled = activity.model_copy(update={"status": "Successful", "description": "Successfully set it."})
    assert list(changes(now, now.model_copy(update={"at": 21, "activity": fulfilled}))) == []


def test_a_new_service_event_is_told_once() -> None:
    started = ServiceEvent(at=19.2, message="(service shop) has started 6 tasks.")
    now = calm.model_copy(update={"at": 20, "event": started})

    assert [happening.text for happening in changes(calm, now)] == ["ECS: (service shop) has started 6 tasks."]
    assert list(changes(now, now.model_copy(update={"at": 21}))) == []


def test_what_pulse_decides_is_told_with_its_reason_and_what_it_leaves_is_not() -> None:
    held = PulseNote(at=19, move="hold", desired=None, reason="load 60/s, 2 tasks carry 182/s")
    surge = PulseNote(at=20.3, move="surge", desired=7, reason="load 600/s where 60/s is usual")
    watched = calm.model_copy(update={"at": 20, "pulse": held, "pulse_tasks": 1})
    acted = watched.model_copy(update={"at": 21, "pulse": surge, "desired": 7})

    assert list(changes(calm.model_copy(update={"pulse_tasks": 1}), watched)) == []
    assert [(happening.at, happening.text) for happening in changes(watched, acted)] == [
        (20.3, "Pulse: load 600/s where 60/s is usual"),
        (21, "desired count 2 → 7"),
    ]
    assert list(changes(acted, acted.model_copy(update={"at": 22}))) == []


def test_a_pulse_that_dies_is_told() -> None:
    watched = calm.model_copy(update={"pulse_tasks": 1})

    assert [happening.text for happening in changes(watched, watched.model_copy(update={"pulse_tasks": 0}))] == [
        "running tasks of Pulse 1 → 0"
    ]


def test_the_first_look_changes_nothing() -> None:
    assert list(changes(None, calm)) == []


def test_a_look_without_an_answer_is_an_absence_and_not_a_change_to_zero() -> None:
    blind = Sample(at=11)

    assert [happening.text for happening in changes(calm, blind)] == ["the AWS API does not answer"]
    assert list(changes(blind, blind)) == []
    assert [happening.text for happening in changes(blind, calm)] == ["the AWS API answers"]


def test_failures_are_told_when_they_begin_and_when_they_end() -> None:
    failing = second(5, failed={Failure.OVERLOAD: 40, Failure.NOT_SENT: 2})

    assert [happening.text for happening in troubles(second(4), failing)] == [
        "requests begin to fail: 40 overload, 2 not sent in one second"
    ]
    assert list(troubles(failing, second(6, failed={Failure.TIMEOUT: 1}))) == []
    assert [happening.text for happening in troubles(failing, second(6))] == ["requests no longer fail"]


def test_a_generator_that_lags_or_is_limited_is_told_once() -> None:
    bad = second(5, lag_ms=250, limited=True)

    assert [happening.text for happening in troubles(None, bad)] == [
        "the load generator is 250 ms late: latencies include that",
        "30 requests in flight: more are not sent and count as failed",
    ]
    assert list(troubles(bad, second(6, lag_ms=300, limited=True))) == []

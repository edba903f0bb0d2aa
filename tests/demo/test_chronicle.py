"""One order of time for what AWS's parts wrote down by themselves."""

from __future__ import annotations

from fastscale.demo import page, report
from fastscale.demo.chronicle import chronicle
from fastscale.demo.records import Activity, AlarmChange, PulseNote, ServiceEvent
from fastscale.demo.report import Machine
from fastscale.demo.settings import DemoSettings
from fastscale.profiles import profile
from tests.demo.recordings import Answer, record

TRIPPED = AlarmChange(at=9.8, alarm="FastScaling-CustomRPS", state="ALARM")
SET = Activity(at=10.1, status="Failed", description="Setting desired count to 8.", cause="monitor alarm", desired=8)
STARTED = ServiceEvent(at=10.6, message="(service shop) has started 6 tasks.")


def test_records_stand_in_the_order_of_time_whoever_wrote_them() -> None:
    entries = chronicle([TRIPPED, TRIPPED.model_copy(update={"at": 40, "state": "OK"})], [SET], [STARTED])
    assert [(entry.at, entry.source, entry.text, entry.cause) for entry in entries] == [
        (9.8, "alarm", "CustomRPS → ALARM", ""),
        (10.1, "scaling", "Setting desired count to 8. (Failed)", "monitor alarm"),
        (10.6, "ECS", "(service shop) has started 6 tasks.", ""),
        (40, "alarm", "CustomRPS → OK", ""),
    ]


def test_a_decision_of_pulse_stands_once_with_its_reason() -> None:
    surge = PulseNote(at=1.3, move="surge", desired=7, reason="load 600/s where 60/s is usual")
    hold = PulseNote(at=5.0, move="hold", desired=None, reason="5 tasks are starting")
    entries = chronicle([TRIPPED], [], [], [surge, surge, hold])
    assert [(entry.at, entry.source, entry.text, entry.cause) for entry in entries[:2]] == [
        (1.3, "Pulse", "surge: wants 7 tasks", "load 600/s where 60/s is usual"),
        (5.0, "Pulse", "hold: leaves the count", "5 tasks are starting"),
    ]


def test_the_report_and_its_page_hold_the_events_of_the_service() -> None:
    answer = Answer()
    recording = record(answer)
    event = STARTED.model_copy(update={"at": answer.surge_at + 10.6})
    evidence = recording.evidence.model_copy(update={"service_events": (event,)})
    machine = Machine(cores=2, memory_gib=8, system="Linux", python="3.11")
    made = report.build(
        recording.model_copy(update={"evidence": evidence}), DemoSettings(), profile("default"), machine
    )
    assert made.service_events == (event,)
    html = page.render(made).partition("What AWS has on record")[2]
    order = [
        html.index(text) for text in ("CustomRPS → ALARM", "triggered policy FastScaling-ScaleOut", STARTED.message)
    ]
    assert order == sorted(order)
    assert "+10.6 s" in html

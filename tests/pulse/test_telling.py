"""What a controller tells: entries, log lines, Prometheus text."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fastscale.decide.pulse.observation import PulseDecision, PulseMove
from fastscale.ports import Change, LoadRound, Record
from fastscale.pulse.exposition import OwnMetrics
from fastscale.pulse.json_log import JsonLines
from fastscale.pulse.ledger import KEPT, Ledger
from fastscale.pulse.publisher import Published, Publisher
from fastscale.pulse.reporter import LOG_AGAIN_SECONDS, Heart, Reporter
from tests.control.fakes import SERVICE, HandClock, load, view


def record(
    reason: str,
    *,
    at: float = 0,
    desired: int | None = None,
    move: PulseMove = PulseMove.HOLD,
    relative_error: float = 0.0,
) -> Record:
    return Record(
        service=SERVICE,
        at=at,
        view=view(),
        round=LoadRound(
            load=replace(load(), relative_error=relative_error), asked=2, answered=1, failures={"timeout": 1}
        ),
        forecast=None,
        startup_seconds=30,
        decision=PulseDecision(move=move, desired=desired, reason=reason),
        seconds=0.02,
    )


def test_one_entry_lasts_as_long_as_only_the_numbers_change() -> None:
    ledger = Ledger([SERVICE])
    assert ledger.add(record("100 requests/s fit 2 tasks", at=1)) is not None
    assert ledger.add(record("104.5 requests/s fit 2 tasks", at=2)) is None
    assert ledger.add(record("too few tasks answered", at=3)) is not None
    first, second = ledger.entries()
    assert (first.at, first.until, first.reason) == (1, 2, "104.5 requests/s fit 2 tasks")
    assert (second.at, second.until) == (3, 3)
    assert ledger.entries("service/no/such") == []


def test_entries_tell_what_became_of_a_decision_and_are_bounded() -> None:
    ledger = Ledger([SERVICE])
    raised = record("surge", at=1, desired=9, move=PulseMove.SURGE)
    ledger.add(raised)
    ledger.changed(raised, Change(desired=8, note="the limits are 2 to 8 tasks"))
    (entry,) = ledger.entries()
    assert (entry.desired, entry.wanted, entry.set, entry.note) == (2, 9, 8, "the limits are 2 to 8 tasks")
    for number in range(3 * KEPT):
        ledger.add(record("abcdefgh"[number % 8], at=number))
    assert len(ledger.entries()) == KEPT


class Desk:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.own = OwnMetrics({"lease_held": lambda: 1.0, "publishes_total": lambda: 4.0})
        publisher = Publisher({SERVICE: Published("A")}, lambda *_: None, clock=self.clock)
        self.heart = Heart()
        self.reporter = Reporter(Ledger([SERVICE]), self.own, publisher, self.heart, clock=self.clock)


def test_the_log_has_a_line_for_each_change_and_each_new_reason_not_each_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    desk = Desk()
    for second in range(30):
        desk.reporter.record(record(f"{second} requests/s fit", at=second))
        desk.reporter.record(record("a task is silent", at=second))
        desk.clock.pass_time(1)
    raised = record("surge", at=31, desired=9, move=PulseMove.SURGE)
    desk.reporter.record(raised)
    desk.reporter.changed(raised, Change(desired=9))
    assert [line.getMessage() for line in caplog.records] == [
        "0 requests/s fit",
        "a task is silent",
        "surge",
        "desired count 2 -> 9",
    ]
    caplog.clear()
    desk.clock.pass_time(LOG_AGAIN_SECONDS)
    desk.reporter.record(record("1 requests/s fit", at=99))
    assert len(caplog.records) == 1


def test_lines_are_json_with_the_fields_of_their_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk = Desk()
    raised = record("surge", at=31, desired=9, move=PulseMove.SURGE)
    desk.reporter.changed(raised, Change(desired=9))
    line: dict[str, Any] = json.loads(JsonLines().format(caplog.records[0]))
    assert (line["event"], line["service"], line["move"]) == ("change", SERVICE, "surge")
    assert (line["desired"], line["set"], line["reason"]) == (2, 9, "surge")
    assert "note" not in line


def test_a_line_has_the_traceback_where_the_logs_of_the_application_have_it(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise KeyError("an odd shape")
    except KeyError:
        logging.getLogger("fastscale.pulse").exception("a change failed")
    line: dict[str, Any] = json.loads(JsonLines().format(caplog.records[0]))
    assert line["message"] == "a change failed"
    assert line["traceback"].endswith("KeyError: 'an odd shape'")


def test_its_own_metrics_are_prometheus_text() -> None:
    desk = Desk()
    desk.reporter.record(record("fits", relative_error=0.012))
    desk.reporter.changed(record("surge", desired=9, move=PulseMove.SURGE), Change(desired=9))
    desk.reporter.ticked(0, 0.25)
    samples = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(desk.own.text())
        for sample in family.samples
    }
    assert samples["pulse_desired_tasks", (SERVICE,)] == 2
    assert samples["pulse_requests_per_second", (SERVICE,)] == 100
    assert samples["pulse_sampled_share", (SERVICE,)] == 0.5
    assert samples["pulse_relative_error", (SERVICE,)] == 0.012
    assert samples["pulse_scrape_failures_total", (SERVICE, "timeout")] == 1
    assert samples["pulse_changes_total", (SERVICE, "set")] == 1
    assert samples["pulse_decisions_total", (SERVICE, "hold")] == 1
    assert (samples["pulse_tick_seconds_sum", ()], samples["pulse_tick_seconds_count", ()]) == (0.25, 1)
    assert samples["pulse_publishes_total", ()] == 4
    assert desk.heart.beat_at == desk.clock.time

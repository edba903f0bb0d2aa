from __future__ import annotations

import pytest

from fastscale.load.records import Failure, Second, Settled
from fastscale.load.tally import Tally

START = 1_800_000_000.0


def test_an_answer_counts_in_the_second_it_comes_and_its_success_in_the_second_it_was_due() -> None:
    tally = Tally(START)
    tally.offered(0.9, 0.9)
    tally.sent()
    first = tally.close_second()
    tally.ended(0.9, 1.4, None)
    second = tally.close_second()

    assert [type(line) for line in first] == [Second]
    assert (first[0].offered, first[0].sent, first[0].ok) == (1, 1, 0)
    assert isinstance(second[0], Second)
    assert (second[0].offered, second[0].ok) == (0, 1)
    assert second[0].latency_ms.max == pytest.approx(500)
    settled = [line for line in second if isinstance(line, Settled)]
    assert [(line.second, line.offered, line.ok) for line in settled] == [(START, 1, 1), (START + 1, 0, 0)]


def test_latency_counts_from_when_the_request_was_due() -> None:
    """The generator came 300 ms late and the server took 10 ms: its user waited 310 ms."""
    tally = Tally(START)
    tally.offered(0.1, 0.4)
    tally.sent()
    tally.ended(0.1, 0.41, None)
    line = tally.close_second()[0]

    assert isinstance(line, Second)
    assert line.latency_ms.max == pytest.approx(310)
    assert line.lag_ms == pytest.approx(300)
    assert line.lagging


def test_what_is_not_sent_stays_offered_and_has_failed() -> None:
    tally = Tally(START)
    tally.offered(0.2, 0.2)
    tally.ended(0.2, 0.2, Failure.NOT_SENT)
    line = tally.close_second()[0]

    assert isinstance(line, Second)
    assert (line.offered, line.sent, line.failed, line.limited) == (1, 0, {Failure.NOT_SENT: 1}, True)
    assert line.in_flight == 0


def test_a_time_out_is_a_latency_and_a_refusal_is_not() -> None:
    tally = Tally(START)
    for failure, took in ((None, 0.1), (Failure.TIMEOUT, 0.7), (Failure.OVERLOAD, 0.001)):
        tally.offered(0.0, 0.0)
        tally.sent()
        tally.ended(0.0, took, failure)
    line = tally.close_second()[0]

    assert isinstance(line, Second)
    assert line.latency_ms.count == 2
    assert line.latency_ms.max == pytest.approx(700)
    assert line.failures == 2


def test_the_summary_holds_everything_and_names_what_is_unanswered() -> None:
    tally = Tally(START)
    for second in range(3):
        tally.offered(second, second)
        tally.sent()
        tally.ended(second, second + 0.01 * (second + 1), None)
        tally.close_second()
    tally.offered(3.0, 3.0)
    tally.sent()
    summary = tally.summary(3.5, cpu_seconds=0.2, stopped=True)

    assert (summary.offered, summary.sent, summary.ok, summary.unanswered) == (4, 4, 3, 1)
    assert summary.latency_ms.count == 3
    assert summary.latency_ms.max == pytest.approx(30)
    assert summary.stopped

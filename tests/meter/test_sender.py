import logging
import threading
import time
from collections.abc import Sequence

import pytest

from fastscale.meter import Interval, RejectedError, SendError
from fastscale.meter.sender import RETRIES, Backlog, ErrorLog, Sender
from tests.meter.sinks import ListSink, OutageError


def at_once(_failures: int) -> float:
    return 0.005


def test_each_interval_is_one_call() -> None:
    sink = ListSink()
    sender = Sender(sink)
    for end in (5, 10, 15):
        sender.offer(Interval(end=end, arrived=1))
        sink.wait_for(lambda seen, end=end: seen.total.end == end)
    assert [len(call) for call in sink.calls] == [1, 1, 1]
    assert sender.stop(1) == []


def test_after_an_outage_of_ten_minutes_every_interval_arrives_with_its_own_time() -> None:
    sink = ListSink(fails=OutageError())
    sender = Sender(sink, retry_seconds=at_once)
    for number in range(120):
        sender.offer(Interval(end=5.0 * number, seconds=5, arrived=number))
    sink.wait_for(lambda seen: seen.attempts >= 3)
    assert sink.intervals == []

    sink.fails = None
    sink.wait_for(lambda seen: len(seen.intervals) == 120)
    assert [interval.end for interval in sink.intervals] == [5.0 * number for number in range(120)]
    assert sink.total.arrived == sum(range(120))
    assert len(sink.calls) <= 4  # in batches, not one call for each that waited
    assert sender.stop(1) == []


def test_a_backlog_beyond_its_limit_keeps_totals_exact_and_the_newest_times() -> None:
    backlog = Backlog(limit=10)
    for number in range(1, 101):
        backlog.add(Interval(end=number, seconds=1, arrived=number))
    assert (len(backlog), backlog.requests) == (10, 5050)
    kept = backlog.take(10)
    assert [interval.end for interval in kept] == list(range(91, 101))
    assert sum(interval.seconds for interval in kept) == 100

    backlog.add(Interval(end=101, seconds=1, arrived=1))
    backlog.put_back(kept)
    assert (len(backlog), backlog.requests) == (10, 5051)


def test_what_is_refused_for_good_does_not_hold_up_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    sink = ListSink(fails=RejectedError("InvalidParameterValue", "the value is wrong"))
    sender = Sender(sink, retry_seconds=at_once)
    with caplog.at_level(logging.WARNING):
        sender.offer(Interval(end=5, arrived=7))
        sink.wait_for(lambda seen: seen.attempts == 1)
        sink.fails = None
        sender.offer(Interval(end=10, arrived=1))
        sink.wait_for(lambda seen: bool(seen.calls))
    assert sink.total.arrived == 1
    assert "7 requests were refused and are lost: the value is wrong" in caplog.text
    sender.stop(1)


def test_a_bug_in_a_sink_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    sink = ListSink(fails=ZeroDivisionError("oops"))
    sender = Sender(sink, retry_seconds=at_once)
    sender.offer(Interval(end=5, arrived=7))
    sink.wait_for(lambda seen: seen.attempts >= 2)
    sink.fails = None
    sink.wait_for(lambda seen: seen.total.arrived == 7)
    assert "unexpected ZeroDivisionError: oops" in caplog.text
    sender.stop(1)


def test_a_fault_of_our_own_neither_ends_the_sending_nor_loses_counts(caplog: pytest.LogCaptureFixture) -> None:
    reached = threading.Event()

    def faulty(_failures: int) -> float:
        reached.set()
        raise OverflowError("int too large to convert to float")

    sink = ListSink(fails=OutageError())
    sender = Sender(sink, retry_seconds=faulty)
    sender.offer(Interval(end=5, arrived=7))
    assert reached.wait(5)
    sink.fails = None
    assert sender.stop(5) == []
    assert sink.total.arrived == 7
    assert "unexpected OverflowError" in caplog.text


def test_stopping_sends_what_is_left_even_during_a_long_wait() -> None:
    sink = ListSink(fails=OutageError())
    sender = Sender(sink, retry_seconds=lambda _failures: 60.0)
    sender.offer(Interval(end=5, arrived=7))
    sink.wait_for(lambda seen: seen.attempts == 1)
    sink.fails = None
    assert sender.stop(5) == []
    assert sink.total.arrived == 7


def test_stopping_is_over_in_time_and_tells_what_was_not_sent() -> None:
    sink = ListSink(fails=OutageError())
    sender = Sender(sink, retry_seconds=at_once)
    sender.offer(Interval(end=5, arrived=7))
    began = time.monotonic()
    unsent = sender.stop(0.6)
    assert time.monotonic() - began < 2
    assert [interval.arrived for interval in unsent] == [7]


def test_a_call_that_hangs_delays_stopping_no_longer_and_counts_as_not_sent() -> None:
    calling, release = threading.Event(), threading.Event()

    class Hanging(ListSink):
        def send(self, intervals: Sequence[Interval]) -> None:
            calling.set()
            release.wait(10)

    sender = Sender(Hanging())
    sender.offer(Interval(end=5, arrived=7))
    assert calling.wait(5)
    sender.offer(Interval(end=10, arrived=1))
    assert [interval.arrived for interval in sender.stop(0.2)] == [7, 1]
    release.set()


def test_an_outage_of_hours_does_not_end_the_sending() -> None:
    sink = ListSink(fails=OutageError())
    failures: list[int] = []

    def impatient(failed: int) -> float:
        failures.append(failed)
        return RETRIES.wait(1_500 + failed) / 10_000  # as after three hours, but sooner

    sender = Sender(sink, retry_seconds=impatient)
    sender.offer(Interval(end=5, arrived=7))
    sink.wait_for(lambda seen: seen.attempts >= 3)
    sink.fails = None
    sink.wait_for(lambda seen: seen.total.arrived == 7)
    assert failures[:2] == [1, 2]
    assert sender.stop(1) == []


def test_retries_wait_from_a_tenth_of_a_second_to_twenty() -> None:
    assert all(0.1 <= RETRIES.wait(1) <= 1 for _ in range(100))
    assert all(0.1 <= RETRIES.wait(10) <= 20 for _ in range(100))


def test_a_cause_is_logged_once_a_minute_with_the_number_of_repeats(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    errors = ErrorLog(monotonic=lambda: now)
    for second in range(0, 61, 5):
        now = float(second)
        errors.report("throttled", "slow down")
        errors.report("dns", "no such host")
    assert [record.getMessage() for record in caplog.records] == [
        "slow down",
        "no such host",
        "slow down (11 more since the last report)",
        "no such host (11 more since the last report)",
    ]


def test_a_send_error_names_its_cause() -> None:
    assert SendError("throttled", "slow down").cause == "throttled"

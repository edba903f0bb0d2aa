"""The generator as a user runs it: its own process, against real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from fastscale.errors import FastscaleError
from fastscale.load.driver import LoadDriver
from fastscale.load.records import Failure, Second, Settled, Start, Summary
from fastscale.load.settings import LoadSettings
from fastscale.load.shape import Point, Shape, Spacing, arrivals
from tests.load.servers import HangingUp, app_server, free_port

Records = list[Start | Second | Settled | Summary]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with app_server() as server_url:
        yield server_url


def steady(rate: float, seconds: float) -> Shape:
    return Shape((Point(0, rate), Point(seconds, rate)))


def offer(settings: LoadSettings) -> Records:
    records: Records = []
    driver = LoadDriver(settings, records.append)
    driver.start()
    try:
        assert driver.wait(30)
    finally:
        driver.stop()
    return records


def summary_of(records: Records) -> Summary:
    assert isinstance(records[-1], Summary)
    return records[-1]


def test_every_arrival_of_the_shape_is_sent_and_answered(url: str) -> None:
    shape = steady(200, 2)
    records = offer(LoadSettings(url, shape, seed=5))
    summary = summary_of(records)

    assert summary.offered == summary.sent == summary.ok == len(list(arrivals(shape, seed=5)))
    assert summary.failed == {}
    assert isinstance(records[0], Start)
    assert records[0].points == shape.points
    seconds = [record for record in records if isinstance(record, Second)]
    settled = [record for record in records if isinstance(record, Settled)]
    assert [line.second - records[0].start for line in seconds[:2]] == [0, 1]
    assert sum(line.offered for line in seconds) == sum(line.offered for line in settled) == summary.offered
    assert sum(line.latency.count for line in settled) == summary.latency_ms.count == summary.offered


def test_a_slow_server_does_not_lower_the_offered_rate(url: str) -> None:
    """One second an answer, 100 requests/s: a hundred wait at a time, and yet each second offers a hundred."""
    records = offer(LoadSettings(url, steady(100, 2), path="/slow/1.0", spacing=Spacing.EVEN))
    seconds = [record for record in records if isinstance(record, Second)]

    assert [line.sent for line in seconds[:2]] == [100, 100]
    assert max(line.in_flight for line in seconds) >= 90
    assert summary_of(records).ok == 200
    assert 990 <= (summary_of(records).latency_ms.p50 or 0) < 1500


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/slow/9.0", Failure.TIMEOUT),
        ("/status/502", Failure.GATEWAY),
        ("/status/503", Failure.GATEWAY),
        ("/overload", Failure.OVERLOAD),
        ("/status/500", Failure.OTHER),
    ],
)
def test_failures_are_told_apart(url: str, path: str, kind: Failure) -> None:
    summary = summary_of(offer(LoadSettings(url, steady(50, 1), path=path, timeout_seconds=0.5)))

    assert summary.failed == {kind: summary.offered}
    assert summary.ok == 0


def test_a_time_out_is_measured_at_the_time_waited(url: str) -> None:
    summary = summary_of(offer(LoadSettings(url, steady(20, 1), path="/slow/9.0", timeout_seconds=0.5)))

    assert summary.latency_ms.count == summary.offered
    assert summary.latency_ms.p50 == pytest.approx(500, rel=0.1)


def test_nobody_listening_is_a_failed_connection() -> None:
    summary = summary_of(offer(LoadSettings(f"http://127.0.0.1:{free_port()}", steady(50, 1))))

    assert summary.failed == {Failure.CONNECTION: summary.offered}
    assert summary.latency_ms.count == 0


def test_a_hang_up_is_seen_and_not_tried_again() -> None:
    with HangingUp() as server:
        summary = summary_of(offer(LoadSettings(server.url, steady(50, 1))))

        assert summary.failed == {Failure.CONNECTION: summary.offered}
        assert server.connections == summary.offered


def test_a_redirect_is_an_answer_and_nobody_else_gets_the_load(url: str) -> None:
    with HangingUp() as bystander:
        port = bystander.url.rpartition(":")[2]
        summary = summary_of(offer(LoadSettings(url, steady(20, 1), path=f"/elsewhere/{port}")))

        assert (summary.failed, bystander.connections) == ({}, 0)


def test_beyond_the_bound_arrivals_are_not_sent_and_the_line_says_so(url: str) -> None:
    settings = LoadSettings(url, steady(100, 1), path="/slow/9.0", timeout_seconds=1.5, max_in_flight=30)
    records = offer(settings)
    summary = summary_of(records)

    assert summary.offered == len(list(arrivals(settings.shape, seed=1)))
    assert summary.sent == summary.failed[Failure.TIMEOUT] == 30
    assert summary.failed[Failure.NOT_SENT] == summary.offered - 30
    assert any(record.limited for record in records if isinstance(record, Second))


def test_stopping_gives_the_summary_at_once(url: str) -> None:
    records: Records = []
    running = threading.Event()

    def note(record: Start | Second | Settled | Summary) -> None:
        records.append(record)
        if isinstance(record, Second):
            running.set()

    driver = LoadDriver(LoadSettings(url, steady(50, 60), path="/slow/9.0"), note)
    driver.start()
    assert running.wait(20)
    asked = time.monotonic()
    driver.stop()

    assert time.monotonic() - asked < 2
    summary = summary_of(records)
    assert summary.stopped
    assert summary.unanswered == summary.offered > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(url: str, number: signal.Signals) -> None:
    with start_generator(url) as child:
        assert child.stdout
        assert child.stdout.readline().startswith('{"type":"start"')
        child.send_signal(number)
        output, errors = child.communicate(timeout=10)

    assert output.splitlines()[-1].startswith('{"type":"summary"')
    assert errors == ""
    assert child.returncode == 0


def test_it_ends_when_nobody_reads_it_any_more(url: str) -> None:
    with start_generator(url) as child:
        assert child.stdout
        assert child.stderr
        assert child.stdout.readline()
        child.stdout.close()

        assert child.wait(timeout=10) == 1
        assert child.stderr.read() == ""


def start_generator(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fastscale.load", f"--host={url}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def test_a_generator_that_is_killed_is_said_and_not_waited_for(url: str) -> None:
    records: Records = []
    with LoadDriver(LoadSettings(url, steady(10, 60)), records.append) as driver:
        while not records:
            assert not driver.wait(0.05)
        for child in psutil.Process().children():
            if "fastscale.load" in child.cmdline():
                child.kill()
        with pytest.raises(FastscaleError, match="load generator ended with exit code -9"):
            driver.wait(20)

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fastscale.errors import InputError
from fastscale.meter import EmfSink, Meter
from fastscale.meter.publisher import MOST_ENTRIES
from fastscale.meter.recorder import ARRIVED
from tests.meter.sinks import ListSink, OutageError


def serve(meter: Meter, requests: int) -> None:
    for _ in range(requests):
        meter.recorder.events += [ARRIVED, 0.001]


def wait_until(condition: Callable[[], bool], timeout_seconds: float = 10) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_interval_is_published_with_the_length_that_elapsed() -> None:
    sink = ListSink()
    meter = Meter(sink, interval_seconds=1)
    meter.start()
    for _ in range(25):
        serve(meter, 10)
        time.sleep(0.1)
    meter.stop()

    assert sink.total.arrived == 250
    assert sum(interval.seconds for interval in sink.intervals) == pytest.approx(2.5, abs=0.3)
    ends = [interval.end for interval in sink.intervals]
    assert ends[1] - ends[0] == pytest.approx(1.0, abs=0.05)
    assert sink.intervals[1].requests_per_second == pytest.approx(100, rel=0.25)


@pytest.mark.parametrize("seconds", [0, 0.5, 61, -1])
def test_an_interval_outside_1_to_60_seconds_is_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="not between 1 and 60"):
        Meter(ListSink(), interval_seconds=seconds)


def test_neither_importing_nor_making_a_meter_starts_anything() -> None:
    before = threading.active_count()
    meter = Meter(ListSink())
    assert threading.active_count() == before
    assert not meter.running
    assert meter.snapshot().total.arrived == 0


def test_start_and_stop_may_be_called_twice_and_again() -> None:
    sink = ListSink()
    meter = Meter(sink)
    for _ in range(2):
        meter.start()
        meter.start()
        serve(meter, 5)
        meter.stop()
        meter.stop()
    assert sink.total.arrived == 10


def test_what_waits_within_an_interval_stays_small_and_is_counted() -> None:
    meter = Meter(interval_seconds=60)
    meter.start()
    for _ in range(10):
        serve(meter, MOST_ENTRIES)
        wait_until(lambda: len(meter.recorder.events) <= MOST_ENTRIES)
    assert meter.snapshot().total.arrived == 10 * MOST_ENTRIES
    assert meter.snapshot().last is None
    meter.stop()


def test_an_interval_that_cannot_be_counted_does_not_end_the_publishing(caplog: pytest.LogCaptureFixture) -> None:
    sink = ListSink()
    meter = Meter(sink, interval_seconds=1)
    meter.start()
    meter.recorder.events.append("no number")  # what only a defect would put there
    wait_until(lambda: "a cycle failed" in caplog.text)
    serve(meter, 10)
    sink.wait_for(lambda sink: sink.total.arrived == 10)
    meter.stop()

    assert caplog.text.count("a cycle failed") == 1


def test_a_meter_without_a_sink_counts_all_the_same() -> None:
    meter = Meter()
    meter.start()
    serve(meter, 5)
    assert meter.snapshot().total.arrived == 5
    meter.stop()


def test_stopping_during_an_outage_is_over_in_time_and_says_what_was_lost(caplog: pytest.LogCaptureFixture) -> None:
    meter = Meter(ListSink(fails=OutageError()))
    meter.start()
    serve(meter, 7)
    began = time.monotonic()
    meter.stop(timeout_seconds=0.5)
    assert time.monotonic() - began < 2
    assert "metrics of 7 requests could not be sent within 0.5 s of stopping" in caplog.text


def test_a_fork_neither_loses_nor_doubles_what_the_parent_counted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("a") as stream:
        meter = Meter(EmfSink(stream), interval_seconds=1)
        meter.start()
        serve(meter, 1000)
        child = os.fork()
        if child == 0:
            meter.start()  # as the middleware does with the first request
            serve(meter, 100)
            meter.stop()
            os._exit(0)
        os.waitpid(child, 0)
        serve(meter, 10)
        meter.stop()
    assert log.read_text().count('"TotalRequests":') >= 1
    assert sum(int(line.rpartition(":")[2].strip("}")) for line in log.read_text().splitlines()) == 1110


def test_importing_the_meter_loads_neither_boto3_nor_pydantic_nor_an_event_loop() -> None:
    code = "import sys, fastscale.meter; print([n for n in sys.argv[1:] if n in sys.modules])"
    heavy = ["boto3", "botocore", "pydantic", "asyncio", "ddsketch", "opentelemetry", "urllib.request", "ssl"]
    found = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"

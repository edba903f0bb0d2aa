"""Who publishes when somebody else promised to; timelines are in seconds."""

import io
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale import names
from fastscale.meter import CloudWatchSink, EmfSink, Interval, Meter, MeterMiddleware, MeterWsgi, Sink, task_dimensions
from fastscale.meter.dimensions import DimensionSource
from fastscale.meter.outlet import Outlet
from fastscale.meter.recorder import ARRIVED
from fastscale.meter.stand_by import MOST_SECONDS, Promise, StandBy, may_stand_by, promised_seconds
from tests.meter.asgi_driver import Server, answers, http_scope
from tests.meter.sinks import ListSink

HEADER = names.PUBLISHED_FOR_HEADER.lower()


def closed(end: float) -> Interval:
    return Interval(end=end, seconds=5, arrived=round(end))


def ends(intervals: list[Interval]) -> list[float]:
    return [interval.end for interval in intervals]


def test_nothing_is_published_while_promises_come_and_nothing_twice_afterwards() -> None:
    standing = StandBy()
    assert ends(standing.sift([closed(5)], Promise(), 5)) == [5]
    for second in (10, 15, 20):  # a promise a second before each end
        assert standing.sift([closed(second)], Promise(second - 1, second + 14), second) == []
    assert standing.sift([closed(25)], Promise(19, 34), 25) == []  # the last promise was made at 19 …
    assert standing.sift([closed(30)], Promise(19, 34), 30) == []
    assert ends(standing.sift([closed(35)], Promise(19, 34), 35)) == [20, 25, 30, 35]  # … and nobody kept it
    assert ends(standing.sift([closed(40)], Promise(19, 34), 40)) == [40]


def test_a_promise_from_before_the_machine_restarted_is_none() -> None:
    assert ends(StandBy().sift([closed(5)], Promise(1_000_000, 1_000_015), 5)) == [5]


@pytest.mark.parametrize(("text", "seconds"), [("15", 15), ("1", 1), ("60", 60), ("61", 60), ("999999", 60)])
def test_a_promise_is_a_number_with_a_limit(text: str, seconds: float) -> None:
    assert promised_seconds({"accept": "text/plain", HEADER: text}) == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "-5", "1.5", "1e9", "inf", "nan", "\N{ARABIC-INDIC DIGIT FIVE}", "15 ", "9" * 50, "15,15"]
)
def test_anything_else_is_no_promise(text: str) -> None:
    assert promised_seconds({HEADER: text}) is None


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-amzn-trace-id", "forwarded", "via"])
def test_who_comes_through_a_load_balancer_cannot_silence_a_task(header: str) -> None:
    assert promised_seconds({HEADER: "15", header: "203.0.113.7"}) is None


@given(st.text())
def test_no_text_silences_a_task_for_long(text: str) -> None:
    assert 0 < (promised_seconds({HEADER: text}) or 1) <= MOST_SECONDS


@pytest.mark.anyio
@pytest.mark.parametrize(("stand_by", "published"), [(True, 0), (False, 1)])
async def test_a_scrape_silences_only_a_meter_that_was_told_to_stand_by(stand_by: bool, published: int) -> None:
    sink = ListSink()
    meter = Meter(sink, stand_by=stand_by)
    app = MeterMiddleware(answers(), meter, prometheus_path="/metrics")
    await Server().run(app, http_scope("/items"))
    promising = {"accept": "text/plain", "X_FastScale_Published_For": "15"}
    scraped = await Server().run(app, http_scope("/metrics", **promising))
    assert b"fastscale_requests_total 1\n" in scraped.sent[1]["body"]
    meter.stop(1)
    assert sink.total.arrived == published


def test_the_same_for_wsgi() -> None:
    sink = ListSink()
    meter = Meter(sink, stand_by=True)
    app = MeterWsgi(lambda environ, start: [], meter, prometheus_path="/metrics")
    meter.start()
    meter.recorder.events += [ARRIVED, 0.1]
    environ = {"PATH_INFO": "/metrics", "HTTP_ACCEPT": "text/plain", "HTTP_X_FASTSCALE_PUBLISHED_FOR": "15"}
    body = b"".join(app(environ, lambda *_: bytes))
    assert b"fastscale_requests_total 1\n" in body
    meter.stop(1)
    assert sink.total.arrived == 0


def cloudwatch(dimensions: DimensionSource) -> Sink:
    return CloudWatchSink(dimensions=dimensions)


def emf(dimensions: DimensionSource) -> Sink:
    return EmfSink(dimensions=dimensions)


@pytest.mark.parametrize("make", [cloudwatch, emf])
@pytest.mark.parametrize(
    ("dimensions", "may"),
    [
        (None, True),
        ({}, True),
        ({"ClusterName": "shop"}, False),
        (task_dimensions(), False),  # found later
        (task_dimensions(with_task=True), False),
    ],
)
def test_a_promise_is_about_metrics_without_dimensions(
    make: Callable[[DimensionSource], Sink], dimensions: DimensionSource, may: bool
) -> None:
    assert may_stand_by(make(dimensions)) == may


def test_a_sink_that_says_nothing_of_dimensions_has_none() -> None:
    assert may_stand_by(ListSink())
    assert may_stand_by(None)


@pytest.mark.parametrize(("dimensions", "publishes"), [({}, False), ({"ClusterName": "shop"}, True)])
def test_a_meter_whose_metrics_have_dimensions_publishes_whatever_is_promised(
    dimensions: DimensionSource, publishes: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    stream = io.StringIO()
    meter = Meter(EmfSink(stream, dimensions=dimensions), stand_by=True)
    meter.start()
    meter.recorder.events += [ARRIVED, 0.1]
    meter.scraped({HEADER: "15"})
    meter.stop(1)
    assert stream.getvalue().count('"TotalRequests":1') == publishes
    assert ("stand_by has no effect" in caplog.text) == publishes


def test_all_processes_of_a_task_keep_silent_whichever_was_read(tmp_path: Path) -> None:
    sink = ListSink()
    leader, follower = (Outlet(sink, tmp_path / "task", join=True, interval_seconds=5) for _ in range(2))
    leader.join()
    follower.join()
    leader.deliver(closed(5))
    sink.wait_for(lambda seen: ends(seen.intervals) == [5])

    now = time.monotonic()
    follower.heed(Promise(now, now + 15))
    leader.deliver(closed(10))
    assert leader.totals()[0].arrived == 15

    now = time.monotonic()
    follower.heed(Promise(now, now))  # kept to this moment, and no longer
    leader.deliver(closed(15))
    sink.wait_for(lambda seen: ends(seen.intervals) == [5, 15])
    follower.stop(closed(16), 1)
    leader.stop(closed(16), 1)

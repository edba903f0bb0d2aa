import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from fastscale.meter import Interval, Meter, MeterMiddleware
from tests.meter.asgi_driver import Server, answers, http_scope
from tests.meter.sinks import ListSink

pytestmark = pytest.mark.anyio

DISCONNECT = {"type": "http.disconnect"}
START = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.fixture
def meter() -> Iterator[Meter]:
    meter = Meter(ListSink())
    yield meter
    meter.stop(1)


def seen(meter: Meter) -> Interval:
    return meter.snapshot().total


async def test_a_request_counts_when_it_arrives_and_its_time_when_it_ends(meter: Meter) -> None:
    arrived, answer = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        arrived.set()
        await answer.wait()
        await answers()(scope, receive, send)

    request = asyncio.create_task(Server().run(MeterMiddleware(app, meter), http_scope()))
    await arrived.wait()
    assert (seen(meter).arrived, seen(meter).active, seen(meter).responses.count) == (1, 1, 0)

    answer.set()
    await request
    assert (seen(meter).arrived, seen(meter).active, seen(meter).responses.count) == (1, 0, 1)


async def test_the_application_sees_and_sends_what_it_would_without_a_meter(meter: Meter) -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await send(START)
        await send({"type": "http.response.body", "body": body})

    bare = await Server({"type": "http.request", "body": b"hello"}).run(echo, http_scope())
    metered = await Server({"type": "http.request", "body": b"hello"}).run(MeterMiddleware(echo, meter), http_scope())
    assert metered.sent == bare.sent


async def test_health_checks_are_not_counted_but_start_the_meter(meter: Meter) -> None:
    server = await Server().run(MeterMiddleware(answers(), meter), http_scope("/health"))
    assert server.sent[0]["status"] == 200
    assert meter.running
    assert seen(meter).arrived == 0


async def test_errors_by_class(meter: Meter) -> None:
    for status in (200, 302, 404, 429, 503):
        await Server().run(MeterMiddleware(answers(status), meter), http_scope())
    assert (seen(meter).client_errors, seen(meter).server_errors) == (2, 1)
    assert seen(meter).responses.count == 5


async def test_an_exception_is_a_server_error_and_goes_on(meter: Meter) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Server().run(MeterMiddleware(broken, meter), http_scope())
    assert (seen(meter).arrived, seen(meter).active, seen(meter).server_errors) == (1, 0, 1)


async def test_a_database_that_refuses_is_a_server_error_and_no_disconnect(meter: Meter) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await Server().run(MeterMiddleware(broken, meter), http_scope())
    assert (seen(meter).server_errors, seen(meter).disconnects) == (1, 0)


async def test_an_exception_after_the_answer_does_not_count_twice(meter: Meter) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answers()(scope, receive, send)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Server().run(MeterMiddleware(app, meter), http_scope())
    assert (seen(meter).active, seen(meter).server_errors, seen(meter).responses.count) == (0, 0, 1)


async def test_a_stream_counts_when_it_ends(meter: Meter) -> None:
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        for _ in range(3):
            await asyncio.sleep(0.02)
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            assert seen(meter).responses.count == 0
        await send({"type": "http.response.body", "body": b""})

    await Server().run(MeterMiddleware(stream, meter), http_scope())
    assert seen(meter).responses.count == 1
    assert seen(meter).responses.total_seconds >= 0.06


async def test_background_work_after_the_answer_is_not_response_time(meter: Meter) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answers()(scope, receive, send)
        assert seen(meter).active == 0
        await asyncio.sleep(0.2)

    await Server().run(MeterMiddleware(app, meter), http_scope())
    assert seen(meter).responses.total_seconds < 0.15


async def test_a_client_that_leaves_during_a_stream_counts_once_and_has_no_response_time(meter: Meter) -> None:
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    await Server(DISCONNECT).run(MeterMiddleware(stream, meter), http_scope())
    assert (seen(meter).arrived, seen(meter).active, seen(meter).disconnects) == (1, 0, 1)
    assert (seen(meter).responses.count, seen(meter).server_errors) == (0, 0)


async def test_a_client_that_leaves_before_the_answer(meter: Meter) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    await Server(DISCONNECT).run(MeterMiddleware(app, meter), http_scope())
    assert (seen(meter).arrived, seen(meter).active, seen(meter).disconnects) == (1, 0, 1)


async def test_a_client_that_leaves_after_the_answer_is_no_disconnect(meter: Meter) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answers()(scope, receive, send)
        await receive()

    await Server(DISCONNECT).run(MeterMiddleware(app, meter), http_scope())
    assert (seen(meter).disconnects, seen(meter).responses.count) == (0, 1)


async def test_a_cancelled_request_is_a_disconnect(meter: Meter) -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    request = asyncio.create_task(Server().run(MeterMiddleware(slow, meter), http_scope()))
    await asyncio.sleep(0.01)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert (seen(meter).active, seen(meter).disconnects, seen(meter).server_errors) == (0, 1, 0)


async def test_an_application_that_forgets_to_answer_is_a_server_error(meter: Meter) -> None:
    async def mute(scope: Any, receive: Any, send: Any) -> None:
        pass

    await Server().run(MeterMiddleware(mute, meter), http_scope())
    assert (seen(meter).active, seen(meter).server_errors) == (0, 1)


async def test_a_websocket_is_one_request_that_is_active_while_it_is_open(meter: Meter) -> None:
    async def chat(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        assert seen(meter).active == 1
        await receive()

    scope = {"type": "websocket", "path": "/chat", "headers": []}
    await Server({"type": "websocket.disconnect"}).run(MeterMiddleware(chat, meter), scope)
    assert (seen(meter).arrived, seen(meter).active, seen(meter).responses.count) == (1, 0, 0)
    assert seen(meter).disconnects == 0


async def test_a_websocket_that_the_user_closes_is_no_error_but_one_that_fails_is(meter: Meter) -> None:
    async def closes(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise RuntimeError("the framework's way to say that the user is gone")

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    scope = {"type": "websocket", "path": "/chat", "headers": []}
    with pytest.raises(RuntimeError):
        await Server({"type": "websocket.disconnect"}).run(MeterMiddleware(closes, meter), scope)
    assert seen(meter).server_errors == 0
    with pytest.raises(ZeroDivisionError):
        await Server().run(MeterMiddleware(fails, meter), scope)
    assert (seen(meter).server_errors, seen(meter).active) == (1, 0)


async def test_queue_time_comes_from_the_load_balancers_header(meter: Meter) -> None:
    import time

    app = MeterMiddleware(answers(), meter)
    await Server().run(app, http_scope(accept="*/*", x_request_start=f"t={time.time() - 2:.3f}"))
    await Server().run(app, http_scope(accept="*/*"))
    assert seen(meter).queue.count == 1
    assert seen(meter).queue.average == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("accept", ["text/plain;version=0.0.4;q=0.3", "application/openmetrics-text;version=1.0.0,*/*"])
async def test_a_scraper_gets_prometheus_text(meter: Meter, accept: str) -> None:
    app = MeterMiddleware(answers(404), meter, prometheus_path="/metrics")
    await Server().run(app, http_scope("/items"))
    server = await Server().run(app, http_scope("/metrics", accept=accept))
    assert b"fastscale_requests_total 1\n" in server.sent[1]["body"]
    assert dict(server.sent[0]["headers"])[b"content-type"].startswith(b"text/plain; version=0.0.4")


async def test_everybody_else_gets_the_applications_own_metrics_page(meter: Meter) -> None:
    app = MeterMiddleware(answers(404), meter, prometheus_path="/metrics")
    server = await Server().run(app, http_scope("/metrics", accept="text/html,*/*"))
    assert server.sent[0]["status"] == 404
    assert seen(meter).arrived == 0


def test_event_loops_in_many_threads_are_counted_together(meter: Meter) -> None:
    import threading

    app = MeterMiddleware(answers(), meter)

    async def serve() -> None:
        for _ in range(500):
            await Server().run(app, http_scope())

    threads = [threading.Thread(target=lambda: asyncio.run(serve())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen(meter).arrived, seen(meter).active, seen(meter).responses.count) == (2000, 0, 2000)


class TestLifespan:
    EVENTS = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})

    async def test_the_last_metrics_are_sent_when_the_application_has_shut_down(self) -> None:
        sink = ListSink()
        meter = Meter(sink)
        running = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            running.append(meter.running)
            await Server().run(wrapped, http_scope())
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

        wrapped = MeterMiddleware(app_or(answers(), lifespan=app), meter)
        await Server(*self.EVENTS).run(wrapped, {"type": "lifespan"})
        assert running == [True]
        assert not meter.running
        assert sink.total.arrived == 1

    async def test_an_application_without_lifespan_is_flushed_all_the_same(self) -> None:
        sink = ListSink()
        meter = Meter(sink)

        async def no_lifespan(scope: Any, receive: Any, send: Any) -> None:
            raise ValueError("only HTTP here")

        server = await Server(*self.EVENTS).run(MeterMiddleware(no_lifespan, meter), {"type": "lifespan"})
        assert [message["type"] for message in server.sent] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]
        assert len(sink.intervals) == 1

    async def test_an_application_that_fails_to_start_fails(self) -> None:
        async def fails(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            raise RuntimeError("no database")

        with pytest.raises(RuntimeError, match="no database"):
            await Server(*self.EVENTS).run(MeterMiddleware(fails, Meter(ListSink())), {"type": "lifespan"})


def app_or(http: Any, *, lifespan: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (lifespan if scope["type"] == "lifespan" else http)(scope, receive, send)

    return app

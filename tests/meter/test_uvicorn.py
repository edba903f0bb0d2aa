"""Streams, websockets and clients that leave, with a real server and real connections."""

import asyncio
import http.client
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from fastscale.meter import Interval, Meter, MeterMiddleware
from tests.meter.sinks import ListSink
from tests.meter.test_processes import free_port


async def stream(_request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 1000
            await asyncio.sleep(0.02)

    return StreamingResponse(chunks())


async def upload(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.receive_text()


class Running:
    def __init__(self) -> None:
        self.meter = Meter(ListSink())
        routes = [Route("/stream", stream), Route("/upload", upload, methods=["POST"]), WebSocketRoute("/echo", echo)]
        app = Starlette(routes=routes)
        app.add_middleware(MeterMiddleware, meter=self.meter)
        self.port = free_port()
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="critical"))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        self.wait_until(lambda _seen: self.server.started)

    @property
    def seen(self) -> Interval:
        return self.meter.snapshot().total

    def wait_until(self, condition: Callable[[Interval], bool]) -> Interval:
        deadline = time.monotonic() + 5
        while not condition(self.seen):
            assert time.monotonic() < deadline, self.seen
            time.sleep(0.01)
        return self.seen

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.server.should_exit = True
    running.thread.join()


def test_a_stream_that_is_read_to_its_end(running: Running) -> None:
    connection = running.connect()
    connection.request("GET", "/stream")
    assert len(connection.getresponse().read()) == 20_000
    seen = running.wait_until(lambda seen: seen.responses.count == 1)
    assert (seen.arrived, seen.active, seen.disconnects) == (1, 0, 0)
    assert seen.responses.total_seconds == pytest.approx(0.4, abs=0.2)
    connection.close()


def test_a_client_that_leaves_in_the_middle_counts_once(running: Running) -> None:
    connection = running.connect()
    connection.request("GET", "/stream")
    response = connection.getresponse()
    response.read(1000)
    assert running.seen.active == 1
    response.close()
    connection.close()
    seen = running.wait_until(lambda seen: seen.active == 0)
    assert (seen.arrived, seen.disconnects, seen.server_errors, seen.responses.count) == (1, 1, 0, 0)


def test_a_client_that_leaves_during_its_upload_counts_once(running: Running) -> None:
    connection = running.connect()
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"x" * 1000)
    running.wait_until(lambda seen: seen.active == 1)
    connection.close()
    seen = running.wait_until(lambda seen: seen.active == 0)
    assert (seen.arrived, seen.disconnects, seen.server_errors, seen.responses.count) == (1, 1, 0, 0)


def test_a_websocket_is_active_while_it_is_open(running: Running) -> None:
    with connect(f"ws://127.0.0.1:{running.port}/echo") as websocket:
        websocket.send("hello")
        assert websocket.recv() == "hello"
        assert running.seen.active == 1
    seen = running.wait_until(lambda seen: seen.active == 0)
    assert (seen.arrived, seen.server_errors, seen.responses.count) == (1, 0, 0)

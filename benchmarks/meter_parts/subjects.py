"""The same small application, bare and with each of the middlewares that are compared."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

BARE = "bare app"
FASTSCALE = "fastscale.meter"

#: As a browser's request looks behind an Application Load Balancer.
HEADERS = (
    (b"host", b"shop.example.com"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"application/json"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"x-forwarded-for", b"203.0.113.7"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-port", b"443"),
)


async def hello(_request: Request) -> PlainTextResponse:
    """Answer at once."""
    return PlainTextResponse("hello")


def bare() -> Any:
    """The application alone."""
    return Starlette(routes=[Route("/items", hello)])


def fastscale() -> Any:
    """With our meter, publishing to a log that goes nowhere."""
    from fastscale.meter import EmfSink, Meter, MeterMiddleware

    app = bare()
    app.add_middleware(MeterMiddleware, meter=Meter(EmfSink(open(os.devnull, "w"), detail=True)))  # noqa: PTH123, SIM115
    return app


def raw_fastscale() -> Any:
    """Our meter around an application without a framework, where the meter is most of the work."""
    from fastscale.meter import EmfSink, Meter, MeterMiddleware

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    return MeterMiddleware(app, Meter(EmfSink(open(os.devnull, "w"), detail=True)))  # noqa: PTH123


def starlette_exporter() -> Any:
    """With starlette-exporter."""
    from starlette_exporter import PrometheusMiddleware

    app = bare()
    app.add_middleware(PrometheusMiddleware)
    return app


def instrumentator() -> Any:
    """With prometheus-fastapi-instrumentator."""
    from prometheus_fastapi_instrumentator import Instrumentator

    app = bare()
    Instrumentator().instrument(app)
    return app


def judoscale() -> Any:
    """With Judoscale's middleware, reporting to the address in JUDOSCALE_URL."""
    from judoscale.asgi.middleware import StarletteRequestQueueTimeMiddleware

    app = bare()
    app.add_middleware(StarletteRequestQueueTimeMiddleware)
    return app


def opentelemetry() -> Any:
    """With OpenTelemetry's ASGI instrumentation: metrics are collected, traces are not."""
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    app = bare()
    provider = MeterProvider(metric_readers=[InMemoryMetricReader()])
    app.add_middleware(OpenTelemetryMiddleware, meter_provider=provider)
    return app


SUBJECTS: dict[str, Callable[[], Any]] = {
    BARE: bare,
    FASTSCALE: fastscale,
    "judoscale": judoscale,
    "starlette-exporter": starlette_exporter,
    "prometheus-fastapi-instrumentator": instrumentator,
    "opentelemetry-asgi": opentelemetry,
}


class Caller:
    """Plays a server inside one process: thousands of requests without a socket."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self.answered = 0

    def call(self, requests: int) -> float:
        """Serve ``requests`` and return the CPU seconds that the whole process spent, all threads included."""
        scopes = [_scope() for _ in range(requests)]
        began = time.process_time()
        self._loop.run_until_complete(self._serve(scopes))
        return time.process_time() - began

    async def _serve(self, scopes: list[dict[str, Any]]) -> None:
        for scope in scopes:
            await self._app(scope, _receive, self._send)

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.answered += 1


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _scope() -> dict[str, Any]:
    trace = b"Root=1-%x-abcdef012345678912345678" % int(time.time())
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/items",
        "raw_path": b"/items",
        "query_string": b"",
        "root_path": "",
        "headers": [*HEADERS, (b"x-amzn-trace-id", trace)],
        "client": ("10.0.0.7", 40000),
        "server": ("10.0.0.8", 8080),
        "state": {},
    }

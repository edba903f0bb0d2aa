"""Applications for the tests that start real servers; they publish to standard output, once a second."""

from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fastscale.meter import EmfSink, Meter, MeterMiddleware, MeterWsgi


def hello(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("hello")


def make_asgi() -> Any:
    app = Starlette(routes=[Route("/", hello), Route("/health", hello)])
    app.add_middleware(MeterMiddleware, meter=Meter(EmfSink(), interval_seconds=1))
    return app


def hello_wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


wsgi = MeterWsgi(hello_wsgi, Meter(EmfSink(), interval_seconds=1))

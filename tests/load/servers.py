"""Real servers on loopback for the load to meet: a small ASGI app under uvicorn, and one that hangs up."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from fastscale import names


async def _ok(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _slow(request: Request) -> Response:
    await asyncio.sleep(float(request.path_params["seconds"]))
    return PlainTextResponse("at last")


async def _status(request: Request) -> Response:
    return PlainTextResponse("no", status_code=int(request.path_params["code"]))


async def _elsewhere(request: Request) -> Response:
    return RedirectResponse(f"http://127.0.0.1:{request.path_params['port']}/")


async def _overload(_: Request) -> Response:
    return PlainTextResponse("busy", status_code=503, headers={names.OVERLOAD_HEADER: "queue full"})


@contextmanager
def app_server() -> Iterator[str]:
    """A uvicorn server on a free port; yields its URL. Paths: / /slow/{seconds} /status/{code}
    /elsewhere/{port} /overload."""
    routes = [
        Route("/", _ok),
        Route("/slow/{seconds:float}", _slow),
        Route("/status/{code:int}", _status),
        Route("/elsewhere/{port:int}", _elsewhere),
        Route("/overload", _overload),
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)
        listener.close()


class HangingUp:
    """Accepts, reads the request, and closes without an answer; counts how often."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> HangingUp:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                self.connections += 1


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port

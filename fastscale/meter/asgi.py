"""The meter as ASGI middleware (Starlette, FastAPI, Django, Litestar, or any other ASGI application)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from time import perf_counter
from typing import Any

from fastscale.meter.meter import HEALTH_PATHS, Meter
from fastscale.meter.prometheus import CONTENT_TYPE, prometheus_text, wants_prometheus
from fastscale.meter.queue_time import REQUEST_START, TRACE_ID
from fastscale.meter.recorder import ARRIVED, DISCONNECT, LEFT, SERVER_ERROR

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class MeterMiddleware:
    """Counts the HTTP requests and websockets of ``app`` with ``meter``, except those to the paths in ``exclude``.

    Put it outermost, so that it sees what the client sees. Requests to ``prometheus_path`` are not counted; it answers
    those whose Accept header asks for Prometheus text, and the application the others.
    """

    def __init__(
        self,
        app: App,
        meter: Meter,
        *,
        exclude: Collection[str] = HEALTH_PATHS,
        prometheus_path: str | None = None,
    ) -> None:
        self._app = app
        self._meter = meter
        self._prometheus_path = prometheus_path
        self._uncounted = frozenset((*exclude, prometheus_path))
        self._log = meter.recorder.events.append
        self._fail = meter.recorder.outcomes.append
        self._queued = meter.recorder.queued.append

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: C901 - a call costs more
        """Serve one connection of the ASGI protocol.

        A request ends with its last body message: what the application does in the background is not its time.
        """
        if scope["type"] != "http" or scope["path"] in self._uncounted:
            await self._serve_uncounted(scope, receive, send)
            return
        if not self._meter.running:
            self._meter.start()
        log = self._log
        started = perf_counter()
        log(ARRIVED)
        for name, value in scope["headers"]:
            if name == REQUEST_START or name == TRACE_ID:  # noqa: PLR1714, SIM109 - "in" costs a third more
                self._queued((started, value))
                break
        status = 0
        ended = gone = False

        def observed_send(message: Message) -> Awaitable[None]:
            # No coroutine of its own: handing the server's awaitable through halves the price.
            nonlocal status, ended
            kind = message["type"]
            if kind == "http.response.start":
                status = message["status"]
            elif not ended and kind in _BODIES and not message.get("more_body"):
                ended = True
                log(perf_counter() - started)
                if status >= 400:
                    self._fail(status // 100)
            return send(message)

        async def observed_receive() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, observed_receive, observed_send)
        except BaseException as error:
            if not ended:
                self._end_early(started, 500, gone=gone or _is_disconnect(error, response_began=status > 0))
            raise
        if not ended:
            self._end_early(started, status or 500, gone=gone)

    async def _serve_uncounted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        self._meter.start()
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif self._is_scrape(scope):
            await _send_text(send, prometheus_text(self._meter.scraped(_headers(scope))))
        else:
            await self._app(scope, receive, send)

    def _is_scrape(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["path"] == self._prometheus_path
            and wants_prometheus(_headers(scope).get("accept", ""))
        )

    def _end_early(self, started: float, status: int, *, gone: bool) -> None:
        """The response was not completed: the client went away, or the application failed or forgot to answer."""
        if gone:
            self._log(LEFT)
            self._fail(DISCONNECT)
            return
        self._log(perf_counter() - started)
        if status >= 400:
            self._fail(status // 100)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A websocket is one request that is active while it is open; how long a user stays is not a response time."""
        gone = False

        async def observed_receive() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "websocket.disconnect"
            return message

        self._log(ARRIVED)
        try:
            await self._app(scope, observed_receive, send)
        except Exception:
            if not gone:  # frameworks raise to say that the user closed it
                self._fail(SERVER_ERROR)
            raise
        finally:
            self._log(LEFT)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start with the server, and stop when the application has shut down.

        An application that does not know the protocol raises before it asks for a message; the middleware then
        answers in its place, because the shutdown is when the last metrics are sent.
        """
        asked = False

        async def observed_receive() -> Message:
            nonlocal asked
            asked = True
            return await receive()

        async def observed_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._meter.start()
            elif message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                self._meter.stop()
            await send(message)

        try:
            await self._app(scope, observed_receive, observed_send)
        except Exception:
            if asked:
                raise
            await self._answer_lifespan(receive, observed_send)

    async def _answer_lifespan(self, receive: Receive, send: Send) -> None:
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})


#: The messages that carry a response's body (the last two are extensions of the ASGI specification).
_BODIES = frozenset({"http.response.body", "http.response.pathsend", "http.response.zerocopysend"})


def _headers(scope: Scope) -> dict[str, str]:
    """By lower-case names; values of the same name are joined, as HTTP has it."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


async def _send_text(send: Send, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_disconnect(error: BaseException, *, response_began: bool) -> bool:
    """When the client is gone, some servers cancel the application and some let its send fail."""
    return not isinstance(error, Exception) or (response_began and isinstance(error, OSError))

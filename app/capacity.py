"""A finite capacity, so that overload queues and hurts as it does in life, without burning the CPU."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from fastscale import names

log = logging.getLogger("app.capacity")

#: What :data:`fastscale.names.OVERLOAD_HEADER` says.
QUEUE_FULL = "queue-full"
#: "Overloaded" is logged once in this many seconds, not once per request.
LOG_AGAIN_SECONDS = 10.0


class QueueFullError(Exception):
    """Nobody else may wait."""


class ClientGoneError(Exception):
    """The client left while it waited."""


class Slots:
    """``workers`` slots, given out in the order of asking; at most ``queue_limit`` may wait. For one event loop."""

    def __init__(self, workers: int, queue_limit: int) -> None:
        self._free = workers
        self._queue_limit = queue_limit
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    async def acquire(self, receive: Receive) -> None:
        """Take a slot, waiting for it if need be; :meth:`release` gives it back.

        Raises QueueFullError at once when the queue is full, and ClientGoneError when ``receive`` says so before the
        turn comes.
        """
        if self._free > 0:
            self._free -= 1
            return
        if len(self._waiting) >= self._queue_limit:
            raise QueueFullError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = None
        gone = asyncio.ensure_future(_until_disconnect(receive))
        granted = False
        try:
            await asyncio.wait({turn, gone}, return_when=asyncio.FIRST_COMPLETED)
            granted = turn.done() and not gone.done()
            if not granted:
                raise ClientGoneError
        finally:
            gone.cancel()
            if not granted:
                self._give_up(turn)

    def release(self) -> None:
        """Give a slot back: to whoever has waited longest, if anybody does."""
        if self._waiting:
            turn, _ = self._waiting.popitem(last=False)
            turn.set_result(None)
        else:
            self._free += 1

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self.release()
        else:
            del self._waiting[turn]


class Capacity:
    """ASGI middleware: a request outside ``free_paths`` holds a slot for ``service_seconds`` and is then answered."""

    def __init__(
        self, app: ASGIApp, *, workers: int, service_seconds: float, queue_limit: int, free_paths: Collection[str]
    ) -> None:
        self._app = app
        self._slots = Slots(workers, queue_limit)
        self._service_seconds = service_seconds
        self._free_paths = frozenset(free_paths)
        self._logged = -LOG_AGAIN_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI protocol."""
        if scope["type"] != "http" or scope["path"] in self._free_paths:
            await self._app(scope, receive, send)
            return
        try:
            await self._slots.acquire(receive)
        except QueueFullError:
            self._log_overload()
            await _refuse(send)
            return
        except ClientGoneError:
            return
        try:
            await asyncio.sleep(self._service_seconds)
            await self._app(scope, receive, send)
        finally:
            self._slots.release()

    def _log_overload(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._logged >= LOG_AGAIN_SECONDS:
            self._logged = now
            log.warning("overloaded: %d requests wait, further ones are refused", self._slots.waiting)


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send) -> None:
    body = json.dumps({"error": "overloaded", "detail": "all workers are busy and the queue is full"}).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "retry-after": "1",
        names.OVERLOAD_HEADER.lower(): QUEUE_FULL,
    }
    encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": 503, "headers": encoded})
    await send({"type": "http.response.body", "body": body})

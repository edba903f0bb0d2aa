"""Are the totals exact to the request, with faults injected everywhere at once?

Threads with event loops of their own send requests that succeed, fail, raise, stream and break off; the destination
throttles, times out, refuses connections and comes back. What it has stored in the end must be what the load generator
counted itself.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastscale.meter import Interval, Meter, MeterMiddleware, SendError

_THREADS = 4
_KINDS = ("ok", "not found", "error", "raises", "stream", "left", "cancelled", "websocket", "health")
_LEAST_FAILURES = 3
_CAUSES = ("Throttling", "ReadTimeoutError", "EndpointConnectionError", "ExpiredToken", "DNS")


@dataclass(frozen=True)
class Totals:
    """Counts that the meter and the load generator each keep."""

    requests: int
    client_errors: int
    server_errors: int
    disconnects: int
    responses: int


class FaultySink:
    """Stores intervals, but fails two calls out of three, each time for another cause."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.stored: list[Interval] = []
        self.failures = 0
        self.healed = False

    def send(self, intervals: Sequence[Interval]) -> None:
        """Store ``intervals`` or raise."""
        if self.failures < _LEAST_FAILURES or (not self.healed and self._random.random() < 2 / 3):
            self.failures += 1
            cause = self._random.choice(_CAUSES)
            raise SendError(cause, f"injected: {cause}")
        self.stored += intervals


def measure(requests: int, seed: int = 1) -> tuple[Totals, Totals, int]:
    """What the load generator counted, what was stored, and how many calls failed on the way."""
    sink = FaultySink(seed)
    meter = Meter(sink, interval_seconds=1)
    app = MeterMiddleware(_application, meter)
    sent: list[Counter[str]] = [Counter() for _ in range(_THREADS)]
    share = [requests // _THREADS + (number < requests % _THREADS) for number in range(_THREADS)]
    threads = [
        threading.Thread(
            target=lambda number=number: asyncio.run(_drive(app, share[number], sent[number], seed + number))
        )
        for number in range(_THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sink.healed = True
    meter.stop(timeout_seconds=30)
    return _expected(sum(sent, Counter())), _stored(sink.stored), sink.failures


def _expected(sent: Counter[str]) -> Totals:
    gone = sent["left"] + sent["cancelled"]
    counted = sum(sent.values()) - sent["health"]
    return Totals(
        requests=counted,
        client_errors=sent["not found"],
        server_errors=sent["error"] + sent["raises"],
        disconnects=gone,
        responses=counted - gone - sent["websocket"],
    )


def _stored(intervals: list[Interval]) -> Totals:
    return Totals(
        requests=sum(interval.arrived for interval in intervals),
        client_errors=sum(interval.client_errors for interval in intervals),
        server_errors=sum(interval.server_errors for interval in intervals),
        disconnects=sum(interval.disconnects for interval in intervals),
        responses=sum(interval.responses.count for interval in intervals),
    )


async def _drive(app: Any, requests: int, sent: Counter[str], seed: int) -> None:
    chosen = random.Random(seed)
    for _ in range(requests):
        kind = chosen.choice(_KINDS)
        sent[kind] += 1
        scope = {"type": "http", "path": "/items", "headers": [], "kind": kind}
        if kind == "websocket":
            scope["type"] = "websocket"
        elif kind == "health":
            scope["path"] = "/health"
        with suppress(ZeroDivisionError, asyncio.CancelledError):
            await app(scope, _gone, _ignore)


async def _application(scope: Any, receive: Any, send: Any) -> None:
    kind = scope["kind"]
    if kind == "websocket":
        return
    if kind == "raises":
        raise ZeroDivisionError
    if kind == "cancelled":
        raise asyncio.CancelledError
    status = {"not found": 404, "error": 503}.get(kind, 200)
    await send({"type": "http.response.start", "status": status, "headers": []})
    if kind in ("stream", "left"):
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
    if kind == "left":
        await receive()
        return
    await send({"type": "http.response.body", "body": b""})


async def _gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def _ignore(_message: Any) -> None:
    pass

"""Tasks that are nothing but a metrics endpoint, many in one thread, and that misbehave in every way on request."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass

#: How a task can answer. "well" is right; the others are bad data.
BAD_MODES = ("error", "slow", "garbage", "nan", "negative", "cut", "huge", "missing", "silent")

SLOW_SECONDS = 3.0
HUGE_LINES = 50_000


@dataclass
class StubTask:
    """One task at ``host``; ``requests`` is its counter."""

    host: str
    requests: float = 0.0
    mode: str = "well"
    server: asyncio.Server | None = None


class StubTasks:
    """A thread that serves all tasks at one ``port``, each at its own loopback address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, task: StubTask) -> None:
        """Let ``task`` answer."""
        asyncio.run_coroutine_threadsafe(self._start(task), self._loop).result(10)

    def kill(self, task: StubTask) -> None:
        """Let nothing answer any more, at once."""
        self._loop.call_soon_threadsafe(self._kill, task)

    def close(self) -> None:
        """End the thread, and what is being answered with it."""
        asyncio.run_coroutine_threadsafe(_end_answers(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _start(self, task: StubTask) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while task.server is not None:
                    await reader.readuntil(b"\r\n\r\n")
                    if not await _answer(task, writer):
                        break
            writer.close()

        task.server = await asyncio.start_server(serve, task.host, self.port)

    @staticmethod
    def _kill(task: StubTask) -> None:
        server, task.server = task.server, None
        if server is not None:
            server.close()


async def _end_answers() -> None:
    answers = asyncio.all_tasks() - {asyncio.current_task()}
    for answer in answers:
        answer.cancel()
    await asyncio.gather(*answers, return_exceptions=True)


async def _answer(task: StubTask, writer: asyncio.StreamWriter) -> bool:
    """Answer one request as the task's mode says; whether the connection stays open."""
    mode = task.mode
    if mode == "silent":
        return False
    if mode == "slow":
        await asyncio.sleep(SLOW_SECONDS)
    status = b"500 Internal Server Error" if mode == "error" else b"200 OK"
    body = _body(task, mode)
    length = len(body) + (1000 if mode == "cut" else 0)
    head = b"HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %d\r\n\r\n" % (status, length)
    writer.write(head + body)
    await writer.drain()
    return mode != "cut"


def _body(task: StubTask, mode: str) -> bytes:
    value = {"nan": "NaN", "negative": "-5"}.get(mode, f"{int(task.requests)}")
    if mode == "garbage":
        return bytes(range(256)) * 8
    if mode == "missing":
        return b"another_metric 1\n"
    text = (
        f"# TYPE fastscale_requests_total counter\nfastscale_requests_total {value}\nfastscale_active_connections 1\n"
    )
    return (text + "filler 1\n" * (HUGE_LINES if mode == "huge" else 0)).encode()

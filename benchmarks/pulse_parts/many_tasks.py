"""Thousands of tasks in one process: each port of its own answers with the text that fastscale's meter writes.

Run as a process of its own; it prints its ports as one JSON line and ends when its standard input does.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import sys
import time

from fastscale.meter import Interval, Snapshot
from fastscale.meter.prometheus import CONTENT_TYPE, prometheus_text

TASKS = 10_000
#: Requests/s of the tasks by their number: from 50 to 150, 100 on average.
LEAST_RATE, RATES = 50, 101
_COUNTER = b"\nfastscale_requests_total "


def rate_of(number: int) -> int:
    """Requests/s of task ``number``."""
    return LEAST_RATE + number % RATES


class ManyTasks:
    """``count`` tasks, the first of which has the number ``first``."""

    def __init__(self, first: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._before, self._after = _text()
        self._began = time.monotonic()
        self._listeners = [socket.create_server(("127.0.0.1", 0), backlog=16) for _ in range(count)]
        for number, listener in enumerate(self._listeners, first):
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, (True, rate_of(number)))
        self._selector.register(sys.stdin, selectors.EVENT_READ, (False, 0))

    @property
    def ports(self) -> list[int]:
        """Where they answer, in the order of their numbers."""
        return [listener.getsockname()[1] for listener in self._listeners]

    def serve(self) -> None:
        """Answer until the standard input ends."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    return
                listens, rate = key.data
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if listens:
                    self._accept(sock, rate)
                else:
                    self._answer(sock, rate)

    def _accept(self, listener: socket.socket, rate: int) -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, (False, rate))

    def _answer(self, connection: socket.socket, rate: int) -> None:
        try:
            asked = connection.recv(4096)
        except OSError:
            asked = b""
        if not asked:
            self._selector.unregister(connection)
            connection.close()
            return
        requests = int(rate * (time.monotonic() - self._began))
        body = b"%b%d%b" % (self._before, requests, self._after)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        connection.send(head % (CONTENT_TYPE.encode(), len(body)) + body)


def _text() -> tuple[bytes, bytes]:
    """What stands before and after the count of requests."""
    seen = Interval(arrived=1, active=3, seconds=5.0)
    seen.responses.add([0.08, 0.1, 0.12])
    seen.queue.add([0.001])
    before, counter, rest = prometheus_text(Snapshot(seen, seen)).encode().partition(_COUNTER)
    return before + counter, rest[rest.index(b"\n") :]


def main(first: int, count: int) -> None:
    """Be the tasks."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tasks = ManyTasks(first, count)
    print(json.dumps(tasks.ports), flush=True)
    tasks.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

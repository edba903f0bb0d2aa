"""The output of child processes, line by line, read by one thread for all of them."""

from __future__ import annotations

import logging
import os
import selectors
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

logger = logging.getLogger(__name__)

LineCallback = Callable[[str], None]

#: A line longer than this (bytes) is handed over in pieces, so that a child without newlines cannot fill our memory.
MAX_LINE_BYTES = 64 * 1024


def close_quietly(stream: IO[bytes] | None) -> None:
    """Close a stream whose other end may be gone."""
    if stream is not None:
        with suppress(OSError):
            stream.close()


class LineReader:
    """One thread that reads the output of all children and hands it over line by line."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._added: list[tuple[IO[bytes], LineCallback]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="process-output", daemon=True)
        self._thread.start()

    def add(self, stream: IO[bytes], on_line: LineCallback) -> None:
        """Read ``stream`` until its end."""
        with self._lock:
            self._added.append((stream, on_line))
        os.write(self._wake_write, b"+")

    def close(self) -> None:
        """Hand over what has been written so far, then stop. Idempotent."""
        if self._stopping:
            return
        self._stopping = True
        os.write(self._wake_write, b"-")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        while not self._stopping:
            self._read_ready(None)
        while self._read_ready(0):
            pass  # what is still in the pipes
        self._selector.close()

    def _read_ready(self, timeout_seconds: float | None) -> bool:
        ready = self._selector.select(timeout_seconds)
        for key, _ in ready:
            if key.data is None:
                os.read(self._wake_read, 1024)
                self._register_added()
            elif not key.data.read(key.fd):
                self._selector.unregister(key.fileobj)
                close_quietly(key.data.stream)
        return bool(ready)

    def _register_added(self) -> None:
        with self._lock:
            added, self._added = self._added, []
        for stream, on_line in added:
            self._selector.register(stream, selectors.EVENT_READ, _Lines(stream, on_line))


class _Lines:
    """Cuts the output of one child into lines."""

    def __init__(self, stream: IO[bytes], on_line: LineCallback) -> None:
        self.stream = stream
        self._on_line = on_line
        self._rest = b""

    def read(self, descriptor: int) -> bool:
        """Read what is there; False at the end of the output."""
        chunk = os.read(descriptor, MAX_LINE_BYTES)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if self._rest and (not chunk or len(self._rest) >= MAX_LINE_BYTES):
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._hand_over(line.decode("utf-8", "replace").rstrip("\r"))
        return bool(chunk)

    def _hand_over(self, line: str) -> None:
        try:
            self._on_line(line)
        except Exception:  # the output of all other children depends on this thread: it outlives a bad callback
            logger.exception("a handler of process output failed")

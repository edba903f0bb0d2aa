"""One HTTP/1.1 answer, from its first byte to its last (RFC 9112), as far as it takes to read a page of metrics.

A body has a length, comes in chunks, or lasts until the connection ends. Everything has a limit, and what is against
the rules is refused rather than guessed at: numbers from half a page would look like load.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fastscale.pulse.scrape.failure import Failure, ReadError

MOST_HEAD_BYTES = 16 * 1024
MOST_BODY_BYTES = 1024 * 1024
OK = 200

_HEAD_END = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: |\r|$)")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?:\r|$)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*\bchunked[ \t]*(?:\r|$)")
_CLOSE = re.compile(rb"\r\nconnection:[^\r]*\bclose\b")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_MOST_CHUNK_LINE = 256


class _Head(NamedTuple):
    """What comes before a body says of it: how long it is, if not in chunks, and whether the connection goes on."""

    length: int | None
    chunked: bool
    reusable: bool


@lru_cache(maxsize=256)
def _head(head: bytes) -> _Head:
    """Raises ReadError. The heads of many tasks differ, in one second, in little but the length."""
    started = _STATUS_LINE.match(head)
    if started is None:
        raise ReadError(Failure.MALFORMED)
    if int(started[2]) != OK:
        raise ReadError(Failure.STATUS)
    fields = head.lower()
    reusable = started[1] == b"1" and _CLOSE.search(fields) is None
    if _CHUNKED.search(fields):
        return _Head(None, chunked=True, reusable=reusable)
    length = _LENGTH.search(fields)
    return _Head(int(length[1]) if length else None, chunked=False, reusable=reusable)


class Answer:
    """Takes bytes as they come. When :meth:`feed` is True, ``body`` is whole and ``reusable`` the connection.

    Lines end with a line feed; where the last one of a whole body has none it is added.

    Raises ReadError: ``status``, ``malformed`` or ``too_large``.
    """

    __slots__ = ("_body_at", "_chunks", "_data", "_length", "body", "reusable")

    def __init__(self) -> None:
        self._data: bytes | bytearray = b""
        self._body_at: int | None = None
        self._length: int | None = None
        self._chunks: _Chunks | None = None
        self.body = b""
        self.reusable = False

    @property
    def size(self) -> int:
        """Bytes that were received so far."""
        return len(self._data)

    def feed(self, data: bytes) -> bool:
        """Take ``data``; True when the answer is complete."""
        if self._data:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += data
        else:  # most answers come in one piece
            self._data = data
        if self._body_at is None and not self._read_head():
            return False
        return self._read_body()

    def end(self) -> bool:
        """The connection has ended; True when the answer is complete with that."""
        if self._body_at is None or self._length is not None or self._chunks is not None:
            return False
        self.body, self.reusable = bytes(self._data[self._body_at :]), False
        return True

    def _read_head(self) -> bool:
        end = self._data.find(_HEAD_END, 0, MOST_HEAD_BYTES)
        if end < 0:
            if len(self._data) >= MOST_HEAD_BYTES:
                raise ReadError(Failure.TOO_LARGE)
            return False
        head = _head(bytes(self._data[:end]))
        self._body_at = end + len(_HEAD_END)
        self.reusable, self._length = head.reusable, head.length
        if head.chunked:
            self._chunks = _Chunks(self._body_at)
        return True

    def _read_body(self) -> bool:
        begin = self._body_at or 0
        if max(self._length or 0, len(self._data) - begin) > MOST_BODY_BYTES:
            raise ReadError(Failure.TOO_LARGE)
        if self._chunks is not None:
            return self._read_chunks(self._chunks)
        if self._length is None or len(self._data) < begin + self._length:
            return False
        return self._complete(bytes(self._data[begin : begin + self._length]), begin + self._length)

    def _read_chunks(self, chunks: _Chunks) -> bool:
        if not chunks.advance(self._data):
            return False
        return self._complete(bytes(chunks.body), chunks.position)

    def _complete(self, body: bytes, end: int) -> bool:
        """Bytes after the end belong to no question of ours: the connection is not used again.

        That the body is whole is known here, and needs no line feed at its end to show it.
        """
        self.body = body if body.endswith(b"\n") else body + b"\n"
        self.reusable = self.reusable and len(self._data) == end
        return True


class _Chunks:
    """A body in chunks: ``position`` is where the next one begins."""

    __slots__ = ("_ended", "body", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.body = bytearray()
        self._ended = False

    def advance(self, data: bytes | bytearray) -> bool:
        """Take all whole chunks; True after the last one and the fields that may follow it."""
        while not self._ended:
            size = _CHUNK_SIZE.match(data, self.position)
            if size is None:
                if len(data) - self.position > _MOST_CHUNK_LINE or data.find(b"\n", self.position) >= 0:
                    raise ReadError(Failure.MALFORMED)
                return False
            if not self._take(data, size.end(), int(size[1], 16)):
                return False
        return self._skip_trailers(data)

    def _take(self, data: bytes | bytearray, begin: int, length: int) -> bool:
        if length == 0:
            self.position, self._ended = begin, True
            return True
        if length > MOST_BODY_BYTES:
            raise ReadError(Failure.TOO_LARGE)
        end = begin + length
        if len(data) < end + 2:
            return False
        if data[end : end + 2] != b"\r\n":
            raise ReadError(Failure.MALFORMED)
        self.body += data[begin:end]
        self.position = end + 2
        return True

    def _skip_trailers(self, data: bytes | bytearray) -> bool:
        """An empty line ends the answer; fields before it say nothing to us."""
        while (end := data.find(b"\r\n", self.position)) >= 0:
            empty = end == self.position
            self.position = end + 2
            if empty:
                return True
        return False

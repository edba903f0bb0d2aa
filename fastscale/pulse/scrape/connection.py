"""One connection to one task: asked again and again, one question at a time, without ever blocking."""

from __future__ import annotations

import errno
import math
import socket
from collections.abc import Callable
from typing import NamedTuple

from fastscale.ports import Target
from fastscale.pulse.scrape.answer import Answer
from fastscale.pulse.scrape.failure import Failure, ReadError
from fastscale.pulse.scrape.samples import Samples

_RECEIVE_BYTES = 64 * 1024
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})
_NO_SOCKET = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


class Question(NamedTuple):
    """What is sent to ``target``, and how its body is read; an answer later than ``timeout_seconds`` counts as none.

    ``anew`` asks over a new connection: another process may answer there.
    """

    target: Target
    request: bytes
    read: Callable[[bytes], Samples]
    timeout_seconds: float
    anew: bool = False


class Connection:
    """Connects to ``target`` at once. Raises ReadError: ``address``, ``no_socket`` or ``refused``.

    ``connected`` is None until the attempt has an end; then :meth:`opened` takes note of it. ``used`` says that an
    earlier question was answered: the other side may then have closed it before it saw this one. From ``renew_at`` on,
    a monotonic moment, another should take its place; ``renewed`` says that it took one's place so.
    """

    __slots__ = ("answer", "asked_at", "connected", "question", "renew_at", "renewed", "socket", "target", "used")

    def __init__(self, target: Target, *, renew_at: float = math.inf, renewed: bool = False) -> None:
        self.target = target
        self.socket = _connecting(target)
        self.connected = False
        self.used = False
        self.question: Question | None = None
        self.answer = Answer()
        self.asked_at = 0.0
        self.renew_at = renew_at
        self.renewed = renewed

    def opened(self) -> None:
        """The attempt to connect has ended. Raises ReadError ``refused`` when it failed."""
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise ReadError(Failure.REFUSED)
        self.connected = True

    def ask(self, question: Question, now: float) -> None:
        """Send ``question``, now or as soon as there is a connection. Raises ReadError ``closed``."""
        self.question, self.asked_at = question, now
        if self.connected:
            self.send()

    def send(self) -> None:
        """Send what is to be asked. Raises ReadError ``closed``: so few bytes always fit into a sound connection."""
        if self.question is None:
            return
        try:
            sent = self.socket.send(self.question.request)
        except OSError:
            raise ReadError(Failure.CLOSED) from None
        if sent < len(self.question.request):
            raise ReadError(Failure.CLOSED)

    def receive(self) -> Samples | None:
        """Take what has come; what it says when the answer is complete, else None.

        Raises ReadError, ``closed`` also when there is something to take although nobody asked.
        """
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            raise ReadError(Failure.CLOSED) from None
        if self.question is None or not (data or self.answer.end()):
            raise ReadError(Failure.CLOSED)
        if data and not self.answer.feed(data):
            return None
        samples = self.question.read(self.answer.body)
        self.question, self.used = None, True
        return samples

    @property
    def stale(self) -> bool:
        """Whether it may have been closed before the question came: asking again on a new one is then fair."""
        return self.used and self.answer.size == 0

    def close(self) -> None:
        """Let go."""
        self.socket.close()


def _connecting(target: Target) -> socket.socket:
    family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
    try:
        socket.inet_pton(family, target.host)
    except OSError:
        raise ReadError(Failure.ADDRESS) from None
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ReadError(Failure.NO_SOCKET if error.errno in _NO_SOCKET else Failure.REFUSED) from None
    made.setblocking(False)
    failed = made.connect_ex((target.host, target.port))
    if failed in _UNDER_WAY:
        return made
    made.close()
    raise ReadError(Failure.NO_SOCKET if failed in _NO_SOCKET else Failure.REFUSED)

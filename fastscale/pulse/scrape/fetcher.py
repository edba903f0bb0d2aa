"""Asks many addresses at once from one thread: sockets that never block, and one selector that waits for all.

A general HTTP client (httpx 0.28) took 430 us of CPU a question over a connection that was kept, four cores for 10,000
tasks a second; this takes 20 to 30, measured side by side.
"""

from __future__ import annotations

import math
import selectors
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from fastscale.ports import Target
from fastscale.pulse.scrape.answer import Answer
from fastscale.pulse.scrape.connection import Connection, Question
from fastscale.pulse.scrape.failure import Failure, ReadError
from fastscale.pulse.scrape.samples import Samples

#: Questions that are sent before the answers that came meanwhile are taken.
_ASK_AT_ONCE = 32
#: In the last part of the time nobody is asked any more: an answer needs time, too.
_ASKING_SHARE = 0.7
#: Behind one port there may be several processes, of which a connection meets one for as long as it lasts: so long, …
RENEWED_SECONDS = 20.0
#: … or longer when so many are kept that more than this would be renewed in a second: a new one takes ten times the CPU
#: of a question over one that is kept.
RENEWED_A_SECOND = 100
#: All that were slow at the same time are due at the same time: so many times as many are renewed in a second at most.
_HASTE = 2
#: A task that took longer to answer keeps its connection for now: there may be no way to a new one.
_PROMPT_SECONDS = 0.1
#: Parts of a connection's time that follow each other by the golden ratio are spread evenly, however many.
_GOLDEN = 0.6180339887498949
#: Unfinished answers of all connections together may take this much memory.
MOST_HELD_BYTES = 64 * 1024 * 1024


class Reading(NamedTuple):
    """What a task said. ``at`` is the monotonic moment that it describes, halfway between question and answer.

    The moment may be wrong by ``uncertain_seconds`` either way. ``renewed``: the connection was replaced right before.
    """

    samples: Samples
    at: float
    uncertain_seconds: float = 0.0
    renewed: bool = False


Outcome = Reading | Failure


class Fetcher:
    """Keeps a connection to each target that it asked, until :meth:`keep` drops it or its time is over.

    For one thread.
    """

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, *, most_held_bytes: int = MOST_HELD_BYTES
    ) -> None:
        self._monotonic = monotonic
        self._most_held_bytes = most_held_bytes
        self._selector = selectors.DefaultSelector()
        self._connections: dict[Target, Connection] = {}
        self._waiting: dict[Target, Connection] = {}
        self._outcomes: dict[Target, Outcome] = {}
        self._held_bytes = 0
        self._opened = 0
        self._renewed_seconds = RENEWED_SECONDS
        self._renewals_left = 0
        self._fetched_at: float | None = None

    def fetch(self, questions: Sequence[Question], seconds: float) -> dict[Target, Outcome]:
        """The answers that came within ``seconds``, in which the call ends.

        Each target may be there once. Those for which the time was too short to ask them are not in the result.
        """
        began = self._monotonic()
        end = began + seconds
        self._outcomes = {}
        self._allow_renewals(len(questions), began)
        for connection in list(self._waiting.values()):  # only after a call that was interrupted
            self._drop(connection)
        self._waiting = {}
        for first in range(0, len(questions), _ASK_AT_ONCE):
            if first and self._monotonic() - began > _ASKING_SHARE * seconds:
                break
            for question in questions[first : first + _ASK_AT_ONCE]:
                self._ask(question)
            self._take(0)
        self._wait_until(end)
        return self._outcomes

    def keep(self, targets: Collection[Target]) -> None:
        """Close the connections to all others."""
        for target in self._connections.keys() - targets:
            self._drop(self._connections[target])

    def close(self) -> None:
        """Close everything; the fetcher cannot be used afterwards."""
        self.keep(())
        self._selector.close()

    def _wait_until(self, end: float) -> None:
        """Take answers until there is nothing to wait for, or ``end``."""
        expiry = self._next_expiry(end)
        while self._waiting:
            self._take(max(0.0, expiry - self._monotonic()))
            if self._monotonic() >= expiry:
                while self._take(0):  # what is there already came in time: it is us who were late
                    pass
                self._expire(end)
                expiry = self._next_expiry(end)

    def _next_expiry(self, end: float) -> float:
        return min((_expires(connection, end) for connection in self._waiting.values()), default=end)

    def _expire(self, end: float) -> None:
        now = self._monotonic()
        for connection in [one for one in self._waiting.values() if _expires(one, end) <= now]:
            self._fail(connection, Failure.TIMEOUT)

    def _ask(self, question: Question) -> None:
        connection, now = self._connections.get(question.target), self._monotonic()
        try:
            if connection is None or question.anew or self._is_due(connection, now):
                connection = self._connect(question.target, connection, now)
            self._waiting[question.target] = connection
            connection.ask(question, now)
        except ReadError as error:
            self._failed(self._connections.get(question.target), question, error.kind)

    def _allow_renewals(self, questions: int, now: float) -> None:
        self._renewed_seconds = max(RENEWED_SECONDS, questions / RENEWED_A_SECOND)
        passed = 0.0 if self._fetched_at is None else now - self._fetched_at
        self._renewals_left = math.ceil(_HASTE * RENEWED_A_SECOND * passed)
        self._fetched_at = now

    def _is_due(self, connection: Connection, now: float) -> bool:
        if connection.renew_at > now or self._renewals_left <= 0:
            return False
        self._renewals_left -= 1
        return True

    def _connect(self, target: Target, before: Connection | None, now: float) -> Connection:
        """A new connection in the place of the one ``before``. First ones end at different moments, so that few do."""
        if before is not None:
            self._drop(before)
            lasts = self._renewed_seconds
        else:
            self._opened += 1
            lasts = self._renewed_seconds * (self._opened * _GOLDEN % 1)
        connection = Connection(target, renew_at=now + lasts, renewed=before is not None)
        self._connections[target] = connection
        self._selector.register(connection.socket, selectors.EVENT_WRITE, connection)
        return connection

    def _take(self, seconds: float) -> bool:
        """Handle what happens within ``seconds``; whether anything did."""
        events = self._selector.select(seconds)
        for key, _ in events:
            connection: Connection = key.data
            if self._connections.get(connection.target) is not connection:
                continue  # dropped a moment ago
            try:
                self._progress(connection)
            except ReadError as error:
                self._fail(connection, error.kind)
        return bool(events)

    def _progress(self, connection: Connection) -> None:
        if not connection.connected:
            connection.opened()
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
            return
        held = connection.answer.size
        try:
            samples = connection.receive()
        finally:
            self._held_bytes += connection.answer.size - held
        if samples is not None:
            self._finish(connection, samples)
        elif self._held_bytes > self._most_held_bytes:
            raise ReadError(Failure.TOO_LARGE)

    def _finish(self, connection: Connection, samples: Samples) -> None:
        now = self._monotonic()
        half = (now - connection.asked_at) / 2
        self._outcomes[connection.target] = Reading(samples, connection.asked_at + half, half, connection.renewed)
        connection.renewed = False
        if 2 * half > _PROMPT_SECONDS:
            connection.renew_at = max(connection.renew_at, now + RENEWED_SECONDS / 4)
        del self._waiting[connection.target]
        if not connection.answer.reusable:
            self._drop(connection)
            return
        self._held_bytes -= connection.answer.size
        connection.answer = Answer()

    def _failed(self, connection: Connection | None, question: Question | None, kind: Failure) -> None:
        """``connection`` is of no more use. A question that may not have been seen is asked once more."""
        if connection is not None:
            again = question is not None and kind is Failure.CLOSED and connection.stale
            self._drop(connection)
            if again and question is not None:
                self._ask(question)
                return
        if question is not None:
            self._waiting.pop(question.target, None)
            self._outcomes[question.target] = kind

    def _fail(self, connection: Connection, kind: Failure) -> None:
        self._failed(connection, connection.question, kind)

    def _drop(self, connection: Connection) -> None:
        self._held_bytes -= connection.answer.size
        self._selector.unregister(connection.socket)
        connection.close()
        del self._connections[connection.target]


def _expires(connection: Connection, end: float) -> float:
    question = connection.question
    return end if question is None else min(end, connection.asked_at + question.timeout_seconds)

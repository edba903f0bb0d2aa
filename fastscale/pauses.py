"""Keeps a process from holding up its own threads: by collecting garbage, and by taking turns too long."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

#: How long a busy thread keeps the interpreter while another waits for it, in seconds. A request to the local cloud's
#: API server waits for it several times, each time up to the 5 ms that are Python's default: beside four busy clients
#: the slowest of 150 GetMetricData took 107 and 119 ms in two runs, with half a millisecond 43 and 92 ms.
TURN_SECONDS = 0.0005


def take_short_turns() -> None:
    """Let threads that have a little to do interrupt those that have much. To be called when a process starts."""
    sys.setswitchinterval(TURN_SECONDS)


def set_aside_what_stays() -> None:
    """Collect once, and leave all objects that are alive now out of every later collection.

    A full collection looks at every object while all threads wait. The service models of boto3 and moto, which stay as
    long as the process does, are 150,000 to 300,000 objects: 90 to 150 ms each time on a 2-core machine, against less
    than 1 ms once they are set aside. To be called after a process has built what it keeps.
    """
    gc.collect()
    gc.freeze()


class Precedence:
    """Work of one thread that goes before that of others: these wait for its end, though not for ever.

    Python runs one thread at a time, and whoever asks a socket something gives way to the others: a thread that
    computes for a third of a second, whenever it likes, makes the one that asks ten thousand sockets so much later.
    """

    def __init__(self, *, patience_seconds: float) -> None:
        self._over = Event()
        self._over.set()
        self._patience_seconds = patience_seconds

    @contextmanager
    def first(self) -> Iterator[None]:
        """The work that goes before."""
        self._over.clear()
        try:
            yield
        finally:
            self._over.set()

    def wait(self) -> None:
        """Go on when that work is over, or after ``patience_seconds``."""
        self._over.wait(self._patience_seconds)


@contextmanager
def no_collections() -> Iterator[None]:
    """Collect no garbage meanwhile, but afterwards: for work that is soon over and would be made to wait.

    Of one thread at a time. What nothing refers to is freed as ever; it is cycles that wait.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

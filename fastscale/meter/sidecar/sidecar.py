"""Looks at a service's counters at the end of each interval and publishes what happened in it."""

from __future__ import annotations

import logging
import threading
import time

from fastscale.meter.meter import STOP_TIMEOUT_SECONDS
from fastscale.meter.schedule import next_end
from fastscale.meter.sender import ErrorLog, Sender
from fastscale.meter.sidecar.reading import Reading, SourceError, between
from fastscale.meter.sidecar.sources import Source
from fastscale.meter.sink import Sink

log = logging.getLogger("fastscale.meter")


class Sidecar:
    """Publishes what ``source`` tells to ``sink`` every ``interval_seconds``.

    While the service does not answer nothing is published, for its load is unknown and not 0; the next interval then
    covers the time since the last look.
    """

    def __init__(self, source: Source, sink: Sink, *, interval_seconds: float = 5.0) -> None:
        self._source = source
        self._sender = Sender(sink)
        self._interval_seconds = interval_seconds
        self._errors = ErrorLog()
        self._before: Reading | None = None
        self._looked = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Look and publish until ``stop`` is set, then once more."""
        try:
            self._look()
            while not stop.wait(self._until_end()):
                self._look()
        finally:
            self._look()
            unsent = self._sender.stop(STOP_TIMEOUT_SECONDS)
            if unsent:
                log.error("metrics of %d requests could not be sent", sum(interval.arrived for interval in unsent))

    def _until_end(self) -> float:
        now = time.time()
        return next_end(now, self._interval_seconds) - now

    def _look(self) -> None:
        try:
            after = self._source()
        except SourceError as error:
            self._errors.report("source", str(error))
            self._before = self._before or Reading(requests=0)  # a service that starts later counts from 0
            return
        now = time.monotonic()
        if self._before is not None:
            self._sender.offer(between(self._before, after, end=time.time(), seconds=now - self._looked))
        self._before, self._looked = after, now

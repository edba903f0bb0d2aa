"""Carries decisions out beside the ticks, so that a slow answer of the API delays no look at the load."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from threading import Event, Lock

from fastscale.backoff import Backoff
from fastscale.errors import ActionError
from fastscale.ports import Change, Clock, MetricSink, Record, ServicePort

logger = logging.getLogger(__name__)

#: A refused raise is tried again for so long (seconds); by then newer decisions know better.
GIVE_UP_SECONDS = 5.0
#: Waits between two attempts.
RETRIES = Backoff(first_seconds=0.1, longest_seconds=1.0)


class Actor:
    """At most one change of a service is under way; when it ends, only the newest wish counts.

    A raise that fails is tried again for some seconds. Taking tasks away has time: the next tick decides anew.
    """

    def __init__(
        self,
        services: ServicePort,
        *,
        sink: MetricSink,
        executor: Executor,
        clock: Clock,
        stop: Event,
        retry_seconds: Callable[[int], float] = RETRIES.wait,
    ) -> None:
        self._services = services
        self._sink = sink
        self._executor = executor
        self._clock = clock
        self._stop = stop
        self._retry_seconds = retry_seconds
        self._wishes: dict[str, Record] = {}
        self._busy: set[str] = set()
        self._undone: list[Record] = []
        self._lock = Lock()

    def want(self, record: Record) -> None:
        """Carry out the decision of ``record`` as soon as possible; it replaces an older wish for the service."""
        with self._lock:
            self._wishes[record.service] = record
            if record.service in self._busy:
                return
            self._busy.add(record.service)
        self._executor.submit(self._work, record.service)

    def outcomes(self) -> tuple[list[Record], frozenset[str]]:
        """Those whose decision was not set, or not as decided, since the last call; and who is being changed now."""
        with self._lock:
            undone, self._undone = self._undone, []
            return undone, frozenset(self._busy)

    def _work(self, service: str) -> None:
        wanted_since = self._clock.monotonic()
        while (record := self._next_wish(service)) is not None:
            try:
                if self._fulfil(record, wanted_since):
                    wanted_since = self._clock.monotonic()
            except Exception:  # nobody waits for the executor's result: it would vanish
                logger.exception("%s: a change failed", service)
                self._note_undone(record)

    def _next_wish(self, service: str) -> Record | None:
        """The newest wish; when there is none, the service is not busy any more from that very moment on."""
        with self._lock:
            record = self._wishes.pop(service, None)
            if record is None:
                self._busy.discard(service)
            return record

    def _fulfil(self, record: Record, wanted_since: float) -> bool:
        """Whether the wish came to an end, good or bad; False when a newer one took its place."""
        change = self._try_for_some_time(record, wanted_since)
        if change is None:
            return False
        if change.desired != record.decision.desired:
            self._note_undone(record)
        self._sink.changed(record, change)
        return True

    def _try_for_some_time(self, record: Record, wanted_since: float) -> Change | None:
        """What became of the wish; None when a newer one took its place between two attempts.

        A load that grows makes a new wish each second: for how long it was tried counts from the first of them.
        """
        began = self._clock.monotonic()
        failures = 0
        while True:
            try:
                return self._change(record, tried_seconds=self._clock.monotonic() - wanted_since)
            except ActionError as error:
                refused = Change(desired=None, note=str(error))
            failures += 1
            given_up = self._clock.monotonic() - began >= GIVE_UP_SECONDS
            if not _is_raise(record) or given_up or self._wait(failures):
                return refused
            with self._lock:
                if record.service in self._wishes:
                    return None

    def _note_undone(self, record: Record) -> None:
        with self._lock:
            self._undone.append(record)

    def _wait(self, failures: int) -> bool:
        """Wait before a retry; True when it is time to stop instead."""
        return self._stop.wait(self._retry_seconds(failures))

    def _change(self, record: Record, *, tried_seconds: float) -> Change:
        desired, view = record.decision.desired, record.view
        if desired is None or view is None:
            return Change(desired=None, note="there is nothing to change")
        return self._services.set_desired(record.service, desired, seen=view.reading, tried_seconds=tried_seconds)


def _is_raise(record: Record) -> bool:
    desired, view = record.decision.desired, record.view
    return desired is not None and view is not None and desired > view.reading.desired

"""Log groups and streams that keep the newest events only, in the order of their timestamps.

moto keeps every event for ever and sorts all of them for each query.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from moto.logs.exceptions import ResourceAlreadyExistsException
from moto.logs.models import LogEvent, LogGroup, LogStream
from moto.logs.utils import EventMessageFilter

from fastscale.localcloud.server.shapes import Shape

#: Events kept for each stream; a task writes one stream.
EVENTS_KEPT = 2000

#: Where a page ended: timestamp in milliseconds and event id.
Position = tuple[int, int]

# moto numbers events by a counter of the class, without a lock.
_numbering = threading.Lock()


def position(event: LogEvent) -> Position:
    """Where an event stands among all events."""
    return event.timestamp, event.event_id


class BoundedLogStream(LogStream):
    """A stream of the newest events, oldest first."""

    def put_log_events(self, log_events: list[Shape]) -> str:
        """Add events and forget the oldest beyond the bound."""
        with _numbering:
            token = super().put_log_events(log_events)
            self.events.sort(key=position)  # almost sorted already, which costs next to nothing
            del self.events[:-EVENTS_KEPT]
            # moto remembers every instance for its dashboard, which nobody looks at here.
            LogEvent.instances_tracked.clear()  # type: ignore[attr-defined]  # set by its metaclass
        return token

    def since(self, start: int | None, end: int | None) -> list[LogEvent]:
        """The events from ``start`` to ``end``, both included, in milliseconds; None leaves a side open."""
        events = list(self.events)
        first = 0 if start is None else bisect_left(events, (start, -1), key=position)
        last = len(events) if end is None else bisect_left(events, (end + 1, -1), key=position)
        return events[first:last]


class BoundedLogGroup(LogGroup):
    """A group of such streams."""

    def create_log_stream(self, log_stream_name: str) -> None:
        """Create a stream; raises ResourceAlreadyExistsException."""
        if log_stream_name in self.streams:
            raise ResourceAlreadyExistsException
        self.streams[log_stream_name] = BoundedLogStream(self, log_stream_name)

    def find(
        self,
        *,
        names: Iterable[str],
        prefix: str,
        start: int | None,
        end: int | None,
        pattern: str | None,
        after: Position | None,
        limit: int,
    ) -> list[Shape]:
        """The first ``limit`` matching events behind ``after``, oldest first over all streams, as FilteredLogEvents."""
        wanted = set(names)
        streams = [
            cast(BoundedLogStream, stream)
            for name, stream in list(self.streams.items())
            if (not wanted or name in wanted) and name.startswith(prefix)
        ]
        merged = heapq.merge(*(_labelled(stream, start, end) for stream in streams), key=lambda pair: position(pair[0]))
        matches = EventMessageFilter(pattern or "").matches
        found = (
            event.to_filter_dict() | {"logStreamName": name}
            for event, name in merged
            if (after is None or position(event) > after) and matches(event.message)
        )
        return list(islice(found, limit))


def _labelled(stream: BoundedLogStream, start: int | None, end: int | None) -> Iterator[tuple[LogEvent, str]]:
    return ((event, stream.log_stream_name) for event in stream.since(start, end))


def position_of(shape: dict[str, Any]) -> Position:
    """Where a FilteredLogEvent stands."""
    return int(shape["timestamp"]), int(shape["eventId"])

"""The request path of the meter: a request costs two appends to a list, everything else happens later.

``list.append`` is atomic, so threads and event loops need no lock, and the order of the entries is the order of the
events: replaying them gives the exact number of requests in progress and its peak.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import accumulate, repeat
from math import copysign, inf
from typing import TypeVar

from fastscale.meter.interval import Interval
from fastscale.meter.live import Counts
from fastscale.meter.queue_time import waits

# Entries of the event log. The sign is the direction: arrivals are negative, departures are not.
#: A request came in.
ARRIVED = -1.0
#: A request went away without a response time: a client that disconnected, a websocket that closed.
LEFT = inf
#: Any other entry is a response, as its duration in seconds.

# Outcomes other than success.
CLIENT_ERROR = 4
SERVER_ERROR = 5
DISCONNECT = 0

Entry = TypeVar("Entry")

#: Entries handled at a time: about 1 ms, so that a busy server does not wait for the interpreter lock.
_CHUNK = 4096


@dataclass(slots=True)
class _Looked:
    """How many entries were counted before they are folded, and how many of them are arrivals."""

    entries: int = 0
    arrived: int = 0


class Recorder:
    """Collects the events of one process. Appending is the request path; :meth:`fold` belongs to another thread.

    ``events`` holds the entries described above, ``outcomes`` one entry per request that failed, and ``queued`` the
    moment (monotonic) and the header of each request that says when it left the load balancer.
    """

    def __init__(self) -> None:
        self.events: list[float] = []
        self.outcomes: list[int] = []
        self.queued: list[tuple[float, bytes]] = []
        self._active = 0
        self._arrived = 0
        self._looked_at = _Looked()
        self._folding = threading.Lock()

    def reset(self) -> None:
        """Forget everything: after a fork it belongs to the parent. The lists stay the same objects."""
        self._folding = threading.Lock()
        self._active = self._arrived = 0
        self._looked_at = _Looked()
        for entries in (self.events, self.outcomes, self.queued):
            entries.clear()

    def fold(self, wall_minus_monotonic: float) -> Interval:
        """Take all entries so far and return them as counts; the caller sets the interval's end and length.

        ``wall_minus_monotonic`` (seconds) turns the monotonic arrival times into wall clock times, to which the load
        balancer's headers refer.
        """
        with self._folding:
            events = _take(self.events)
            interval = Interval(peak=self._active)
            for start in range(0, len(events), _CHUNK):
                self._replay(events[start : start + _CHUNK], interval)
            interval.active = self._active
            self._arrived += interval.arrived
            self._looked_at = _Looked()
            _count_outcomes(_take(self.outcomes), interval)
            queued = _take(self.queued)
            interval.queue.add(waits((at + wall_minus_monotonic, header) for at, header in queued))
            return interval

    def counts(self) -> Counts:
        """What was recorded so far, folded or not. Costs little, however often it is asked."""
        with self._folding:
            looked = self._looked_at
            new = self.events[looked.entries :]
            looked.entries += len(new)
            looked.arrived += new.count(ARRIVED)
            left = looked.entries - looked.arrived
            return Counts(self._arrived + looked.arrived, self._active + looked.arrived - left)

    def _replay(self, events: list[float], interval: Interval) -> None:
        """Departures count +1 and arrivals -1: where the running sum is lowest, most requests were in progress."""
        balance = list(accumulate(map(copysign, repeat(1.0), events)))
        interval.peak = max(interval.peak, self._active - int(min(balance)))
        self._active -= int(balance[-1])
        interval.arrived += events.count(ARRIVED)
        interval.responses.add([seconds for seconds in events if 0 <= seconds < LEFT])


def _count_outcomes(outcomes: list[int], interval: Interval) -> None:
    interval.client_errors = outcomes.count(CLIENT_ERROR)
    interval.server_errors = outcomes.count(SERVER_ERROR)
    interval.disconnects = outcomes.count(DISCONNECT)


def _take(entries: list[Entry]) -> list[Entry]:
    """Remove and return what is there now; what others append meanwhile stays."""
    taken = entries[:]
    del entries[: len(taken)]
    return taken

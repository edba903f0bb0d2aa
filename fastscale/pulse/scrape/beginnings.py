"""Whether two readings of one address tell of one process, and which addresses change their processes too often.

A counter that fell began anew with its task: what came meanwhile is not known, and the next two readings tell a rate
again. Where several worker processes with a counter each answer at one port, readings compare the counter of one with
that of another, now and then or always: half of the differences fall, the others would be a surge. One new process is
a restart; two within a minute are no rate to go by.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from fastscale.ports import Target
from fastscale.pulse.scrape.fetcher import Reading

#: An address with two new beginnings in so many seconds is not steady.
WATCHED_SECONDS = 60.0
#: Linux derives a process's start from the machine's, which it tells in whole seconds and may move by one when the
#: clock is adjusted: the same process then seems to have started a second earlier or later
#: (https://github.com/prometheus/client_golang/issues/289).
_BOOT_STEP_SECONDS = 1.0
_SAME_SECONDS = 1e-3


class Beginnings:
    """Of one service: when the processes that answered were last replaced. Moments are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._moments: dict[Target, tuple[float, ...]] = {}

    @property
    def recent(self) -> Collection[Target]:
        """Those with a new beginning in the last minute: connections to them are not kept, so that more is met soon."""
        return self._moments

    def add(self, target: Target, now: float) -> None:
        """Another process than before answered at ``target``."""
        self._moments[target] = (*self._moments.get(target, ())[-1:], now)

    def forget(self, known: Collection[Target], now: float) -> None:
        """What was long ago, and all that is not ``known``."""
        since = now - WATCHED_SECONDS
        self._moments = {one: at for one, at in self._moments.items() if at[-1] > since and one in known}

    def unsteady(self, now: float) -> set[Target]:
        """Those with two new beginnings within the last minute."""
        since = now - WATCHED_SECONDS
        return {one for one, moments in self._moments.items() if len(moments) > 1 and moments[0] > since}


def began_anew(earlier: Reading | None, before: Reading, after: Reading) -> bool:
    """Whether another counter answered ``after`` than ``before``, for certain.

    Workers that tell the sum of all, as those of fastscale's meter do, know a little less of each other than of
    themselves: a renewed connection to another of them may show less, though not by what comes between two readings.
    """
    if is_another(before, after):
        return True
    fell = before.samples.requests - after.samples.requests
    if after.renewed and not before.renewed and earlier is not None:
        return fell > max(0.0, before.samples.requests - earlier.samples.requests)
    return fell > 0


def is_another(before: Reading, after: Reading) -> bool:
    """Whether the two processes say that they started at different moments."""
    was, now = before.samples.started, after.samples.started
    if was is None or now is None or was == now:
        return False
    return abs(abs(now - was) - _BOOT_STEP_SECONDS) > _SAME_SECONDS


def may_be_another(earlier: Reading | None, before: Reading, after: Reading) -> bool:
    """Whether a connection that was renewed before ``after`` may have met another process, whose counter is higher.

    Then far more would seem to have come than between the two readings before. Processes that tell when they started,
    to less than a second, are known to be the same; workers that start together do so within one second.
    """
    started = after.samples.started
    if earlier is None or (started is not None and started == before.samples.started and started % 1):
        return False
    came, seconds = before.samples.requests - earlier.samples.requests, before.at - earlier.at
    if came < 0 or seconds <= 0:
        return False
    expected = came / seconds * (after.at - before.at)
    return after.samples.requests - before.samples.requests > 2 * expected + 6 * math.sqrt(expected) + 10

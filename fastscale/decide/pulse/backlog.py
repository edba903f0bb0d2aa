"""Requests that wait, now or by the time new tasks are ready: new tasks must carry the load and drain those as well.

A task that took more than it could carry has a queue, and works it off only with what the load leaves of it. With tasks
for just the load, and a tenth to spare, a queue of three seconds takes half a minute, in which every answer is late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from math import inf

#: By Little's law, load x answer time is in progress without a queue; up to this many times that is no queue either.
USUAL_TIMES = 2.0
#: … and neither is less than this many standard errors of the count: of few requests, twice as many come by chance.
CHANCE_SIGMAS = 5.0
#: A queue is to be gone so many seconds after new tasks are ready …
DRAIN_SECONDS = 3.0
#: … and is never longer than this many seconds of load: clients and queues give up then.
PATIENCE_SECONDS = 3.0
#: While requests wait no task leaves, nor for so many seconds after; nor, of those that are there to drain a queue, for
#: as many after new tasks are ready …
HOLD_SECONDS = 20.0
#: … or so many times as long, again and again up to an hour, when the queue was back soon after they left: tasks then
#: carry less than they are meant to.
LONGER_TIMES, LONGEST_HOLD_SECONDS = 3.0, 3600.0
#: Weights of a reading in the usual answer time: it falls quickly and rises slowly, for queues lengthen it.
FALLING_WEIGHT, RISING_WEIGHT = 0.2, 0.0005
#: An answer time above this, or this many times the known one if that is longer, raises the known one no further:
#: Little's law then says more about the queue than about the service.
LONGEST_RISE_SECONDS, LONGEST_RISE_TIMES = 2.0, 10.0


def answer_time(known: float | None, in_progress: float | None, rate: float) -> float | None:
    """Seconds that a request takes without a queue, after one more reading."""
    if in_progress is None or rate <= 0:
        return known
    seen = in_progress / rate
    if known is None:
        return seen
    seen = min(seen, max(LONGEST_RISE_SECONDS, LONGEST_RISE_TIMES * known))
    return known + (FALLING_WEIGHT if seen < known else RISING_WEIGHT) * (seen - known)


def waiting(answer_seconds: float | None, in_progress: float | None, rate: float) -> float:
    """Requests in progress beyond those that the load explains; 0 when chance alone may explain them."""
    if in_progress is None or answer_seconds is None:
        return 0.0
    beyond = in_progress - USUAL_TIMES * answer_seconds * rate
    return beyond if beyond > CHANCE_SIGMAS * math.sqrt(max(0.0, in_progress)) else 0.0


@dataclass(frozen=True, slots=True)
class Hold:
    """No task leaves before ``until``, and those that drain a queue stay until ``drained_at`` (epoch seconds).

    That is ``seconds`` after new tasks are ready.
    """

    until: float = -inf
    drained_at: float = -inf
    seconds: float = HOLD_SECONDS

    def waiting(self, now: float) -> Hold:
        """Requests wait, and the tasks that serve can work them off."""
        return replace(self, until=max(self.until, now + HOLD_SECONDS))

    def overloaded(self, now: float, ready_seconds: float, soon_seconds: float) -> Hold:
        """Tasks that are ready in ``ready_seconds`` are to drain a queue: again ``soon`` after the last that did?"""
        seconds = self.seconds
        if now >= self.drained_at:
            soon = now - self.drained_at < soon_seconds
            seconds = min(LONGER_TIMES * seconds, LONGEST_HOLD_SECONDS) if soon else HOLD_SECONDS
        drained_at = max(self.drained_at, now + ready_seconds + seconds)
        return Hold(max(self.until, drained_at), drained_at, seconds)


def draining(level: float, carried: float, queue: float, ahead_seconds: float) -> float:
    """Requests/s to carry beyond the load ``level``.

    ``queue`` requests wait now, and more will while the load is above what serving tasks carry, for ``ahead_seconds``.
    """
    expected = queue + max(0.0, level - carried) * ahead_seconds
    return min(expected, PATIENCE_SECONDS * level) / DRAIN_SECONDS

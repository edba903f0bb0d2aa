"""Requests that wait: what is in progress beyond what the load alone explains."""

from __future__ import annotations

#: By Little's law, load x answer time is in progress without a queue; up to this many times that is no queue either.
USUAL_TIMES = 2.0
#: A backlog is to be gone after this many seconds.
DRAIN_SECONDS = 10.0
#: Weights of a reading in the usual answer time: it falls quickly and rises slowly, for queues lengthen it.
FALLING_WEIGHT, RISING_WEIGHT = 0.2, 0.002
#: An answer time above this is taken for this: Little's law then says more about the queue than about the service.
LONGEST_ANSWER_SECONDS = 2.0


def answer_time(known: float | None, in_progress: float | None, rate: float) -> float | None:
    """Seconds that a request takes without a queue, after one more reading."""
    if in_progress is None or rate <= 0:
        return known
    seen = min(in_progress / rate, LONGEST_ANSWER_SECONDS)
    if known is None:
        return seen
    return known + (FALLING_WEIGHT if seen < known else RISING_WEIGHT) * (seen - known)


def draining_rate(known: float | None, in_progress: float | None, rate: float) -> float:
    """Requests/s to carry beyond the load so that the backlog drains; at most the load once more."""
    if in_progress is None or known is None:
        return 0.0
    waiting = in_progress - USUAL_TIMES * known * rate
    return min(max(0.0, waiting / DRAIN_SECONDS), rate)

"""How long a request waited between the load balancer and this process."""

from __future__ import annotations

from collections.abc import Iterable

#: Headers that say when a request left the proxy; the first is finer and wins.
REQUEST_START = b"x-request-start"
TRACE_ID = b"x-amzn-trace-id"

#: A wait longer than this (seconds) is a client's wrong clock or a trace handed on from elsewhere, not a queue.
LONGEST_WAIT_SECONDS = 600.0

#: An ALB's trace id holds whole seconds. Its moment lies anywhere in that second, so on average half a second later.
_TRACE_ID_MIDDLE_SECONDS = 0.5


def waits(queued: Iterable[tuple[float, bytes]]) -> list[float]:
    """Seconds between the time in each header and the arrival (epoch seconds) beside it.

    Headers that hold no time, or one too long ago, are left out; a clock that runs ahead gives 0.
    """
    found = []
    for arrived, header in queued:
        sent = sent_at(header)
        if sent is not None and arrived - sent <= LONGEST_WAIT_SECONDS:
            found.append(arrived - sent if arrived > sent else 0.0)
    return found


def sent_at(header: bytes) -> float | None:
    """The time in ``header``, in epoch seconds; None when it has none.

    ``X-Request-Start`` is ``t=`` (optional) and a time since 1970 in seconds, milliseconds, microseconds or
    nanoseconds, told apart by their size. ``X-Amzn-Trace-Id`` is ``Root=1-<hex seconds>-<id>``; an ALB that was handed
    a trace puts its own ``Self=1-<hex seconds>-<id>`` before it
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html).
    """
    trace = header.find(b"=1-")
    try:
        if trace >= 0:
            return int(header[trace + 3 : trace + 11], 16) + _TRACE_ID_MIDDLE_SECONDS
        value = float(header.strip().removeprefix(b"t="))
    except ValueError:
        return None
    for unit in (1.0, 1e3, 1e6, 1e9):
        if 1e9 <= value / unit < 1e10:  # 2001 to 2286 in this unit
            return value / unit
    return None

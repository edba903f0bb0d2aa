"""How long a request waited between the load balancer and this process."""

from __future__ import annotations

#: Headers that say when a request left the proxy; the first is finer and wins.
REQUEST_START = b"x-request-start"
TRACE_ID = b"x-amzn-trace-id"

#: A wait longer than this (seconds) is a client's wrong clock or a trace handed on from elsewhere, not a queue.
LONGEST_WAIT_SECONDS = 600.0

#: An ALB's trace id holds whole seconds. Its moment lies anywhere in that second, so on average half a second later.
_TRACE_ID_MIDDLE_SECONDS = 0.5


def queue_seconds(header: bytes, arrived: float) -> float | None:
    """Seconds between the time in ``header`` and ``arrived`` (epoch seconds); None when it says none.

    ``X-Request-Start`` is ``t=`` (optional) and a time since 1970 in seconds, milliseconds, microseconds or
    nanoseconds, told apart by their size. ``X-Amzn-Trace-Id`` is ``Root=1-<hex seconds>-<id>``; an ALB that was handed
    a trace puts its own ``Self=1-<hex seconds>-<id>`` before it
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html).
    A clock that runs ahead gives 0.
    """
    trace = header.find(b"=1-")
    sent = _request_start_time(header) if trace < 0 else _trace_id_time(header[trace + 3 : trace + 11])
    if sent is None or arrived - sent > LONGEST_WAIT_SECONDS:
        return None
    return arrived - sent if arrived > sent else 0.0


def _request_start_time(header: bytes) -> float | None:
    try:
        value = float(header.strip().removeprefix(b"t="))
    except ValueError:
        return None
    for unit in (1.0, 1e3, 1e6, 1e9):
        if 1e9 <= value / unit < 1e10:  # 2001 to 2286 in this unit
            return value / unit
    return None


def _trace_id_time(hexadecimal: bytes) -> float | None:
    try:
        return int(hexadecimal, 16) + _TRACE_ID_MIDDLE_SECONDS
    except ValueError:
        return None

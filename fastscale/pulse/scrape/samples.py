"""The few samples of a Prometheus text that say what a task's load is.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/. A whole parser would look at some hundred samples
to return four: the lines that are wanted are found by their names, and only they must be well formed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from fastscale.plan import PulseScrape
from fastscale.pulse.scrape.failure import Failure, ReadError

#: The summary of response times that fastscale's meter gives, in seconds.
RESPONSES_METRIC = "fastscale_response_seconds"
#: What the official clients tell of their process, in seconds since 1970.
STARTED_METRIC = "process_start_time_seconds"

#: A float counts singly up to here; a counter beyond it is no counter of requests.
_MOST = 2.0**53

_REST = re.compile(rb'(?:\{(?:[^"}\n]|"(?:[^"\\\n]|\\.)*")*\})?[ \t]+([^ \t\r\n]+)(?:[ \t]+-?\d+)?[ \t]*\r?\n')


@dataclass(frozen=True, slots=True)
class Samples:
    """Counters since the process ``started`` (seconds since 1970), and how many requests are ``in_progress``.

    None: the task does not say.
    """

    requests: float
    in_progress: float | None = None
    responses: float | None = None
    response_seconds: float | None = None
    started: float | None = None


def read_samples(text: bytes, scrape: PulseScrape) -> Samples:
    """What ``text`` says, samples of one name with different labels added up.

    Raises ReadError: ``missing`` without the counter of requests, ``malformed`` when a wanted line, or the end of the
    text, is not as it must be: the last line, too, ends with a line feed, so half a number is noticed.
    """
    if not text.endswith(b"\n"):
        raise ReadError(Failure.MALFORMED)
    text = b"\n" + text
    requests = _counter(text, scrape.requests_metric)
    if requests is None:
        raise ReadError(Failure.MISSING)
    active = _total(text, _line_start(scrape.active_metric)) if scrape.active_metric else None
    return Samples(
        requests,
        in_progress=None if active is None else max(0.0, active),
        responses=_counter(text, f"{RESPONSES_METRIC}_count"),
        response_seconds=_counter(text, f"{RESPONSES_METRIC}_sum"),
        started=_total(text, _line_start(STARTED_METRIC)),
    )


def _counter(text: bytes, name: str) -> float | None:
    total = _total(text, _line_start(name))
    if total is not None and total < 0:
        raise ReadError(Failure.MALFORMED)
    return total


@cache
def _line_start(name: str) -> bytes:
    return b"\n" + name.encode()


def _total(text: bytes, start: bytes) -> float | None:
    total: float | None = None
    at = text.find(start)
    while at >= 0:
        after = at + len(start)
        if text[after : after + 1] in (b" ", b"\t", b"{"):  # otherwise a longer name begins like this one
            total = (total or 0.0) + _value(_REST.match(text, after))
        at = text.find(start, after)
    return total


def _value(rest: re.Match[bytes] | None) -> float:
    if rest is None:
        raise ReadError(Failure.MALFORMED)
    try:
        value = float(rest[1])
    except ValueError:
        raise ReadError(Failure.MALFORMED) from None
    if math.isnan(value) or abs(value) > _MOST:
        raise ReadError(Failure.MALFORMED)
    return value

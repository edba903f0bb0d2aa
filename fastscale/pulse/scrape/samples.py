"""The few samples of a Prometheus text that say what a task's load is.

Formats: https://prometheus.io/docs/instrumenting/exposition_formats/ with what OpenMetrics and Prometheus 3 added to
it: exemplars, timestamps in seconds, names in quotes. A whole parser would look at some hundred samples to return four:
the lines that are wanted are found by their names, and only they must be well formed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fastscale.plan import PulseScrape
from fastscale.plan.selector import MetricSelector
from fastscale.pulse.scrape.failure import Failure, ReadError
from fastscale.pulse.scrape.labels import Choice, choice

#: The summary of response times that fastscale's meter gives, in seconds.
RESPONSES_METRIC = "fastscale_response_seconds"
#: What the official clients tell of their process, in seconds since 1970.
STARTED_METRIC = "process_start_time_seconds"

#: A float counts singly up to here; a counter beyond it is no counter of requests.
_MOST = 2.0**53

#: Nothing here is tried in a second way, so a text of any kind is read in one pass.
_LABELS = rb'(?:[^"}\n]++|"(?:[^"\\\n]++|\\.)*+")*+'
_VALUE = rb"([^ \t\r\n#_{]++)(?:[ \t]++[-+0-9.eE]++)?+(?:[ \t]++#[ \t]*+\{[^\r\n]*+)?+[ \t]*+\r?\n"
_REST = re.compile(rb"(?:[ \t]*+\{" + _LABELS + rb"\}[ \t]*+|[ \t]++)" + _VALUE)
_QUOTED_REST = re.compile(rb"[ \t]*+(?:," + _LABELS + rb")?+\}[ \t]*+" + _VALUE)
_KEPT = rb"(" + _LABELS + rb")"
_REST_LABELLED = re.compile(rb"(?:[ \t]*+\{" + _KEPT + rb"\}[ \t]*+|[ \t]++)" + _VALUE)
_QUOTED_REST_LABELLED = re.compile(rb"[ \t]*+(?:," + _KEPT + rb")?+\}[ \t]*+" + _VALUE)
_BARE_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_AFTER_NAME = b" \t{"


class Samples(NamedTuple):
    """Counters since the process ``started`` (seconds since 1970), and how many requests are ``in_progress``.

    None: the task does not say. A tuple, as all that is made once a task and round: a frozen dataclass takes longer.
    """

    requests: float
    in_progress: float | None = None
    responses: float | None = None
    response_seconds: float | None = None
    started: float | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How the lines of one name begin, and the ``choice`` among them by their labels (None: all).

    A name is looked for without quotes, in ``start``, if it can be ``bare``; where nothing has it so, as ``quoted``.
    """

    start: bytes
    bare: bool = True
    quotation: bytes = b""
    quoted: re.Pattern[bytes] | None = None
    choice: Choice | None = None


def read_samples(text: bytes, scrape: PulseScrape) -> Samples:
    """What ``text`` says, samples of one name with different labels added up.

    Raises ReadError: ``missing`` without the counter of requests, ``malformed`` when that is no number, or when a
    wanted line, or the end of the text, is not as it must be: the last line, too, ends with a line feed, so half a
    number is noticed. What else is no number, like the NaN of a gauge that could not be asked, is not known.
    """
    if not text.endswith(b"\n"):
        raise ReadError(Failure.MALFORMED)
    text = b"\n" + text
    requests = _total(text, _wanted(scrape.requests_metric))
    if requests is None:
        raise ReadError(Failure.MISSING)
    if not requests >= 0:
        raise ReadError(Failure.MALFORMED)
    active = _total(text, _wanted(scrape.active_metric)) if scrape.active_metric else None
    return Samples(
        requests,
        None if active is None or math.isnan(active) else max(0.0, active),
        _counter(_total(text, _RESPONSES)),
        _counter(_total(text, _RESPONSE_SECONDS)),
        _counter(_total(text, _STARTED)),
    )


def _counter(total: float | None) -> float | None:
    return total if total is not None and total >= 0 else None


@lru_cache(maxsize=1024)
def _wanted(selector: str) -> _Wanted:
    parsed = MetricSelector.parse(selector)
    name = parsed.metric
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()
    quotation = b'"%b"' % escaped
    quoted = re.compile(rb"\n\{[ \t]*+" + re.escape(quotation))
    chosen = choice(parsed.matchers) if parsed.matchers else None
    return _Wanted(b"\n" + name.encode(), _BARE_NAME.fullmatch(name) is not None, quotation, quoted, chosen)


_RESPONSES = _Wanted(f"\n{RESPONSES_METRIC}_count".encode())
_RESPONSE_SECONDS = _Wanted(f"\n{RESPONSES_METRIC}_sum".encode())
_STARTED = _Wanted(f"\n{STARTED_METRIC}".encode())


def _total(text: bytes, wanted: _Wanted) -> float | None:
    """The sum of all samples of one name; None without any, NaN when one is no number that can be used."""
    if wanted.choice is not None:
        return _total_chosen(text, wanted, wanted.choice)
    start, total = wanted.start, None
    at = text.find(start) if wanted.bare else -1
    while at >= 0:
        after = at + len(start)
        if text[after] in _AFTER_NAME:  # otherwise a longer name begins like this one
            total = (total or 0.0) + _value(_REST.match(text, after))
        at = text.find(start, after)
    if total is None and wanted.quoted is not None and wanted.quotation in text:
        for found in wanted.quoted.finditer(text):
            total = (total or 0.0) + _value(_QUOTED_REST.match(text, found.end()))
    return total


def _total_chosen(text: bytes, wanted: _Wanted, chosen: Choice) -> float | None:
    """The same of those that are ``chosen`` by their labels; 0 when there are others that were to be left out."""
    total: float | None = None
    for rest in _labelled(text, wanted):
        value = _value(rest, 2)
        counts = chosen((rest[1] if rest is not None else None) or b"")
        if counts is not None:
            total = (total or 0.0) + (value if counts else 0.0)
    return total


def _labelled(text: bytes, wanted: _Wanted) -> Iterator[re.Match[bytes] | None]:
    """Labels and value, as groups 1 and 2, in each line of the name; None when the line is not as it must be."""
    start, bare = wanted.start, False
    at = text.find(start) if wanted.bare else -1
    while at >= 0:
        after = at + len(start)
        if text[after] in _AFTER_NAME:
            bare = True
            yield _REST_LABELLED.match(text, after)
        at = text.find(start, after)
    if not bare and wanted.quoted is not None and wanted.quotation in text:
        for found in wanted.quoted.finditer(text):
            yield _QUOTED_REST_LABELLED.match(text, found.end())


def _value(rest: re.Match[bytes] | None, group: int = 1) -> float:
    if rest is None:
        raise ReadError(Failure.MALFORMED)
    try:
        value = float(rest[group])
    except ValueError:
        raise ReadError(Failure.MALFORMED) from None
    return value if -_MOST <= value <= _MOST else math.nan

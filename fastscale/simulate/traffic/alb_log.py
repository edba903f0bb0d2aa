"""ALB access logs, as the load balancer writes them to S3: gzip, many files, entries in any order.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html. A request counts at
its ``request_creation_time``, which is when it came; the first time in an entry is when the answer was sent, and serves
for entries too old to have the other. A second without an entry had no request: logs cannot show a gap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fastscale.errors import TraceError
from fastscale.simulate.traffic.lines import Line, read_lines
from fastscale.simulate.traffic.moments import parse_moment
from fastscale.simulate.traffic.trace import MAX_SECONDS, Trace

TYPES = ("http", "https", "h2", "grpcs", "ws", "wss")
#: Type, time of the answer, and after the quoted certificate and the rule priority the time of the request.
_ENTRY = re.compile(r'^(?:https?|h2|grpcs|wss?) (\d{4}-\S+Z) (?:.*" -?\d+ (\d{4}-\S+Z) ")?')


def is_alb_log(first: Line) -> bool:
    """Whether a first line is an entry of an ALB access log."""
    return _ENTRY.match(first.text) is not None


def read_alb_logs(paths: Iterable[Path], *, name: str) -> Trace:
    """Requests per second in all ``paths`` together. Raises TraceError naming file and line of a broken entry.

    Memory grows with the number of seconds that have requests, not with the size of the logs.
    """
    per_second: Counter[int] = Counter()
    seconds: dict[str, int] = {}
    for path in paths:
        for line in read_lines(path):
            per_second[_second(line, seconds)] += 1
            if len(per_second) > MAX_SECONDS:
                raise line.wrong(f"a trace has at most {MAX_SECONDS} seconds, read fewer files")
    if not per_second:
        raise TraceError(f"{name}: is empty: there is no traffic in it")
    first, last = min(per_second), max(per_second)
    if last - first >= MAX_SECONDS:
        raise TraceError(f"{name}: spans {last - first} seconds, more than {MAX_SECONDS}: read fewer files")
    rates = np.zeros(last - first + 1)
    rates[np.fromiter(per_second, dtype=np.int64) - first] = np.fromiter(per_second.values(), dtype=np.float64)
    return Trace(name=name, rates=rates, start=float(first))


def _second(line: Line, known: dict[str, int]) -> int:
    """The epoch second of an entry; ``known`` saves parsing the same second again."""
    entry = _ENTRY.match(line.text)
    if entry is None:
        raise line.wrong("is not an entry of an ALB access log")
    text = entry[2] or entry[1]
    second = known.get(text[:19])
    if second is None:
        try:
            second = int(parse_moment(f"{text[:19]}+00:00"))
        except ValueError:
            raise line.wrong("has no readable time") from None
        if len(known) > 10_000:
            known.clear()
        known[text[:19]] = second
    return second

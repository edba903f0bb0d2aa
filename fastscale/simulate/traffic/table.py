"""CSV files with a timestamp and a value a line, and the history that Locust writes (``--csv-full-history``).

A plain table has two columns, with or without a header. The value is the number of requests in the period that begins
at the timestamp; it is a rate (requests/s) when the header says so (``rps``, ``rate``, ``requests/s``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from fastscale.simulate.traffic.lines import Line, read_lines
from fastscale.simulate.traffic.moments import parse_moment
from fastscale.simulate.traffic.samples import Samples, trace_of
from fastscale.simulate.traffic.trace import Trace

RATE_HEADERS = frozenset({"rps", "rate", "requests/s", "requests_per_second", "req/s"})
#: https://docs.locust.io/en/stable/retrieving-stats.html; the row called Aggregated sums all endpoints.
LOCUST_TIME, LOCUST_NAME, LOCUST_RATE, LOCUST_TOTAL = "Timestamp", "Name", "Requests/s", "Aggregated"


def is_locust(header: Line) -> bool:
    """Whether a first line is the header of Locust's ``*_stats_history.csv``."""
    cells = _cells(header)
    return LOCUST_TIME in cells and LOCUST_RATE in cells and LOCUST_NAME in cells


def read_table(path: Path, *, seed: int, burstiness: float = 1.0) -> Trace:
    """The traffic in a table of (time, value). Raises TraceError naming file and line of what is wrong."""
    samples, are_rates = Samples(), False
    for index, line in enumerate(read_lines(path)):
        cells = _cells(line)
        if len(cells) != 2:
            raise line.wrong("is not 'timestamp,value'")
        if index == 0 and _is_header(cells):
            are_rates = cells[1].lower() in RATE_HEADERS
            continue
        _add(samples, line, cells[0], cells[1])
    return trace_of(samples, name=path.name, are_rates=are_rates, seed=seed, burstiness=burstiness)


def read_locust(path: Path) -> Trace:
    """The total rate in Locust's history, which is its average over the last ten seconds."""
    lines = read_lines(path)
    header = _cells(next(lines))
    time, name, rate = (header.index(column) for column in (LOCUST_TIME, LOCUST_NAME, LOCUST_RATE))
    samples = Samples()
    for line in lines:
        cells = _cells(line)
        if len(cells) != len(header):
            raise line.wrong(f"has {len(cells)} columns instead of {len(header)}")
        if cells[name] == LOCUST_TOTAL:
            _add(samples, line, cells[time], cells[rate])
    return trace_of(samples, name=path.name, are_rates=True, seed=0)


def _add(samples: Samples, line: Line, moment: str, value: str) -> None:
    try:
        samples.add(parse_moment(moment), float(value))
    except ValueError as error:
        raise line.wrong(str(error)) from None


def _cells(line: Line) -> list[str]:
    return [cell.strip() for cell in _first(csv.reader([line.text]))]


def _first(rows: Iterable[list[str]]) -> list[str]:
    return next(iter(rows), [])


def _is_header(cells: list[str]) -> bool:
    try:
        float(cells[1])
    except ValueError:
        return not cells[1][:1].isdigit()
    return False

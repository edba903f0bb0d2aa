"""Recognises a traffic file by its content and reads it."""

from __future__ import annotations

from pathlib import Path

from fastscale.errors import TraceError
from fastscale.simulate.traffic.alb_log import is_alb_log, read_alb_logs
from fastscale.simulate.traffic.cloudwatch import read_cloudwatch
from fastscale.simulate.traffic.lines import Line, read_lines
from fastscale.simulate.traffic.numbers import read_numbers
from fastscale.simulate.traffic.table import is_locust, read_locust, read_table
from fastscale.simulate.traffic.trace import Trace


def read_trace(path: Path, *, seed: int = 1, burstiness: float = 1.0) -> Trace:
    """The traffic in ``path``: a file in one of the known formats, or a folder of ALB access logs.

    ``seed`` and ``burstiness`` are for data of more than a second a sample (see :mod:`.spread`). Raises TraceError.
    """
    if path.is_dir():
        return read_alb_logs(_logs_in(path), name=path.name)
    first = _first_line(path)
    if first.text.startswith(("{", "[")):
        return read_cloudwatch(path, seed=seed, burstiness=burstiness)
    if is_alb_log(first):
        return read_alb_logs([path], name=path.name)
    if "," not in first.text:
        return read_numbers(path)
    if is_locust(first):
        return read_locust(path)
    return read_table(path, seed=seed, burstiness=burstiness)


def _first_line(path: Path) -> Line:
    for line in read_lines(path):
        return line
    raise TraceError(f"{path}: is empty: there is no traffic in it")


def _logs_in(folder: Path) -> list[Path]:
    """Log files at any depth, as `aws s3 sync` lays them out by date."""
    logs = sorted(path for path in folder.rglob("*") if path.name.endswith((".log", ".log.gz")))
    if not logs:
        raise TraceError(f"{folder}: holds no .log or .log.gz file")
    return logs

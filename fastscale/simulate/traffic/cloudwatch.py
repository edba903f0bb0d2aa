"""What ``aws cloudwatch get-metric-data`` and ``get-metric-statistics`` print, of a metric like RequestCount.

Values are the Sum of each period. GetMetricData's answers come newest first by default, GetMetricStatistics' in any
order; both are sorted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastscale.errors import TraceError
from fastscale.simulate.traffic.moments import parse_moment
from fastscale.simulate.traffic.samples import Samples, trace_of
from fastscale.simulate.traffic.trace import Trace


def read_cloudwatch(path: Path, *, seed: int, burstiness: float = 1.0) -> Trace:
    """The traffic in an export. Raises TraceError naming the entry that is wrong, or the line where JSON breaks off."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise TraceError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from None
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror}") from None
    samples = Samples()
    for where, moment, value in sorted(_rows(path, document), key=lambda row: row[1]):
        try:
            samples.add(moment, value)
        except ValueError as error:
            raise TraceError(f"{path}: {where}: {error}") from None
    return trace_of(samples, name=path.name, are_rates=False, seed=seed, burstiness=burstiness)


def _rows(path: Path, document: Any) -> Iterator[tuple[str, float, float]]:
    """(where, epoch seconds, value) of every sample."""
    if isinstance(document, dict) and isinstance(document.get("MetricDataResults"), list):
        result = _only_result(path, document["MetricDataResults"])
        for index, pair in enumerate(zip(result["Timestamps"], result["Values"], strict=False)):
            yield _row(path, f"{result.get('Id', 'result')}[{index}]", *pair)
    elif isinstance(document, dict) and isinstance(document.get("Datapoints"), list):
        for index, point in enumerate(document["Datapoints"]):
            yield _row(path, f"Datapoints[{index}]", point.get("Timestamp"), point.get("Sum"))
    else:
        raise TraceError(f"{path}: has neither MetricDataResults nor Datapoints: it is not a CloudWatch export")


def _only_result(path: Path, results: list[Any]) -> Any:
    with_data = [result for result in results if result.get("Timestamps")]
    if len(with_data) > 1:
        ids = ", ".join(str(result.get("Id")) for result in with_data)
        raise TraceError(f"{path}: holds {len(with_data)} metrics ({ids}): export one")
    if not with_data:
        raise TraceError(f"{path}: is empty: there is no traffic in it")
    return with_data[0]


def _row(path: Path, where: str, moment: Any, value: Any) -> tuple[str, float, float]:
    try:
        return where, parse_moment(str(moment)), float(value)
    except (TypeError, ValueError):
        raise TraceError(f"{path}: {where}: {moment!r}, {value!r} is not a time and a Sum") from None

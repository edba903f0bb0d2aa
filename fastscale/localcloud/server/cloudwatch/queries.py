"""GetMetricStatistics and GetMetricData, answered from the store.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html and
API_GetMetricData.html there.
Times are epoch seconds; ``now`` decides what is visible yet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError as PlanValidationError

from fastscale.aws import shapes as aws_shapes
from fastscale.decide.math import evaluate_queries
from fastscale.errors import ExpressionError
from fastscale.localcloud.server.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)
from fastscale.localcloud.server.cloudwatch.metric_data import dimensions_of
from fastscale.localcloud.server.cloudwatch.store import MetricKey, MetricStore, Stored
from fastscale.localcloud.server.plan_problems import problems
from fastscale.localcloud.server.shapes import Shape
from fastscale.plan import Metric, MetricQuery
from fastscale.series import Series, bucket, period_start, period_value

#: Datapoints in one answer of GetMetricStatistics.
MAX_DATAPOINTS = 1440
MAX_QUERIES = 500
_FINE_PERIODS = (1, 5, 10, 20, 30)
_ID = re.compile(r"\b[a-z]\w*\b")


def statistics(store: MetricStore, request: Shape, *, start: float, end: float, now: float) -> list[Shape]:
    """The Datapoints of GetMetricStatistics, oldest first.

    Raises InvalidParameterValue or InvalidParameterCombination with AWS's words.
    """
    simple, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
    if bool(simple) == bool(extended):
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    period = request["Period"]
    _check_period(period)
    _check_range(start, end)
    first = period_start(start, period)
    wanted = math.ceil((end - first) / period)
    if wanted > MAX_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {wanted} datapoints, which exceeds the limit of {MAX_DATAPOINTS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    key = MetricKey(request["Namespace"], request["MetricName"], dimensions_of(request.get("Dimensions", [])))
    found = store.points(key, start=first, end=first + wanted * period, unit=request.get("Unit"), now=now)
    periods: dict[int, list[Stored]] = {}
    for stored in found:
        periods.setdefault(math.floor((stored.timestamp - first) / period), []).append(stored)
    return [_datapoint(first + index * period, inside, simple, extended) for index, inside in sorted(periods.items())]


def metric_data(store: MetricStore, request: Shape, *, start: float, end: float, now: float) -> list[Shape]:
    """The MetricDataResults of GetMetricData; raises ValidationError with AWS's words."""
    _check_range(start, end)
    asked: list[Shape] = request["MetricDataQueries"]
    if len(asked) > MAX_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}.")
    queries = _read_queries(asked)
    series: dict[int, dict[str, Series]] = {}
    for query in queries:
        if query.metric is not None and query.period is not None:
            found = _series(store, query.metric, query.period, start=start, end=end, now=now)
            series.setdefault(query.period, {})[query.id] = found
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query, shape in zip(queries, asked, strict=True):
        if not query.return_data:
            continue
        period = query.period or _common_period(query, queries, series)
        for line in _lines(query, queries, series.get(period, {}), period):
            results.append(_result(shape, query, line, period_start(start, period), period, newest_first=newest_first))
    return results


def _read_queries(asked: Sequence[Shape]) -> list[MetricQuery]:
    ids = [shape["Id"] for shape in asked]
    if len(set(ids)) != len(ids):
        raise ValidationError("The values for parameter Id in MetricDataQueries must be unique.")
    for number, shape in enumerate(asked, 1):
        if ("MetricStat" in shape) == ("Expression" in shape):
            raise ValidationError(f"The parameter MetricDataQueries.member.{number}.MetricStat is required.")
        if "MetricStat" in shape:
            _check_period(shape["MetricStat"]["Period"])
    try:
        return [aws_shapes.metric_query(shape) for shape in asked]
    except PlanValidationError as error:
        raise ValidationError(problems(error)) from error


def _series(
    store: MetricStore, metric: Metric, period: int, *, start: float, end: float, now: float
) -> list[float | None]:
    first = period_start(start, period)
    last = first + math.ceil((end - first) / period) * period
    key = MetricKey(metric.namespace, metric.name, tuple(sorted(metric.dimensions)))
    found = store.points(key, start=first, end=last, unit=metric.unit, now=now)
    try:
        points = (stored.point for stored in found)
        return bucket(points, start=start, end=end, period=period, statistic=metric.statistic)
    except ExpressionError as error:
        raise ValidationError(str(error)) from error


def _lines(
    query: MetricQuery, queries: Sequence[MetricQuery], metrics: Mapping[str, Series], period: int
) -> Sequence[Series]:
    """The series that a query returns: one of a metric, one or more of an expression."""
    if query.metric is not None:
        return [metrics[query.id]]
    same_period = [other for other in queries if other.metric is None or other.id in metrics]
    try:
        return evaluate_queries(same_period, metrics, period)[query.id]
    except ExpressionError as error:
        raise ValidationError(f"Error in expression '{query.id}': {error}") from error


def _common_period(
    query: MetricQuery, queries: Sequence[MetricQuery], series: Mapping[int, Mapping[str, Series]]
) -> int:
    """The one period that the metrics have which an expression uses; all metrics when it names none."""
    used = _used(query.id, {other.id: other.expression for other in queries})
    periods = [period for period, metrics in series.items() if used & metrics.keys()] or list(series)
    if len(periods) != 1:
        found = ", ".join(str(period) for period in sorted(periods)) or "none"
        raise ValidationError(f"Error in expression '{query.id}': its metrics need one common period, not {found}")
    return periods[0]


def _used(query_id: str, expressions: Mapping[str, str | None]) -> set[str]:
    """The ids that an expression mentions, directly or through other expressions."""
    found: set[str] = set()
    waiting = [query_id]
    while waiting:
        mentioned = _ID.findall(expressions[waiting.pop()] or "")
        new = {name for name in mentioned if name in expressions} - found
        found |= new
        waiting += new
    return found


def _result(shape: Shape, query: MetricQuery, line: Series, first: float, period: int, *, newest_first: bool) -> Shape:
    points = [(first + index * period, value) for index, value in enumerate(line) if value is not None]
    if newest_first:
        points.reverse()
    name = query.metric.name if query.metric else query.id
    return {
        "Id": query.id,
        "Label": shape.get("Label") or name,
        "Timestamps": [timestamp for timestamp, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _datapoint(timestamp: float, inside: Sequence[Stored], simple: list[str], extended: list[str]) -> Shape:
    points = [stored.point for stored in inside]
    try:
        datapoint: Shape = {name: period_value(points, name) for name in simple}
        if extended:
            values = {name: period_value(points, name) for name in extended}
            datapoint["ExtendedStatistics"] = {name: value for name, value in values.items() if value is not None}
    except ExpressionError as error:
        raise InvalidParameterValue(str(error)) from error
    return {"Timestamp": timestamp, "Unit": inside[0].unit, **datapoint}


def _check_period(period: int) -> None:
    if period not in _FINE_PERIODS and (period <= 0 or period % 60):
        raise InvalidParameterValue(
            f"The value {period} for parameter Period is invalid: it must be 1, 5, 10, 20, 30, or a multiple of 60."
        )


def _check_range(start: float, end: float) -> None:
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")

"""Datapoints of alarms, asked of GetMetricData."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fastscale.plan import Alarm, Metric, MetricQuery

#: Metric queries in one GetMetricData call (CloudWatch API reference).
MAX_QUERIES = 500

#: (start, end) in seconds since 1970.
Window = tuple[float, float]
Datapoints = list[float | None]


def fetch(cloudwatch: Any, alarms: Sequence[Alarm], window: Window) -> dict[str, Datapoints]:
    """The datapoints of each alarm by its name, over ``window``, oldest first; None where there is none.

    Alarms on a single metric share calls; an alarm on metric math has query ids of its own and so a call of its own.
    """
    single = [alarm for alarm in alarms if alarm.metric is not None]
    found: dict[str, Datapoints] = {}
    for first in range(0, len(single), MAX_QUERIES):
        found |= _fetch_single(cloudwatch, single[first : first + MAX_QUERIES], window)
    for alarm in alarms:
        if alarm.metric is None:
            queries = [_query(query, alarm.period) for query in alarm.queries]
            returned = next(query.id for query in alarm.queries if query.return_data)
            found[alarm.name] = _by_slot(alarm, _results(cloudwatch, queries, window)[returned], window)
    return found


def _fetch_single(cloudwatch: Any, alarms: Sequence[Alarm], window: Window) -> dict[str, Datapoints]:
    queries = [
        _query(MetricQuery(id=f"alarm{index}", metric=alarm.metric), alarm.period) for index, alarm in enumerate(alarms)
    ]
    results = _results(cloudwatch, queries, window)
    return {alarm.name: _by_slot(alarm, results[f"alarm{index}"], window) for index, alarm in enumerate(alarms)}


def _results(cloudwatch: Any, queries: list[dict[str, Any]], window: Window) -> dict[str, dict[float, float]]:
    """Values by timestamp for each query id, over all pages."""
    results: dict[str, dict[float, float]] = {query["Id"]: {} for query in queries}
    arguments: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": window[0], "EndTime": window[1]}
    while True:
        answer = cloudwatch.get_metric_data(**arguments)
        for result in answer["MetricDataResults"]:
            moments = (moment.timestamp() for moment in result["Timestamps"])
            results[result["Id"]].update(zip(moments, result["Values"], strict=True))
        if not answer.get("NextToken"):
            return results
        arguments["NextToken"] = answer["NextToken"]


def _query(query: MetricQuery, period: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"Id": query.id, "ReturnData": query.return_data}
    if query.metric is None:
        return shape | {"Expression": query.expression, "Period": query.period or period}
    return shape | {"MetricStat": _metric_stat(query.metric, query.period or period)}


def _metric_stat(metric: Metric, period: int) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        },
        "Period": period,
        "Stat": metric.statistic,
    }
    return shape | ({"Unit": metric.unit} if metric.unit else {})


def _by_slot(alarm: Alarm, values: dict[float, float], window: Window) -> Datapoints:
    start, end = window
    return [values.get(start + offset) for offset in _offsets(end - start, alarm.period)]


def _offsets(length: float, period: int) -> Iterable[int]:
    return range(0, int(length), period)

"""AWS/ApplicationELB metrics from what Traefik counted.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from fastscale import names
from fastscale.localcloud.balancer.groups import TargetGroup
from fastscale.localcloud.balancer.proxy import BUCKETS, SERVICE

PERIOD_SECONDS = 60
#: Traefik's counters are read this often, so that little is lost when it dies.
SCRAPE_SECONDS = 10.0

#: Codes that a load balancer gives when a target does not answer. Traefik does not tell whether it or the target made
#: such a response; targets rarely do [model].
GATEWAY_CODES = frozenset({"502", "504"})

_SAMPLE = re.compile(
    r"^traefik_(service|entrypoint)_(requests_total|request_duration_seconds_(?:bucket|sum))\{(.*)\} (\S+)$"
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')

#: (service or entrypoint, metric, HTTP code, upper bound of a bucket or 0) -> value.
Counts = dict[tuple[str, str, str, float], float]


def parse(text: str) -> Counts:
    """The counters that matter here, added up over methods and protocols."""
    counts: Counts = defaultdict(float)
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match is None:
            continue
        kind, metric, labels_text, value = match.groups()
        labels = dict(_LABEL.findall(labels_text))
        if labels.get("service") == f"{SERVICE}@file" or labels.get("entrypoint") == SERVICE:
            counts[kind, metric, labels["code"], float(labels.get("le", 0))] += float(value)
    return counts


def difference(before: Counts, after: Counts) -> Counts:
    """What was counted between two readings; a counter that went back started anew."""
    return {key: value - before.get(key, 0) if value >= before.get(key, 0) else value for key, value in after.items()}


@dataclass
class Minute:
    """What happened in one period, and how many targets were healthy and unhealthy when it was looked at."""

    counts: Counts = field(default_factory=dict)
    healthy: list[int] = field(default_factory=list)
    unhealthy: list[int] = field(default_factory=list)

    def add(self, counts: Counts, *, healthy: int, unhealthy: int) -> None:
        """Add one reading."""
        for key, value in counts.items():
            self.counts[key] = self.counts.get(key, 0) + value
        self.healthy.append(healthy)
        self.unhealthy.append(unhealthy)


class TrafficMeter:
    """Reads the proxy's counters every few seconds and closes a period every minute, aligned as CloudWatch's are."""

    def __init__(self) -> None:
        self._counts: Counts = {}
        self._minute = Minute()
        self._next_scrape_at = -math.inf
        self._period_end = -math.inf

    def read(
        self, scrape: Callable[[], str | None], group: TargetGroup, hosts: tuple[int, int], now: float
    ) -> list[dict[str, Any]]:
        """The data of the period that has just ended, mostly none. ``hosts`` are the healthy and unhealthy targets.

        While ``scrape`` gives nothing nothing is lost: what was counted is told in the next reading.
        """
        if now < min(self._next_scrape_at, self._period_end):
            return []
        text = scrape()
        counts = self._counts if text is None else parse(text)
        self._minute.add(difference(self._counts, counts), healthy=hosts[0], unhealthy=hosts[1])
        self._counts = counts
        self._next_scrape_at = now + SCRAPE_SECONDS
        return self._close(group, now) if now >= self._period_end else []

    def _close(self, group: TargetGroup, now: float) -> list[dict[str, Any]]:
        opening = self._period_end == -math.inf
        start = self._period_end - PERIOD_SECONDS
        self._period_end = math.floor(now / PERIOD_SECONDS + 1) * PERIOD_SECONDS
        minute, self._minute = self._minute, Minute()
        return [] if opening else metric_data(minute, group, start)


def metric_data(minute: Minute, group: TargetGroup, start: float) -> list[dict[str, Any]]:
    """The metric data of the period that began at ``start``. As on AWS, a count of zero is not reported."""
    requests = _by_code(minute.counts, "service")
    from_targets = {code: count for code, count in requests.items() if code not in GATEWAY_CODES}
    balancer = [_dimension(names.DIMENSION_LOAD_BALANCER, group.load_balancer_name)]
    target_group = [_dimension(names.DIMENSION_TARGET_GROUP, group.full_name)]
    both = balancer + target_group
    totals = {names.ALB_REQUEST_COUNT: sum(requests.values())}
    for digit in "2345":
        totals[f"HTTPCode_Target_{digit}XX_Count"] = sum(n for code, n in from_targets.items() if code[0] == digit)
    data = [
        _datum(name, dimensions, start, [count])
        for name, count in totals.items()
        for dimensions in (balancer, both)
        if count
    ]
    own_errors = sum(requests[code] for code in requests.keys() & GATEWAY_CODES) + _refused(minute.counts)
    if own_errors:
        data.append(_datum("HTTPCode_ELB_5XX_Count", balancer, start, [own_errors]))
    data += [
        _response_time(minute.counts, dimensions, start)
        for dimensions in (balancer, both)
        if any(from_targets.values())
    ]
    targets = sum(minute.healthy) / max(1, len(minute.healthy))
    if totals[names.ALB_REQUEST_COUNT] and targets:
        per_target = totals[names.ALB_REQUEST_COUNT] / targets
        data += [
            _datum("RequestCountPerTarget", dimensions, start, [per_target]) for dimensions in (target_group, both)
        ]
    if minute.healthy:
        data.append(_datum("HealthyHostCount", both, start, minute.healthy))
        data.append(_datum("UnHealthyHostCount", both, start, minute.unhealthy))
    return data


def response_times(counts: Counts) -> dict[float, float]:
    """Response times of targets, in seconds, and how many requests had each.

    Buckets are told by their middle, scaled so that the sum (and with it the average) is exactly what was measured.
    """
    cumulative = [_of_targets(counts, "request_duration_seconds_bucket", bound) for bound in (*BUCKETS, math.inf)]
    middles = [BUCKETS[0] / 2, *((low * high) ** 0.5 for low, high in pairwise(BUCKETS)), BUCKETS[-1]]
    in_bucket = [cumulative[0], *(after - before for before, after in pairwise(cumulative))]
    spread = {middle: count for middle, count in zip(middles, in_bucket, strict=True) if count > 0}
    measured = _of_targets(counts, "request_duration_seconds_sum", 0)
    estimated = sum(middle * count for middle, count in spread.items())
    scale = measured / estimated if estimated else 1.0
    return {middle * scale: count for middle, count in spread.items()}


def _of_targets(counts: Counts, metric: str, bound: float) -> float:
    return sum(
        value
        for (kind, name, code, upper), value in counts.items()
        if kind == "service" and name == metric and upper == bound and code not in GATEWAY_CODES
    )


def _by_code(counts: Counts, kind: str) -> dict[str, float]:
    return {
        code: value for (part, metric, code, _), value in counts.items() if part == kind and metric == "requests_total"
    }


def _refused(counts: Counts) -> float:
    """Requests that found no target: the entry point counted their 503, but no service did."""
    return max(0.0, _by_code(counts, "entrypoint").get("503", 0.0) - _by_code(counts, "service").get("503", 0.0))


def _response_time(counts: Counts, dimensions: list[dict[str, str]], start: float) -> dict[str, Any]:
    spread = response_times(counts)
    datum = _datum(names.ALB_RESPONSE_TIME, dimensions, start, list(spread), unit="Seconds")
    return datum | {"Counts": list(spread.values())}


def _dimension(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def _datum(
    name: str, dimensions: list[dict[str, str]], start: float, values: Iterable[float], *, unit: str = "Count"
) -> dict[str, Any]:
    numbers = [float(value) for value in values]
    return {
        "MetricName": name,
        "Dimensions": dimensions,
        "Timestamp": datetime.fromtimestamp(start, UTC),
        "Unit": unit,
        "Values": numbers,
        "Counts": [1.0] * len(numbers),
    }

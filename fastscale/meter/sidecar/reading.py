"""What one look at a service's counters tells, and what happened between two looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from fastscale.errors import FastscaleError
from fastscale.meter.distribution import Distribution
from fastscale.meter.interval import Interval


class SourceError(FastscaleError):
    """The service's counters cannot be read, or are not there; the line says which and where."""


@dataclass(frozen=True)
class Reading:
    """Counters since the service started, and ``active`` now. What a source does not know stays 0 or empty.

    ``buckets`` holds cumulative counts by upper bound in seconds, as a Prometheus histogram does.
    """

    requests: float
    active: float = 0
    client_errors: float = 0
    server_errors: float = 0
    responses: float = 0
    response_seconds: float = 0
    buckets: dict[float, float] = field(default_factory=dict)


def between(before: Reading, after: Reading, *, end: float, seconds: float) -> Interval:
    """What happened between two readings, as an interval that ended at ``end`` (epoch) and lasted ``seconds``."""
    restarted = after.requests < before.requests or after.responses < before.responses
    base = Reading(requests=0) if restarted else before
    return Interval(
        end=end,
        seconds=seconds,
        arrived=_grown(base.requests, after.requests),
        active=round(after.active),
        peak=round(max(before.active, after.active)),
        client_errors=_grown(base.client_errors, after.client_errors),
        server_errors=_grown(base.server_errors, after.server_errors),
        responses=_response_times(base, after),
    )


def _grown(before: float, after: float) -> int:
    return max(0, round(after - before))


def _response_times(before: Reading, after: Reading) -> Distribution:
    """Counts and total are exact; a bucket's requests stand in its middle, so quantiles are as fine as the buckets."""
    found = Distribution()
    bounds = sorted(after.buckets)
    cumulative = [after.buckets[bound] - before.buckets.get(bound, 0) for bound in bounds]
    for (lower, below), (upper, up_to) in pairwise(zip([0.0, *bounds], [0.0, *cumulative], strict=True)):
        middle = lower if math.isinf(upper) else (lower + upper) / 2
        found.add_repeated(middle, round(up_to - below))
    found.count = _grown(before.responses, after.responses)
    found.total_seconds = max(0.0, after.response_seconds - before.response_seconds)
    return found

"""What happened in each second of a simulation, and the latencies of all requests."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fastscale.load.latency import GROWTH, Histogram
from fastscale.load.records import Failure

Numbers = npt.NDArray[np.float64]


def seconds_of_zero(length: int) -> array[float]:
    """One 0 a second, eight bytes each."""
    return array("d", bytes(8 * length))


class Ledger:
    """Per-second columns, indexed by the second since the start. They have a tail for requests that end late.

    - ``offered``: requests that came, retries included
    - ``serving``: tasks that the load balancer sent requests to
    - ``busy``: tasks' worth of workers that were busy (1.5: one and a half tasks)
    - ``in_system``: requests in progress on average
    - ``answered``, ``response_seconds``: requests answered, and the sum of their latencies
    - ``failed``: requests that were given up
    - ``late``: requests answered, but over the SLO
    """

    def __init__(self, seconds: int, tail: int) -> None:
        self.seconds = seconds
        length = seconds + tail
        self.offered = seconds_of_zero(length)
        self.serving = seconds_of_zero(length)
        self.busy = seconds_of_zero(length)
        self.in_system = seconds_of_zero(length)
        self.answered = seconds_of_zero(length)
        self.response_seconds = seconds_of_zero(length)
        self.failed = seconds_of_zero(length)
        self.late = seconds_of_zero(length)
        self.failures: dict[Failure, float] = {}
        self.latencies = Latencies()

    def fail(self, second: int, requests: float, kind: Failure) -> None:
        """Count requests that failed for good."""
        self.failed[second] += requests
        self.failures[kind] = self.failures.get(kind, 0.0) + requests


@dataclass
class Latencies:
    """Weights of latencies in buckets of 2 %, the same as :class:`fastscale.load.latency.Histogram` has."""

    weights: dict[int, float] = field(default_factory=dict)
    longest_seconds: float = 0.0

    def add(self, seconds: Numbers, weights: Numbers) -> None:
        """Count latencies."""
        counted = weights > 0
        if not counted.any():
            return
        buckets = np.ceil(np.log(np.maximum(seconds[counted] * 1000, 0.01)) / math.log(GROWTH)).astype(np.int64)
        values, index = np.unique(buckets, return_inverse=True)
        for bucket, weight in zip(values.tolist(), np.bincount(index, weights[counted]).tolist(), strict=True):
            self.weights[bucket] = self.weights.get(bucket, 0.0) + weight
        self.longest_seconds = max(self.longest_seconds, float(seconds[counted].max()))

    def histogram(self) -> Histogram:
        """Whole requests; what rounding takes from a bucket is carried into the next."""
        whole, carried = {}, 0.0
        for bucket in sorted(self.weights):
            carried += self.weights[bucket]
            count = round(carried)
            carried -= count
            if count > 0:
                whole[bucket] = count
        return Histogram(buckets=whole, max_ms=self.longest_seconds * 1000 if whole else None)

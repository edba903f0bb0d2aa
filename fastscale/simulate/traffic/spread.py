"""From requests per period to requests per second.

Model: the requests of a period fall into its seconds independently of each other and all seconds alike, so each
period keeps its exact total and the seconds vary as Poisson counts do. Real traffic varies more than that;
``burstiness`` (the variance of a second's count over its mean, 1 for Poisson) makes the seconds of a period unequal by
gamma-distributed weights. Within a period there is no trend: a jump in per-minute data stays a jump at the minute.
"""

from __future__ import annotations

import numpy as np

from fastscale.simulate.traffic.trace import Rates, require_burstiness


def spread(counts: Rates, period_seconds: int, *, seed: int, burstiness: float = 1.0) -> Rates:
    """Requests in each second of periods that had ``counts`` requests. The same seed gives the same seconds."""
    require_burstiness(burstiness)
    if period_seconds == 1:
        return counts.astype(np.float64)
    rng = np.random.default_rng(seed)
    whole = np.rint(counts).astype(np.int64)
    weights = _weights(rng, counts / period_seconds, period_seconds, burstiness)
    return rng.multinomial(whole, weights).astype(np.float64).reshape(-1)


def _weights(rng: np.random.Generator, rates: Rates, period_seconds: int, burstiness: float) -> Rates:
    """Shares of a period's requests by second, one row a period; rows sum to 1.

    With gamma weights of shape k a second's variance is about rate + rate^2/k, so k = rate/(burstiness - 1).
    """
    if burstiness == 1:
        return np.full((1, period_seconds), 1 / period_seconds)
    shape = np.maximum(rates / (burstiness - 1), 1e-3)[:, None]
    drawn = rng.gamma(shape, size=(rates.size, period_seconds)) + 1e-12
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))

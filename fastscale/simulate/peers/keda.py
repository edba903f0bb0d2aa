"""KEDA with its Prometheus scaler on requests/s.

Source: https://keda.sh/docs/latest/scalers/prometheus/ and concepts/scaling-deployments/. KEDA hands the metric to an
HPA as an external metric of type AverageValue (pods = ceil(total / threshold)), so the HPA's 15 s sync, tolerance and
behaviour apply; KEDA itself asks for a value when the HPA does. Prometheus scrapes every 30 s, and the usual query is
``sum(rate(requests_total[1m]))``, which needs two scrapes and so looks back a minute from the last one. The threshold
is 70 % of the plan's load per task.
"""

from __future__ import annotations

import math

from fastscale.simulate.peers.hpa import Behaviour, HpaRules
from fastscale.simulate.peers.limits import Limits
from fastscale.simulate.peers.target_tracking import TARGET_SHARE
from fastscale.simulate.strategy import Peer, Situation, Upkeep, every
from fastscale.simulate.view import View

SCRAPE_SECONDS = 30
RATE_WINDOW_SECONDS = 60


class Keda:
    """KEDA, its HPA and Prometheus at work."""

    def __init__(self, situation: Situation) -> None:
        self._rules = HpaRules()
        self._threshold = TARGET_SHARE * situation.plan.requests_per_task
        self._limits = Limits.of(situation.plan, at_least=1)
        self._behaviour = Behaviour(self._rules, self._limits)

    @property
    def upkeep(self) -> Upkeep:
        """KEDA's operator and Prometheus: two tasks as large as the service's."""
        return Upkeep(controller_tasks=2)

    def initial_tasks(self, usual: int) -> int:
        """Within the limits."""
        return self._limits.clamp(usual)

    def next_wake(self, after: float) -> float | None:
        """With the HPA's sync."""
        return every(self._rules.sync_seconds, after)

    def decide(self, seen: View, now: float) -> int | None:
        """One sync on the rate as of the last scrape."""
        rate = seen.mean_rate(RATE_WINDOW_SECONDS, now // SCRAPE_SECONDS * SCRAPE_SECONDS)
        if rate is None:
            return None
        pods = seen.desired
        return self._behaviour.allow(self._recommend(rate, pods), pods=pods, now=now)

    def _recommend(self, rate: float, pods: int) -> int:
        ratio = rate / (self._threshold * pods)
        return pods if abs(ratio - 1) <= self._rules.tolerance else math.ceil(rate / self._threshold)


KEDA = Peer("keda", "KEDA on Prometheus, rate over a minute", Keda)

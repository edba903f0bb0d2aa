"""The Kubernetes HorizontalPodAutoscaler (autoscaling/v2) on CPU, with its default behaviour.

Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/. Every 15 s: ceil(pods x value /
target), nothing within a tolerance of 10 %. Up: no stabilisation, per 15 s at most +100 % or +4 pods, whichever is
more. Down: the highest recommendation of the last 300 s, at most -100 % per 15 s. Metrics come from the metrics server,
which scrapes every 15 s. The CPU target is the same as target tracking's.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from fastscale.simulate.peers.limits import Limits
from fastscale.simulate.peers.target_tracking import cpu_target
from fastscale.simulate.strategy import Peer, Situation, Upkeep, every
from fastscale.simulate.view import View


@dataclass(frozen=True, kw_only=True)
class HpaRules:
    """The controller's flags and the default ``behavior``."""

    sync_seconds: float = 15.0
    tolerance: float = 0.1
    up_percent: float = 100.0
    up_pods: int = 4
    down_stabilisation_seconds: float = 300.0


def recommend(rules: HpaRules, *, pods: int, value: float, target: float) -> int:
    """Pods that bring the metric's average to its target; the same number within the tolerance."""
    if abs(value - target) <= rules.tolerance * target:
        return pods
    return math.ceil(round(pods * value / target, 9))


def stabilise(rules: HpaRules, *, pods: int, recommended: int, recent: Iterable[int]) -> int:
    """What the behaviour lets through: ``recent`` are the recommendations within the stabilisation window."""
    if recommended > pods:
        return min(recommended, max(math.ceil(pods * (1 + rules.up_percent / 100)), pods + rules.up_pods))
    return min(pods, max([recommended, *recent]))


class Recommendations:
    """The recommendations of the stabilisation window."""

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._made: deque[tuple[float, int]] = deque()

    def add(self, recommended: int, now: float) -> list[int]:
        """Remember one, and give all that are not too old."""
        self._made.append((now, recommended))
        while self._made[0][0] < now - self._window_seconds:
            self._made.popleft()
        return [pods for _, pods in self._made]


class Behaviour:
    """What every HPA does with a recommendation, whatever metric it comes from."""

    def __init__(self, rules: HpaRules, limits: Limits) -> None:
        self._rules = rules
        self._limits = limits
        self._recent = Recommendations(rules.down_stabilisation_seconds)

    def allow(self, recommended: int, *, pods: int, now: float) -> int:
        """The number of pods to have from now on, when there are ``pods``."""
        within = self._limits.clamp(recommended)
        return stabilise(self._rules, pods=pods, recommended=within, recent=self._recent.add(within, now))


class Hpa:
    """The controller at work."""

    def __init__(self, situation: Situation) -> None:
        self._rules = HpaRules()
        self._target = cpu_target(situation.plan, situation.settings)
        self._limits = Limits.of(situation.plan, at_least=1)
        self._behaviour = Behaviour(self._rules, self._limits)

    @property
    def upkeep(self) -> Upkeep:
        """Part of the control plane."""
        return Upkeep()

    def initial_tasks(self, usual: int) -> int:
        """Within the limits."""
        return self._limits.clamp(usual)

    def next_wake(self, after: float) -> float | None:
        """Every 15 s."""
        return every(self._rules.sync_seconds, after)

    def decide(self, seen: View, now: float) -> int | None:
        """One sync, on the CPU of the last scrape."""
        value = seen.mean_cpu_percent(15, now)
        if value is None:
            return None
        recommended = recommend(self._rules, pods=seen.running, value=value, target=self._target)
        return self._behaviour.allow(recommended, pods=seen.desired, now=now)


HPA = Peer("hpa", "Kubernetes HPA on CPU, every 15 s", Hpa)

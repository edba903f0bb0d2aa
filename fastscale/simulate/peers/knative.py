"""Knative's autoscaler (KPA) on concurrency.

Source: knative/serving, pkg/autoscaler/scaling/autoscaler.go and config/core/configmaps/autoscaler.yaml (defaults), and
https://knative.dev/docs/serving/autoscaling/. Every 2 s: desired = ceil(concurrency / target) over a stable window of
60 s and a panic window of 6 s, both kept within floor(ready / 2) and ceil(1000 x ready). When the panic window asks for
twice the ready pods, the autoscaler panics: it takes the larger of both and never shrinks, until no panic was due for
a stable window. It starts in panic when there is more than one pod. The target is 70 % of the concurrency that a pod
can take.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastscale.simulate.peers.limits import Limits
from fastscale.simulate.strategy import Peer, Situation, Upkeep, every
from fastscale.simulate.view import View


@dataclass(frozen=True, kw_only=True)
class KnativeRules:
    """The autoscaler's ConfigMap; ``target`` is the concurrency per pod, after the target utilisation of 70 %."""

    target: float
    tick_seconds: float = 2.0
    stable_seconds: int = 60
    panic_seconds: int = 6
    panic_threshold: float = 2.0
    max_scale_up_rate: float = 1000.0
    max_scale_down_rate: float = 2.0


@dataclass(frozen=True)
class KnativeMemory:
    """When panic was last due (None: it does not panic), and the most pods it has asked for since it began."""

    panicked_at: float | None = None
    most_pods: int = 0


def decide(
    rules: KnativeRules, *, ready: int, stable: float, panic: float, memory: KnativeMemory, now: float
) -> tuple[int, KnativeMemory]:
    """Pods for the concurrencies of the two windows."""
    pods = max(1, ready)
    most, least = math.ceil(rules.max_scale_up_rate * pods), math.floor(pods / rules.max_scale_down_rate)
    wanted_stable, wanted_panic = math.ceil(stable / rules.target), math.ceil(panic / rules.target)
    stable_pods = min(max(wanted_stable, least), most)
    panic_pods = min(max(wanted_panic, least), most)
    panicked_at = memory.panicked_at
    if wanted_panic / pods >= rules.panic_threshold:
        panicked_at = now
    elif panicked_at is not None and panicked_at + rules.stable_seconds < now:
        return stable_pods, KnativeMemory()
    if panicked_at is None:
        return stable_pods, KnativeMemory()
    most_pods = max(memory.most_pods, stable_pods, panic_pods)
    return most_pods, KnativeMemory(panicked_at, most_pods)


class Knative:
    """The autoscaler at work."""

    def __init__(self, situation: Situation) -> None:
        plan = situation.plan
        concurrency = plan.requests_per_task * situation.settings.task.service_seconds
        self._rules = KnativeRules(target=0.7 * concurrency)
        self._limits = Limits.of(plan)
        self._memory: KnativeMemory | None = None

    @property
    def upkeep(self) -> Upkeep:
        """Autoscaler and activator: two pods as large as the service's."""
        return Upkeep(controller_tasks=2)

    def initial_tasks(self, usual: int) -> int:
        """Within the limits."""
        return self._limits.clamp(usual)

    def next_wake(self, after: float) -> float | None:
        """Every two seconds."""
        return every(self._rules.tick_seconds, after)

    def decide(self, seen: View, now: float) -> int | None:
        """One tick."""
        if self._memory is None:
            self._memory = KnativeMemory(now, seen.serving) if seen.serving > 1 else KnativeMemory()
        stable = seen.mean_concurrency(self._rules.stable_seconds, now)
        panic = seen.mean_concurrency(self._rules.panic_seconds, now)
        if stable is None or panic is None:
            return None
        pods, self._memory = decide(
            self._rules, ready=seen.serving, stable=stable, panic=panic, memory=self._memory, now=now
        )
        return self._limits.clamp(pods)


KNATIVE = Peer("knative", "Knative KPA: concurrency, 6 s panic window", Knative)

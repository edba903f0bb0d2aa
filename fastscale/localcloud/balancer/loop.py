"""ELB's part: checks targets, routes to the healthy ones, tells their health, counts requests.

Traffic flows through the proxy whether or not the API server answers: what was last known stays in force.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event

from fastscale import names
from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.balancer.checks import Checker
from fastscale.localcloud.balancer.groups import BalancerApi, TargetGroup
from fastscale.localcloud.balancer.health import State, TargetHealth, in_rotation
from fastscale.localcloud.balancer.proxy import Proxy
from fastscale.localcloud.balancer.traffic import TrafficMeter
from fastscale.localcloud.balancer.watched import WatchedTargets
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.put_metrics import MetricApi
from fastscale.localcloud.targets import Target

TICK_SECONDS = 0.1
#: How often the registered targets are read, and the settings of the target group.
TARGETS_SECONDS = 0.5
GROUP_SECONDS = 15.0
#: Health is told when it changed, and this often anyway.
REPORT_SECONDS = 5.0
#: After a restart of the API server targets are missing until their owner registers them again: this long, what is
#: known of them stays in force.
RESTART_GRACE_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the loop works with."""

    api: BalancerApi
    metrics: MetricApi
    proxy: Proxy
    checker: Checker
    traffic: TrafficMeter


class BalancerLoop:
    """One load balancer with one target group."""

    def __init__(self, parts: Parts, *, say: Say) -> None:
        self._parts = parts
        self._say = say
        self._targets = WatchedTargets()
        self._patience = Patience(say)
        self._group: TargetGroup | None = None
        self._boot: str | None = None
        self._next_look_at = -math.inf
        self._next_group_at = -math.inf
        self._keep_missing_until = -math.inf
        self._reported: Mapping[Target, TargetHealth] | None = None
        self._next_report_at = -math.inf

    def run(self, stop: Event) -> None:
        """Balance until ``stop`` is set. The proxy ends with its supervisor's other processes."""
        run_cycles(self.tick, stop, name="load balancer", period_seconds=TICK_SECONDS, say=self._say)
        self._parts.checker.close()

    def tick(self, now: float) -> None:
        """One cycle at ``now`` (epoch seconds)."""
        self._parts.proxy.keep_running(now)
        reachable = self._patience.attempt(self._look, now)
        self._check(now)
        self._parts.proxy.publish(in_rotation(self._targets.healths))
        if reachable and self._patience.attempt(self._tell, now):
            self._patience.worked(now)

    def _look(self, now: float) -> None:
        """Read the settings and the targets, and only then which run of the server they came from."""
        if now < self._next_look_at:
            return
        api = self._parts.api
        group, next_group_at = self._group, self._next_group_at
        if now >= next_group_at:
            group, next_group_at = api.group(), now + (GROUP_SECONDS if group else TARGETS_SECONDS)
        registrations = api.registrations(group.arn) if group else ()
        boot = api.boot()
        if not boot.ready:
            raise ApiUnavailableError("it restores its stacks")
        if self._boot not in (None, boot.id):
            self._boot, self._next_group_at, self._reported = boot.id, -math.inf, None
            self._keep_missing_until = now + RESTART_GRACE_SECONDS
            return
        self._boot, self._group, self._next_group_at = boot.id, group, next_group_at
        self._targets.update(registrations, keep_missing=now < self._keep_missing_until, now=now)
        self._next_look_at = now + TARGETS_SECONDS

    def _check(self, now: float) -> None:
        if self._group is None:
            return
        settings = self._group.health_check
        self._targets.start_checks(self._parts.checker.start, settings, now)
        for target, registered_at, result in self._parts.checker.finished():
            state = self._targets.take(target, registered_at, result, settings)
            if state is not None:
                why = f": {result.description}" if result.description else ""
                self._say(f"target {target.ip}:{target.port} is {state.value}{why}")

    def _tell(self, now: float) -> None:
        if self._group is None:
            return
        healths = self._targets.healths
        if healths != self._reported or now >= self._next_report_at:
            self._parts.api.report(self._group.arn, healths)
            self._reported = healths
            self._next_report_at = now + REPORT_SECONDS
        healthy, unhealthy = self._targets.count(State.HEALTHY), self._targets.count(State.UNHEALTHY)
        data = self._parts.traffic.read(self._parts.proxy.scrape, self._group, (healthy, unhealthy), now)
        if data:
            self._parts.metrics.put(names.NAMESPACE_ALB, data)

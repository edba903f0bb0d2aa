"""The targets that the load balancer knows, their health, and when each is checked next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from fastscale.localcloud.balancer.groups import Registration
from fastscale.localcloud.balancer.health import CheckResult, HealthSettings, State, TargetHealth, count, observe
from fastscale.localcloud.targets import Target

#: From the registration of a target to its first check: the load balancer's nodes have to learn of it [model].
REGISTRATION_SECONDS = 1.0

#: Starts a check of a target with this registration time.
StartCheck = Callable[[Target, float, HealthSettings], None]


@dataclass
class _Watched:
    registered_at: float
    next_check_at: float
    health: TargetHealth = field(default_factory=TargetHealth)


class WatchedTargets:
    """Registered targets by address. Times are epoch seconds."""

    def __init__(self) -> None:
        self._targets: dict[Target, _Watched] = {}

    @property
    def healths(self) -> Mapping[Target, TargetHealth]:
        """The health of every registered target."""
        return {target: watched.health for target, watched in self._targets.items()}

    def count(self, state: State) -> int:
        """How many targets are in ``state``."""
        return count((watched.health for watched in self._targets.values()), state)

    def update(self, registrations: Iterable[Registration], *, keep_missing: bool, now: float) -> None:
        """Take over who is registered. A target that drains or is gone gets no more checks and no traffic.

        ``keep_missing`` holds on to what is known, for the moment after a restart in which the API server has forgotten
        its targets: a target that is not listed stays, and one that is registered anew keeps its health.
        """
        listed = {entry.target: entry for entry in registrations}
        active = {target: entry.registered_at for target, entry in listed.items() if not entry.draining}
        for target in list(self._targets):
            if target not in active and (target in listed or not keep_missing):
                del self._targets[target]
        for target, registered_at in active.items():
            known = self._targets.get(target)
            if known is not None and (keep_missing or known.registered_at == registered_at):
                known.registered_at = registered_at
                continue
            self._targets[target] = _Watched(registered_at, max(now, registered_at + REGISTRATION_SECONDS))

    def start_checks(self, start: StartCheck, settings: HealthSettings, now: float) -> None:
        """Start the checks that are due; how long one takes does not move the next one."""
        for target, watched in self._targets.items():
            if now >= watched.next_check_at:
                start(target, watched.registered_at, settings)
                watched.next_check_at = max(watched.next_check_at + settings.interval_seconds, now)

    def take(self, target: Target, registered_at: float, result: CheckResult, settings: HealthSettings) -> State | None:
        """Take over the outcome of a check; the new state when it changed. Outdated outcomes are dropped."""
        watched = self._targets.get(target)
        if watched is None or watched.registered_at != registered_at:
            return None
        before = watched.health.state
        watched.health = observe(watched.health, result, settings)
        return watched.health.state if watched.health.state is not before else None

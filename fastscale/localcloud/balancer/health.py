"""The health of a target as a pure function of its checks.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html: one passing check
makes a new target healthy, the thresholds apply after that; when no target is healthy, the load balancer fails open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key")


class State(StrEnum):
    """States of a registered target."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class HealthSettings:
    """The target group's health check. Times in seconds, thresholds in checks in a row; ``codes`` as AWS's matcher."""

    path: str = "/"
    interval_seconds: float = 30.0
    timeout_seconds: float = 5.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    codes: str = "200"

    def accepts(self, status: int) -> bool:
        """Whether the matcher (``200``, ``200,202`` or ``200-299``) accepts an HTTP status."""
        for part in self.codes.split(","):
            low, _, high = part.strip().partition("-")
            if int(low) <= status <= int(high or low):
                return True
        return False


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check; ``reason`` and ``description`` are AWS's, None when it passed."""

    reason: str | None = None
    description: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the target answered as it should."""
        return self.reason is None


@dataclass(frozen=True)
class TargetHealth:
    """State of a registered target, with the checks in a row that speak for leaving it: passes or failures."""

    state: State = State.INITIAL
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    passes: int = 0
    failures: int = 0


def observe(health: TargetHealth, result: CheckResult, settings: HealthSettings) -> TargetHealth:
    """The health after one more check."""
    if result.passed:
        passes = health.passes + 1
        enough = health.state is not State.UNHEALTHY or passes >= settings.healthy_threshold
        if enough:
            return TargetHealth(State.HEALTHY, None, None)
        return replace(health, passes=passes)
    failures = health.failures + 1
    if health.state is State.UNHEALTHY or failures >= settings.unhealthy_threshold:
        return TargetHealth(State.UNHEALTHY, result.reason, result.description)
    if health.state is State.INITIAL:
        return TargetHealth(
            State.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress", failures=failures
        )
    return replace(health, failures=failures)


def in_rotation(targets: Mapping[Key, TargetHealth]) -> list[Key]:
    """The targets that get traffic: the healthy ones, or all unhealthy ones when none is healthy."""
    return _in_state(targets, State.HEALTHY) or _in_state(targets, State.UNHEALTHY)


def _in_state(targets: Mapping[Key, TargetHealth], state: State) -> list[Key]:
    return [key for key, health in targets.items() if health.state is state]


def count(healths: Iterable[TargetHealth], state: State) -> int:
    """How many targets are in ``state``."""
    return sum(health.state is state for health in healths)

"""The targets of one target group: who is registered, and what the load balancer last said about each.

Targets are keyed by (id, port), as on AWS. Time is an argument, in epoch seconds. States and reasons:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fastscale.localcloud.server.shapes import Shape

TargetKey = tuple[str, int]

_INITIAL = {
    "State": "initial",
    "Reason": "Elb.RegistrationInProgress",
    "Description": "Target registration is in progress",
}
_DRAINING = {
    "State": "draining",
    "Reason": "Target.DeregistrationInProgress",
    "Description": "Target deregistration is in progress",
}
_NOT_REGISTERED = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}
_NOT_IN_USE = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}


@dataclass
class Target:
    """One target; ``health`` is the last reported TargetHealth, None before the first report."""

    target_id: str
    port: int
    registered_at: float
    deregistered_at: float | None = None
    health: Shape | None = None

    def as_json(self) -> Shape:
        """The target as the private route lists it."""
        return {
            "id": self.target_id,
            "port": self.port,
            "registeredAt": self.registered_at,
            "deregisteredAt": self.deregistered_at,
        }


@dataclass
class TargetTable:
    """All targets of a target group, draining ones included."""

    _targets: dict[TargetKey, Target] = field(default_factory=dict)

    def register(self, keys: Iterable[TargetKey], *, now: float) -> None:
        """Add targets; one that drains starts anew, one that is registered stays as it is."""
        for key in keys:
            present = self._targets.get(key)
            if present is None or present.deregistered_at is not None:
                self._targets[key] = Target(*key, registered_at=now)

    def deregister(self, keys: Iterable[TargetKey], *, now: float) -> None:
        """Let targets drain; one that is not registered is ignored, as on AWS."""
        for key in keys:
            target = self._targets.get(key)
            if target is not None and target.deregistered_at is None:
                target.deregistered_at = now

    def report(self, healths: Iterable[dict[str, Any]]) -> None:
        """Take over the load balancer's view; a draining target that it calls ``unused`` is gone."""
        for reported in healths:
            key = (str(reported["id"]), int(reported["port"]))
            target = self._targets.get(key)
            if target is None:
                continue
            if target.deregistered_at is not None and reported["state"] == "unused":
                del self._targets[key]
                continue
            members = {"State": "state", "Reason": "reason", "Description": "description"}
            target.health = {name: reported[key] for name, key in members.items() if reported.get(key)}

    def expire(self, *, deregistration_delay_seconds: float, now: float) -> None:
        """Forget the targets whose deregistration delay is over."""
        for key, target in list(self._targets.items()):
            if target.deregistered_at is not None and now >= target.deregistered_at + deregistration_delay_seconds:
                del self._targets[key]

    def listed(self) -> list[Target]:
        """All targets in the order of their registration."""
        return list(self._targets.values())

    def health(self, key: TargetKey, *, in_use: bool) -> Shape:
        """The TargetHealth of one target; ``in_use`` says whether a load balancer uses the target group."""
        target = self._targets.get(key)
        if target is None:
            return dict(_NOT_REGISTERED)
        if target.deregistered_at is not None:
            return dict(_DRAINING)
        if not in_use:
            return dict(_NOT_IN_USE)
        return dict(target.health or _INITIAL)

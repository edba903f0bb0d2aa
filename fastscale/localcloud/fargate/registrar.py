"""Keeps the targets of the load balancer in line with the tasks that run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from fastscale.localcloud.fargate import events
from fastscale.localcloud.fargate.api import TargetApi
from fastscale.localcloud.targets import Target


@dataclass(frozen=True, order=True)
class Registration:
    """A target in a target group."""

    group_arn: str
    target: Target


class Registrar:
    """Remembers what it registered, so that a failed call is simply made again with what is missing then."""

    def __init__(self, *, service: str, targets: TargetApi) -> None:
        self._service = service
        self._targets = targets
        self._registered: set[Registration] = set()

    def forget(self) -> None:
        """The API server lost its targets: register everything again."""
        self._registered.clear()

    def sync(self, wanted: Collection[Registration]) -> list[str]:
        """Register and deregister what differs; returns the service events. Raises ApiUnavailableError."""
        messages: list[str] = []
        for group_arn, targets in _by_group(self._registered.difference(wanted)).items():
            self._targets.deregister(group_arn, targets)
            self._registered -= {Registration(group_arn, target) for target in targets}
            messages.append(events.draining(self._service, len(targets)))
            messages.append(events.deregistered(self._service, len(targets), group_arn))
        for group_arn, targets in _by_group(set(wanted) - self._registered).items():
            self._targets.register(group_arn, targets)
            self._registered |= {Registration(group_arn, target) for target in targets}
            messages.append(events.registered(self._service, len(targets), group_arn))
        return messages


def _by_group(registrations: Collection[Registration]) -> dict[str, list[Target]]:
    groups: dict[str, list[Target]] = defaultdict(list)
    for registration in sorted(registrations):
        groups[registration.group_arn].append(registration.target)
    return groups

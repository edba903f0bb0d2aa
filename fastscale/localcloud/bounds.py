"""Application Auto Scaling's keeper of limits: a desired count outside new limits follows them.

"It also initiates scaling activities when you modify the maximum or minimum size of the scalable target" (Application
Auto Scaling user guide, "Scaling activities"): when a target is registered or its limits change, and at no other time.
So a service that was created with one task has two as soon as its scalable target says that two are the least.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import Any

from fastscale.localcloud.activities import Activities
from fastscale.localcloud.backstage import api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.service import ScalableTarget, read_state, scalable_targets, set_desired_count

POLL_SECONDS = 1.0
#: AWS follows new limits about a second after they were set. A scheduled action sets limits and count itself, in less.
FOLLOW_SECONDS = 1.0


@dataclass(frozen=True)
class _Limits:
    """Limits in tasks, when they were first seen (epoch seconds), and whether the service has followed them."""

    minimum: int
    maximum: int
    since: float
    followed: bool = False


class BoundsLoop:
    """Brings desired counts within limits that have changed, with the activity that AWS shows for it."""

    def __init__(self, *, autoscaling: Any, ecs: Any, activities: Activities, say: Say) -> None:
        self._autoscaling = autoscaling
        self._ecs = ecs
        self._activities = activities
        self._say = say
        self._patience = Patience(say)
        self._known: dict[str, _Limits] = {}

    def run(self, stop: Event) -> None:
        """Follow changed limits until ``stop`` is set."""
        run_cycles(self.tick, stop, name="limits", period_seconds=POLL_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """Look at all scalable targets at ``now`` (seconds since 1970)."""
        if self._patience.attempt(self._look, now):
            self._patience.worked(now)

    @api_errors()
    def _look(self, now: float) -> None:
        targets = scalable_targets(self._autoscaling)
        self._known = {key: known for key, known in self._known.items() if key in targets}
        for key, target in targets.items():
            known = self._known.get(key)
            if known is None or (known.minimum, known.maximum) != (target.minimum, target.maximum):
                known = _Limits(target.minimum, target.maximum, since=now)
            if not known.followed and now - known.since >= FOLLOW_SECONDS:
                self._follow(target, now)
                known = _Limits(target.minimum, target.maximum, known.since, followed=True)
            self._known[key] = known

    def _follow(self, target: ScalableTarget, now: float) -> None:
        service = read_state(self._ecs, target)
        if service is None:
            return
        capacity = min(max(service.desired, target.minimum), target.maximum)
        if capacity == service.desired:
            return
        set_desired_count(self._ecs, target, capacity)
        cause = f"{'minimum' if capacity == target.minimum else 'maximum'} capacity was set to {capacity}"
        description = f"Setting desired count to {capacity}."
        self._activities.begin(target, capacity, description=description, cause=cause, now=now)
        self._say(f"desired count {service.desired} -> {capacity}: {cause}")

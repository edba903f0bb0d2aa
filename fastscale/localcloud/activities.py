"""Scaling activities: what Application Auto Scaling did, why, and whether ECS has fulfilled it.

API reference: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalingActivity.html
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from fastscale import names
from fastscale.decide.observation import ServiceState
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.service import ScalableTarget


@dataclass(frozen=True)
class Pending:
    """An activity that ECS has not fulfilled yet; ``shape`` is in AWS's form."""

    capacity: int
    shape: Mapping[str, object]


class Activities:
    """Writes activities, and marks them successful once the service runs as many tasks as they asked for.

    Safe to use from the two threads of Application Auto Scaling's part.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._pending: dict[str, list[Pending]] = {}
        self._lock = threading.RLock()

    def begin(self, target: ScalableTarget, capacity: int, *, description: str, cause: str, now: float) -> None:
        """The desired count was set to ``capacity`` tasks at ``now``; earlier unfulfilled activities are overtaken."""
        waiting = f"Successfully set desired count to {capacity}. Waiting for change to be fulfilled by ecs."
        shape = _shape(target, description, cause, now) | {"StatusCode": "InProgress", "StatusMessage": waiting}
        with self._lock:
            self._settle_all(target, now)
            self._backstage.post("/autoscaling/activities", shape)
            self._pending.setdefault(target.resource_id, []).append(Pending(capacity, shape))

    def done(self, target: ScalableTarget, description: str, cause: str, message: str, *, now: float) -> None:
        """Something that needed nobody else was done at ``now``."""
        shape = _shape(target, description, cause, now)
        done = {"StatusCode": "Successful", "StatusMessage": message, "EndTime": now}
        self._backstage.post("/autoscaling/activities", shape | done)

    def any_pending(self) -> bool:
        """Whether an activity of any target is not fulfilled yet."""
        return any(self._pending.values())

    def waiting_for(self, target: ScalableTarget) -> bool:
        """Whether an activity of ``target`` is not fulfilled yet."""
        return bool(self._pending.get(target.resource_id))

    def settle(self, target: ScalableTarget, service: ServiceState, now: float) -> None:
        """Mark the activities of ``target`` that the running count has reached."""
        with self._lock:
            for pending in list(self._pending.get(target.resource_id, ())):
                if service.running == pending.capacity:
                    self._finish(target, pending, "Successful", "Change successfully fulfilled by ecs.", now)

    def _settle_all(self, target: ScalableTarget, now: float) -> None:
        for pending in list(self._pending.get(target.resource_id, ())):
            self._finish(target, pending, "Overridden", "Change was overridden by a later one.", now)

    def _finish(self, target: ScalableTarget, pending: Pending, code: str, outcome: str, now: float) -> None:
        message = f"Successfully set desired count to {pending.capacity}. {outcome}"
        self._backstage.post(
            "/autoscaling/activities",
            {**pending.shape, "StatusCode": code, "StatusMessage": message, "EndTime": now},
        )
        self._pending[target.resource_id].remove(pending)


def _shape(target: ScalableTarget, description: str, cause: str, now: float) -> dict[str, object]:
    return {
        "ActivityId": str(uuid.uuid4()),
        "ServiceNamespace": names.SERVICE_NAMESPACE_ECS,
        "ResourceId": target.resource_id,
        "ScalableDimension": names.SCALABLE_DIMENSION,
        "Description": description,
        "Cause": cause,
        "StartTime": now,
    }

"""How the deployment that is under way goes, and when ECS's circuit breaker gives it up. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

#: Bounds of a threshold that is a percentage, by default 50 % of the desired count.
LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 200
DEFAULT_PERCENT = 50


@dataclass(frozen=True)
class CircuitBreaker:
    """The circuit breaker of a service that has switched it on.

    ``kind`` and ``value`` are those of its ThresholdConfiguration. ``resets``: a task that gets healthy takes the count
    of failures back to 0.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
    """

    resets: bool = True
    kind: str = "BOUNDED_PERCENT"
    value: int = DEFAULT_PERCENT

    def threshold(self, desired_count: int) -> int:
        """So many failed tasks are too many; a percentage is rounded up. 50 % of 2 tasks is 1, which 3 bounds."""
        if self.kind == "COUNT":
            return self.value
        share = math.ceil(self.value * desired_count / 100)
        return share if self.kind == "UNBOUNDED_PERCENT" else min(HIGHEST_THRESHOLD, max(LOWEST_THRESHOLD, share))


class Rollout:
    """One deployment. A task fails when it ends by itself or is found unhealthy before it ever served."""

    def __init__(self, deployment_id: str) -> None:
        self.deployment_id = deployment_id
        self._failed: set[str] = set()
        self._served: set[str] = set()
        self._counted = 0
        self.tripped = False

    @property
    def failed_tasks(self) -> int:
        """All tasks that failed."""
        return len(self._failed)

    def note(
        self,
        breaker: CircuitBreaker | None,
        desired_count: int,
        *,
        serving: Collection[str],
        failed: Collection[str],
    ) -> None:
        """Take note of tasks of the deployment by their ids; ``tripped`` is true once too many have failed."""
        new_failures = set(failed) - self._failed - self._served
        self._failed |= new_failures
        self._counted += len(new_failures)
        new_servers = set(serving) - self._served
        self._served |= new_servers
        if breaker is None:
            return
        if new_servers and breaker.resets:
            self._counted = 0
        self.tripped = self.tripped or (bool(new_failures) and self._counted >= breaker.threshold(desired_count))

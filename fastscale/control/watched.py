"""What the controller is told about one service."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.plan import PulsePolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """One service to watch; ``service`` is its resource id, ``service/<cluster>/<name>``.

    ``requests_per_task`` is what one task is meant to carry, in requests/s. ``startup_seconds`` is how long a task
    takes from launch to traffic as far as the plan knows: observed launches replace it.
    """

    service: str
    policy: PulsePolicy
    requests_per_task: float
    startup_seconds: float

"""The sentence that comes with a decision: what was seen, what it takes, and what is done."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastscale.decide.pulse.observation import PulseSeen


@dataclass(frozen=True, slots=True)
class Grounds:
    """Numbers behind a decision: ``load``, ``expected`` and ``carried`` in requests/s, ``spare`` and ``times`` factors.

    ``times`` is the load over that of the minute before, None when there was none.
    """

    load: float
    times: float | None
    expected: float
    carried: float
    spare: float


def raised(grounds: Grounds, seen: PulseSeen, before: int, desired: int) -> str:
    """Why tasks are added for the load."""
    grown = f", {grounds.times:.1f}x of the minute before" if grounds.times is not None else ""
    ahead = f", {grounds.expected:.0f}/s expected" if grounds.expected >= 1.05 * grounds.load else ""
    draining = desired - math.ceil(grounds.expected * grounds.spare / seen.requests_per_task)
    queue = f", {draining} of them to work off the queue" if draining > 0 else ""
    return (
        f"load {grounds.load:.0f}/s{grown}{ahead}, {_tasks(before)} carry {grounds.carried:.0f}/s: "
        f"{_tasks(desired)} (+{desired - before}) will be ready in {seen.startup_seconds:.0f} s{queue}"
    )


def lowered(most: float, spare: float, stable_seconds: float, before: int, desired: int) -> str:
    """Why tasks leave."""
    return (
        f"at most {most:.0f}/s in {stable_seconds:.0f} s, which {_tasks(desired)} carry with {100 * (spare - 1):.0f} % "
        f"to spare: {before - desired} of {before} leave"
    )


def enough(grounds: Grounds, before: int) -> str:
    """Why the count stays."""
    return f"load {grounds.load:.0f}/s, {_tasks(before)} carry {grounds.carried:.0f}/s"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"

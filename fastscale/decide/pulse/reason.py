"""The sentence that comes with a decision: what was seen, what it takes, and what is done."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Why tasks that could leave stay.
SET_BY_OTHERS = "were set by others and are kept"
WORK_OFF_QUEUES = "work off the requests that wait and stay"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """Numbers behind a decision: ``load``, ``expected`` and ``carried`` in requests/s, ``spare`` and ``times`` factors.

    ``times`` is the load over that of the minute before, None when there was none. ``serving`` tasks take traffic, and
    all new ones will be ready in ``ready_seconds``.
    """

    load: float
    times: float | None
    expected: float
    carried: float
    spare: float
    serving: int
    ready_seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """Tasks that the load does not need stay for ``seconds`` more; ``why`` goes on from their number."""

    seconds: float
    why: str


def raised(grounds: Grounds, requests_per_task: float, before: int, desired: int, wanted: int) -> str:
    """Why tasks are added for the load; ``wanted`` are needed, of which the maximum may allow only ``desired``."""
    grown = f", {grounds.times:.1f}x of the minute before" if grounds.times is not None else ""
    ahead = f", {grounds.expected:.0f}/s expected" if grounds.expected >= 1.05 * grounds.load else ""
    draining = desired - math.ceil(grounds.expected * grounds.spare / requests_per_task)
    queue = f", {draining} of them to work off the queue" if draining > 0 else ""
    cut = f"; {wanted} are needed, the maximum is {desired}" if wanted > desired else ""
    return (
        f"load {grounds.load:.0f}/s{grown}{ahead}, {_carried(grounds, before)}: "
        f"{_tasks(desired)} (+{desired - before}) will be ready in {grounds.ready_seconds:.0f} s{queue}{cut}"
    )


def at_maximum(grounds: Grounds, before: int, wanted: int) -> str:
    """Why nothing is added that the load needs."""
    return f"load {grounds.load:.0f}/s, {_carried(grounds, before)}: {wanted} are needed, but {before} is the maximum"


def lowered(most: float, spare: float, stable_seconds: float, before: int, desired: int) -> str:
    """Why tasks leave."""
    return (
        f"at most {most:.0f}/s came or were expected in {stable_seconds:.0f} s, which {_tasks(desired)} carry with "
        f"{100 * (spare - 1):.0f} % to spare: {before - desired} of {before} leave"
    )


def given_back(most: float, spare: float, stable_seconds: float, before: int, desired: int) -> str:
    """Why tasks come back that others took."""
    return (
        f"at most {most:.0f}/s came or were expected in {stable_seconds:.0f} s, which need {_tasks(desired)} with "
        f"{100 * (spare - 1):.0f} % to spare, others left {before}: {desired - before} come back"
    )


def above_maximum(before: int, desired: int) -> str:
    """Why tasks leave that the load may need."""
    return f"the maximum is {desired}: {before - desired} of {before} leave"


def kept(stay: Kept, desired: int) -> str:
    """Why tasks stay that nothing in the last stable window needed."""
    return f"{_tasks(desired)} {stay.why} for {stay.seconds:.0f} s more"


def enough(grounds: Grounds, before: int) -> str:
    """Why the count stays."""
    return f"load {grounds.load:.0f}/s, {_carried(grounds, before)}"


def _carried(grounds: Grounds, tasks: int) -> str:
    """What the tasks are meant to carry, which is less than they can, and whether all of them do so already."""
    serve = f" when all serve ({grounds.serving} do)" if grounds.serving < tasks else ""
    return f"{_tasks(tasks)} {'is' if tasks == 1 else 'are'} meant for {grounds.carried:.0f}/s{serve}"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"

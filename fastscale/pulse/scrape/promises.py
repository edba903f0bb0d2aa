"""Which tasks of a service leave publishing to Pulse, and whose turn it is to be told so again.

Each read makes a promise for some seconds. Where only a sample is read, the others are told in turn, by questions whose
answers tell nothing: otherwise most tasks of a large service would publish for themselves what Pulse publishes for all.
Of 10,000 tasks with a promise of 15 s, a second tells 960 and reads 400. To be promised more seconds would take fewer
questions, but so long would a task be silent after Pulse died.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from fastscale.ports import Target

#: A promise is made anew when this share of its time is over, so that some questions may fail before its end …
RENEWED_SHARE = 2 / 3
#: … and with so many times the questions that this takes, so that a start, or an outage, is soon made up for.
HASTE = 1.25


class Promises:
    """One service's. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._told: dict[Target, float] = {}

    def due(self, targets: Sequence[Target], read: Collection[Target], *, seconds: int, now: float) -> list[Target]:
        """Those of ``targets`` that are not ``read`` and must hear of a promise of ``seconds``, the last told last."""
        before = now - RENEWED_SHARE * seconds
        never = float("-inf")
        due = [one for one in targets if self._told.get(one, never) <= before and one not in read]
        return sorted(due, key=lambda one: self._told.get(one, never))

    def told(self, targets: Iterable[Target], *, now: float) -> None:
        """These have answered a question that promised."""
        self._told.update(dict.fromkeys(targets, now))

    def holding(self, targets: Sequence[Target], *, seconds: int, now: float) -> int:
        """How many of ``targets`` leave publishing to Pulse now; the others are forgotten."""
        since = now - seconds
        present = set(targets)
        self._told = {one: at for one, at in self._told.items() if at > since and one in present}
        return len(self._told)


def most_at_once(targets: int, *, seconds: int, passed: float) -> int:
    """Of so many ``targets``, those to tell in a round that comes ``passed`` seconds after the one before."""
    return math.ceil(HASTE * targets * passed / (RENEWED_SHARE * seconds))

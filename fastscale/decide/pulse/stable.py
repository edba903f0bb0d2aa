"""The most that was needed within the last stable window: tasks leave only when none of it needed them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

#: The window's parts: each remembers its maximum, so the window is at most this share longer than asked for.
PARTS = 10
#: Seconds, or intervals between readings if that is longer, without a reading after which the window begins anew: what
#: happened meanwhile is not known.
LONGEST_GAP_SECONDS, LONGEST_GAP_READINGS = 5.0, 3.0


@dataclass(frozen=True, slots=True)
class Stable:
    """``most`` demand (requests/s) in each part, with the moment at which the part began, oldest first.

    Readings came without a long gap from ``since`` to ``until`` (epoch seconds). ``highest`` is the largest of all.
    """

    parts: tuple[tuple[float, float], ...] = ()
    since: float = inf
    until: float = -inf
    highest: float = 0.0

    def add(self, demand: float, now: float, window_seconds: float, *, interval_seconds: float = 1.0) -> Stable:
        """With the demand of ``now``; what is older than ``window_seconds`` is forgotten, part by part.

        Readings are meant to come every ``interval_seconds``.
        """
        longest_gap = max(LONGEST_GAP_SECONDS, LONGEST_GAP_READINGS * interval_seconds)
        since = now if now - self.until > longest_gap else self.since
        begun = self.parts[-1][0] if self.parts else -inf
        if now - begun >= window_seconds / PARTS:
            kept = (part for part in self.parts if part[0] >= now - window_seconds - window_seconds / PARTS)
            parts = (*kept, (now, demand))
        elif demand <= self.parts[-1][1]:
            return Stable(self.parts, since, now, self.highest)
        else:
            parts = (*self.parts[:-1], (begun, demand))
        return Stable(parts, since, now, max(most for _, most in parts))

    def covers(self, window_seconds: float) -> bool:
        """Whether readings came for a whole window."""
        return self.until - self.since >= window_seconds

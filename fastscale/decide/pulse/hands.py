"""Who else sets the desired count, and what that means: people, alarms' policies, schedules.

- A count that was raised by others is kept for one stable window, then it is Pulse's to lower.
- A count that was lowered by others is accepted. For one stable window only the load or the minimum raises it again,
  no forecast; and the load does so only with evidence, as always. Then what was taken is given back as far as that
  window needed it: an alarm that takes a task each five minutes is not to use up what is held to spare.
- What Pulse set itself may take a moment to be seen; until then it counts as set. Once it was seen, the count from
  before is somebody's again: an alarm's policy that sets it back right after a surge is seen at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

#: How long a reading may still show the count from before an update, in seconds: readings of AWS are cached.
UNSEEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Hands:
    """``ours`` is the last desired count that was set or accepted, None before the first look.

    ``before`` is what it replaced at ``set_at``, None once the new count was seen. ``taken_from`` is the count from
    before others lowered it, 0 when nobody did. Times are epoch seconds.
    """

    ours: int | None = None
    before: int | None = None
    set_at: float = -inf
    raised_until: float = -inf
    lowered_until: float = -inf
    taken_from: int = 0

    def look(self, desired: int, now: float, stable_seconds: float) -> Hands:
        """Compare the desired count that AWS shows with ours."""
        if desired == self.ours:
            return self if self.before is None else replace(self, before=None)
        if desired == self.before and now - self.set_at < UNSEEN_SECONDS:
            return self
        if self.ours is None:
            return Hands(desired)
        until = now + stable_seconds
        if desired > self.ours:
            return Hands(
                desired, raised_until=until, lowered_until=self.lowered_until, taken_from=self._still_taken(desired)
            )
        taken_from = max(self.taken_from, self.ours)
        return Hands(desired, raised_until=self.raised_until, lowered_until=until, taken_from=taken_from)

    def given_back(self, now: float) -> int:
        """The count that may hold again although there is no evidence for more load; 0 when nothing was taken."""
        return self.taken_from if now >= self.lowered_until else 0

    def after_setting(self, desired: int, before: int, now: float) -> Hands:
        """Pulse sets the count itself."""
        taken_from = self._still_taken(desired) if self.ours is None or desired > self.ours else 0
        return Hands(desired, before, now, self.raised_until, self.lowered_until, taken_from)

    def _still_taken(self, desired: int) -> int:
        return self.taken_from if desired < self.taken_from else 0

"""The week in slots of five minutes of local time, and what one slot measured.

All UTC offsets in use are whole multiples of five minutes, so a slot of local time is also one of UTC: a slot is
counted from 1970 and only its place in the day and week depends on the time zone. When clocks go back an hour, two
slots share a place; when they go forward, some places are not visited that day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

SLOT_SECONDS = 300
SLOTS_PER_DAY = 86_400 // SLOT_SECONDS
SLOTS_PER_WEEK = 7 * SLOTS_PER_DAY

#: The peak of a slot is that of its minutes: single seconds are mostly chance.
MINUTE_SECONDS = 60
#: A minute measured for less than this is too short to be a peak, and a slot for less than that is no measurement.
LEAST_MINUTE_SECONDS = 20.0
LEAST_SLOT_SECONDS = 150.0


def slot_of(at: float) -> int:
    """The slot in which the moment ``at`` (epoch seconds) lies."""
    return int(at // SLOT_SECONDS)


@lru_cache(maxsize=1024)
def place_in_week(slot: int, zone: ZoneInfo) -> int:
    """Where a slot lies in the week of ``zone``: 0 is Monday, 00:00; the place in the day is its remainder.

    Kept, because all services ask for the same few slots each second.
    """
    local = datetime.fromtimestamp(slot * SLOT_SECONDS, zone)
    return (local.weekday() * 1440 + local.hour * 60 + local.minute) * 60 // SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class SlotLoad:
    """What one slot measured: its mean and its busiest minute, in requests/s."""

    slot: int
    mean: float
    peak: float


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that is still being measured: requests over so many seconds, in all and in the present minute."""

    slot: int
    seconds: float = 0.0
    requests: float = 0.0
    minute: int = 0
    minute_seconds: float = 0.0
    minute_requests: float = 0.0
    peak: float = 0.0

    def add(self, middle: float, rate: float, seconds: float) -> OpenSlot:
        """With ``seconds`` of ``rate`` requests/s more, whose middle lies in this slot."""
        minute = int(middle // MINUTE_SECONDS)
        before = self if minute == self.minute else self._next_minute(minute)
        return replace(
            before,
            seconds=before.seconds + seconds,
            requests=before.requests + rate * seconds,
            minute_seconds=before.minute_seconds + seconds,
            minute_requests=before.minute_requests + rate * seconds,
        )

    def load(self) -> SlotLoad | None:
        """What it measured; None when that was too little."""
        if self.seconds < LEAST_SLOT_SECONDS:
            return None
        mean = self.requests / self.seconds
        return SlotLoad(self.slot, mean, max(mean, self._peak()))

    def _next_minute(self, minute: int) -> OpenSlot:
        return replace(self, minute=minute, minute_seconds=0.0, minute_requests=0.0, peak=self._peak())

    def _peak(self) -> float:
        if self.minute_seconds < LEAST_MINUTE_SECONDS:
            return self.peak
        return max(self.peak, self.minute_requests / self.minute_seconds)

"""Looks at all that the controllers of the chaos benchmark do, and knows what they were told and what is true."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.pulse_parts.weather import Weather
from fastscale import names
from fastscale.aws.services import LIMITS_TRUSTED_SECONDS
from fastscale.control.clock import SLEW

REQUESTS_PER_TASK = 100.0
STABLE_SECONDS = 30
#: So many tasks are read in a round at most.
MOST_TASKS = 16
#: What the load was longer ago than this a controller whose clock was set, and goes a tenth too fast to catch up, takes
#: for older than the stable window.
SURELY_STABLE_SECONDS = STABLE_SECONDS / (1 + SLEW)
#: A count below the true need by less than this share is a matter of noise, not of bad data.
TOLERANCE = 0.1
#: Bad data that begins may meet a decision that was made on the good data before, for so long (seconds).
GRACE_SECONDS = 2.0
#: More bad tasks than this share forbid taking tasks away, with the grace of one that may have died just now …
BAD_SHARE = 0.2
#: … where a sample is read: so many that no sample can miss them.
BAD_SHARE_OF_SAMPLED = 0.5
#: Between the look at the limits and the change, and from call to call, may lie some seconds.
CALL_SECONDS = 5.0
#: Pulse's own metrics are not kept when they cannot be sent at once.
OWN_LATE_SECONDS = 30.0


@dataclass
class Told:
    """Limits as AWS told them to a replica, ``at`` which moment, and ``until`` the next answer (monotonic seconds)."""

    minimum: int
    maximum: int
    at: float
    until: float = float("inf")


@dataclass
class Judge:
    """Judges the replicas by their numbers. ``began`` is when their clocks were made (monotonic seconds)."""

    weather: Weather
    began: float = field(default_factory=time.monotonic)
    raised: int = 0
    lowered: int = 0
    out_of_bounds: list[str] = field(default_factory=list)
    on_bad_data: list[str] = field(default_factory=list)
    two_holders: list[str] = field(default_factory=list)
    wrong_times: list[str] = field(default_factory=list)
    serving: int = 0
    _rates: deque[tuple[float, float]] = field(default_factory=deque)
    _told: dict[int, deque[Told]] = field(default_factory=dict)

    def note_rate(self, now: float, rate: float) -> None:
        """The true load now."""
        self._rates.append((now, rate))
        while self._rates[0][0] < now - SURELY_STABLE_SECONDS:
            self._rates.popleft()

    def tells(self, replica: int, minimum: int, maximum: int) -> None:
        """AWS answers ``replica`` with these limits."""
        now = time.monotonic()
        known = self._told.setdefault(replica, deque(maxlen=8))
        if known:
            known[-1].until = now
        known.append(Told(minimum, maximum, now))

    def sees(self, replica: int, desired: int, before: int) -> None:
        """``replica`` sets ``desired`` where the count is ``before``."""
        self.raised += desired > before
        self.lowered += desired < before
        now = time.monotonic()
        oldest = now - CALL_SECONDS - (LIMITS_TRUSTED_SECONDS if desired > before else 0.0)
        known = self._told.get(replica, deque())
        # A look of another thread may have been answered between the look before this change and the change itself.
        lately = [told for told in list(known) if told is known[-1] or told.until > now - CALL_SECONDS]
        if not any(told.minimum <= desired <= told.maximum and told.at > oldest for told in lately):
            self.out_of_bounds.append(f"{before} -> {desired} at {now:.1f} where AWS had told {lately}")
        elif desired < before:
            self._lowers(desired, before, max(told.maximum for told in lately))

    def _lowers(self, desired: int, before: int, maximum: int) -> None:
        weather, now = self.weather, time.time()
        rates = list(self._rates)
        need = max(rate for _, rate in rates) / REQUESTS_PER_TASK
        allowed = BAD_SHARE_OF_SAMPLED if self.serving > MOST_TASKS else BAD_SHARE
        bad_for = now - weather.bad_since if weather.bad_share > allowed else 0.0
        too_few = [at for at, rate in rates if desired < (1 - TOLERANCE) * min(rate / REQUESTS_PER_TASK, maximum)]
        if too_few or bad_for > GRACE_SECONDS:
            ago = f"from {now - too_few[0]:.1f} to {now - too_few[-1]:.1f} s ago" if too_few else "of late"
            self.on_bad_data.append(
                f"{before} -> {desired} where {need:.1f} were needed {ago}, at most {maximum}, "
                f"{weather.bad_share:.0%} {weather.bad_mode} for {bad_for:.1f} s"
            )

    def holders(self, numbers: Sequence[int]) -> None:
        """These replicas hold the lease at one moment."""
        if len(numbers) > 1:
            self.two_holders.append(f"replicas {numbers} hold the lease at once")

    def published(self, namespace: str, datums: Sequence[dict[str, Any]]) -> None:
        """A replica publishes ``datums``: the clock that was set may pull their time by a tenth of what passed."""
        pulled = SLEW * (time.monotonic() - self.began) + 1.0
        late = OWN_LATE_SECONDS if namespace == names.NAMESPACE_PULSE else float("inf")
        for datum in datums:
            moment: datetime = datum["Timestamp"]
            off = moment.timestamp() - time.time()
            if not -(late + pulled) <= off <= pulled:
                self.wrong_times.append(f"{datum['MetricName']} is {off:+.1f} s off, {pulled:.1f} s would be right")

    @property
    def violations(self) -> list[str]:
        """All that must not happen."""
        return [*self.out_of_bounds, *self.on_bad_data, *self.two_holders, *self.wrong_times]


class Failures(logging.Handler):
    """Counts what the controller logs with a traceback: none is expected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a failure."""
        if record.exc_info:
            self.lines.append(record.getMessage())

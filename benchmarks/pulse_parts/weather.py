"""What goes wrong around a controller in the chaos benchmark, and when."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.pulse_parts.stub_tasks import BAD_MODES

#: The world changes so often, in seconds.
STEP_SECONDS = 0.25
#: Share of calls that are throttled all the time.
THROTTLED = 0.3
#: The service's limits move between these.
LEAST_MINIMUM, MOST_MINIMUM, LEAST_MAXIMUM, MOST_MAXIMUM = 2, 8, 16, 40
#: Operations of which now and then one alone is away: what AWS calls them.
APIS = (
    "DescribeServices",
    "DescribeTargetHealth",
    "ListTasks",
    "DescribeTasks",
    "DescribeScalableTargets",
    "UpdateService",
    "PutMetricData",
    "GetItem",
    "PutItem",
    "UpdateItem",
)


@dataclass
class Weather:
    """What is wrong at this moment. ``away`` is the one operation that is away, ``*`` all of them, empty none."""

    dice: random.Random
    away: str = ""
    clock_offset: float = 0.0
    bad_share: float = 0.0
    bad_mode: str = "well"
    bad_since: float = 0.0
    surge_until: float = 0.0
    limits: tuple[int, int] = (LEAST_MINIMUM, MOST_MAXIMUM)
    happened: Counter[str] = field(default_factory=Counter)

    def rate(self, now: float) -> float:
        """The true load in requests/s: a tide of four minutes, and surges."""
        tide = 600 + 400 * math.sin(2 * math.pi * now / 240)
        return tide * (3 if now < self.surge_until else 1)

    def throttles(self, operation: str) -> bool:
        """Whether this call is refused."""
        return self.away in (operation, "*") or self.dice.random() < THROTTLED

    def change(self, now: float) -> None:
        """Called four times a second; rates are such that something happens every few seconds."""
        if self._chance(20):
            self.surge_until = now + self.dice.uniform(10, 40) if self.dice.random() < 0.5 else 0.0
            self.happened["load jumps"] += 1
        if self._chance(15):
            self.clock_offset = self.dice.uniform(-600, 600)
            self.happened["clock steps"] += 1
        if self._chance(10):
            calm = self.bad_mode != "well"
            self.bad_mode = "well" if calm else self.dice.choice(BAD_MODES)
            self.bad_share = 0.0 if calm else self.dice.choice((0.05, 0.3, 0.6, 1.0))
            self.bad_since = now
            self.happened[f"tasks turn {self.bad_mode}"] += 1
        if self._chance(15):
            self.away = "" if self.away else self.dice.choice((*APIS, "*"))
            self.happened[f"away: {self.away or 'nothing'}"] += 1

    def kills(self) -> bool:
        """Whether a task dies now."""
        return self._chance(8)

    def meddles(self) -> bool:
        """Whether somebody else sets the count now."""
        return self._chance(45)

    def moves_limits(self) -> bool:
        """Whether somebody moves minimum and maximum now; then ``limits`` are new."""
        if not self._chance(25):
            return False
        self.limits = (
            self.dice.randint(LEAST_MINIMUM, MOST_MINIMUM),
            self.dice.randint(LEAST_MAXIMUM, MOST_MAXIMUM),
        )
        return True

    def hangs(self) -> bool:
        """Whether the loop of a replica begins to hang."""
        return self._chance(60)

    def ends(self) -> bool:
        """Whether a replica ends, and another one is started in its place."""
        return self._chance(120)

    def _chance(self, seconds: float) -> bool:
        """True once in ``seconds`` on average."""
        return self.dice.random() < STEP_SECONDS / seconds

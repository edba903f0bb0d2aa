"""What the tasks that answered say about all tasks of a service, and how sure that is.

The rate of all is the mean of those that were read, times the number of tasks: a task that does not answer is taken
for one like the others, never for one without load. When n of N are read at random, the standard error of that total
is N s sqrt((1 - n/N) / n), s being how much tasks differ (W. G. Cochran, Sampling Techniques, 3rd edition, 2.5);
nothing of it is left when all are read. Of 10,000 tasks at 100 requests/s each that differ by chance alone, 375
readings tell the total with a standard error of 0.5 %.

A handful of readings says little about how much tasks differ. What earlier rounds showed counts as
:data:`REMEMBERED` readings do, and chance alone makes counts differ at least by their square root.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from fastscale.decide.pulse.observation import LoadReading
from fastscale.ports import TaskLoad

#: How much tasks are taken to differ before anything is known: by half of their load.
FIRST_SPREAD = 0.5
#: So many readings is the memory worth, in which what was seen before is kept.
REMEMBERED = 10.0


class Estimator:
    """Remembers how much the tasks of one service differ: the variance of their rates over the square of the mean."""

    def __init__(self) -> None:
        self._spread = FIRST_SPREAD**2

    def estimate(
        self, tasks: Sequence[TaskLoad], active: Sequence[float], *, serving: int, settled: int
    ) -> LoadReading | None:
        """The load of ``serving`` tasks; None without a rate of any.

        ``tasks`` are those with a rate, out of ``settled`` that served all the time since the reading before: what
        came since is no task to extend a rate to that was higher without it. ``active`` are the requests in progress
        of all tasks that told them.
        """
        if not tasks:
            return None
        rates = [task.requests_per_second for task in tasks]
        seconds = fmean(task.seconds for task in tasks)
        mean = fmean(rates)
        count = max(settled, len(rates))
        return LoadReading(
            arrivals=sum(task.arrivals for task in tasks),
            seconds=seconds,
            tasks_read=len(tasks),
            tasks_serving=serving,
            rate=count * mean,
            relative_error=self._relative_error(rates, mean, count, seconds),
            in_progress=fmean(active) * serving if active else None,
            timing_error=fmean(task.uncertain_seconds for task in tasks) / seconds if seconds > 0 else 0.0,
        )

    def _relative_error(self, rates: list[float], mean: float, count: int, seconds: float) -> float:
        read = len(rates)
        if mean > 0 and read > 1:
            squares = sum((rate / mean - 1) ** 2 for rate in rates)
            self._spread = (REMEMBERED * self._spread + squares) / (REMEMBERED + read - 1)
        if read >= count:
            return 0.0
        by_chance = 1 / (mean * seconds) if mean > 0 else 0.0
        return math.sqrt((1 - read / count) * max(self._spread, by_chance) / read)

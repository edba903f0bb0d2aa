"""Is the load above a level, or is it noise? A sequential test with a stated rate of false alarms.

The test is a window-limited generalized likelihood ratio test (T. L. Lai, "Sequential changepoint detection in quality
control and dynamical systems", JRSS B 57, 1995) on counts. For the last n seconds, in which requests came at the mean
rate x, the evidence that the true rate is above r is n times the divergence of x from r, in nats: for independent
arrivals x ln(x/r) - x + r, for bursty ones less (:func:`divergence`). The largest evidence of all windows decides, so a
tenfold surge is seen in its first second and a small one as soon as enough seconds have shown it; the window that shows
it best begins about where the load changed.

The false alarms: by the Chernoff bound, counts at a rate of r or less give a window more than h nats of evidence with a
probability of at most exp(-h). There are as many windows as :data:`WINDOWS` in each of the looks of a day, so
h = ln(windows x looks a day / false alarms a day) keeps the promise.

No test with that rate of false alarms is on average quicker than about ln(looks between false alarms) / KL seconds, KL
being the evidence that a second of the surge gives (G. Lorden, "Procedures for reacting to a change in distribution",
Annals of Mathematical Statistics 42, 1971; for Poisson counts G. V. Moustakides, 2002); ``make bench NAME=pulse`` puts
the two side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastscale.decide.pulse.arrivals import Arrivals

DAY_SECONDS = 86_400
#: The windows that are looked at, in readings: each about 1.6 times the one before.
WINDOWS = (1, 2, 3, 5, 8, 13, 21, 34, 55)
#: Below this counts are taken for independent: the formula for bursty ones loses its digits there.
LEAST_DISPERSION = 1.001
#: A level of almost nothing is a level still.
LEAST_RATE = 1e-6


@dataclass(frozen=True, slots=True)
class Excess:
    """The last ``readings`` ones show a load of ``rate`` requests/s, with ``evidence`` nats that it is too high."""

    readings: int
    rate: float
    evidence: float


def evidence_needed(false_alarms_per_day: float, interval_seconds: float) -> float:
    """Nats of evidence at which noise alone is believed no more often than that."""
    looks = DAY_SECONDS / interval_seconds
    return max(0.0, math.log(len(WINDOWS) * looks / false_alarms_per_day))


def excess_over(
    level: float, arrivals: Arrivals, dispersion: float, needed: float, *, fewest: int = 1
) -> Excess | None:
    """What shows best that the load is above ``level`` requests/s; None without evidence enough.

    Windows of less than ``fewest`` readings are not looked at.
    """
    level = max(level, LEAST_RATE)
    requests, seconds = arrivals.requests, arrivals.seconds
    last_request, last_second, count = requests[-1], seconds[-1], len(seconds)
    best, best_rate, most = 0, 0.0, needed
    for window in WINDOWS:
        if window >= count:
            break
        if window < fewest:
            continue
        length = last_second - seconds[-1 - window]
        rate = (last_request - requests[-1 - window]) / length
        if rate > level:
            evidence = length * divergence(rate, level, dispersion)
            if evidence >= most:
                best, best_rate, most = window, rate, evidence
    return Excess(best, best_rate, most) if best else None


def risen_to(arrivals: Arrivals, dispersion: float, needed: float, *, fewest: int = 1) -> float | None:
    """The load in requests/s after a rise within the readings that are kept; None when there was none.

    Windows of less than ``fewest`` readings are not looked at. Each window is compared with all readings before it, of
    which there may be few: the evidence is how much better two rates explain the counts than one does. Of the windows
    that show a rise the one with the highest mean counts, less its standard error: after a step that is soon a long
    window, while the load grows it is a short one.
    """
    requests, seconds = arrivals.requests, arrivals.seconds
    last_request, last_second, count = requests[-1], seconds[-1], len(seconds)
    first_request, first_second = requests[0], seconds[0]
    overall = max((last_request - first_request) / (last_second - first_second), LEAST_RATE)
    highest = None
    for window in WINDOWS:
        if window >= count - 1:
            break
        if window < fewest:
            continue
        at_request, at_second = requests[-1 - window], seconds[-1 - window]
        length = last_second - at_second
        rate = (last_request - at_request) / length
        before = (at_request - first_request) / (at_second - first_second)
        if rate <= before:
            continue
        evidence = length * divergence(rate, overall, dispersion)
        evidence += (at_second - first_second) * divergence(before, overall, dispersion)
        if evidence >= needed:
            sure = rate - math.sqrt(dispersion * rate / length)
            highest = sure if highest is None else max(highest, sure)
    return highest


def divergence(rate: float, level: float, dispersion: float = 1.0) -> float:
    """Nats that one second at ``rate`` gives on average against ``level``.

    For independent arrivals (``dispersion`` 1) that of Poisson counts; for bursty ones that of negative binomial counts
    with that variance over mean, whose bursts are much larger than those of Poisson counts of the same variance:
    x ln(x/r) - (x + k) ln((x + k) / (r + k)) with k = r / (dispersion - 1).
    """
    gained = rate * math.log(rate / level) if rate > LEAST_RATE else 0.0
    if dispersion < LEAST_DISPERSION:
        return gained - rate + level
    clumps = level / (dispersion - 1)
    return gained - (rate + clumps) * math.log((rate + clumps) / (level + clumps))

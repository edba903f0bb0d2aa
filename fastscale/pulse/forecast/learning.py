"""What Pulse would know by now had it watched a service before."""

from __future__ import annotations

from collections.abc import Iterable

from fastscale.decide.pulse.season import Season


def learnt(minute_rates: Iterable[float], *, start: float, time_zone: str) -> Season:
    """The season after these mean rates (requests/s), a minute each from the epoch second ``start`` on.

    Raises PlanError for an unknown ``time_zone``.
    """
    season = Season(time_zone=time_zone)
    for minute, rate in enumerate(minute_rates, start=1):
        season = season.learn(start + 60 * minute, rate, 60)
    return season

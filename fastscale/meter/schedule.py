"""When intervals end.

CloudWatch counts a point into the period in which its timestamp lies. Intervals that end shortly before the round
second therefore lie wholly inside one 10 s period of an alarm: a surge weighs in the datapoint of the period in
which it came, and the call is answered before the alarm looks. All processes of a task also share this grid without
talking.
"""

from __future__ import annotations

import math

#: An interval ends this part of its length before the round second, at most half a second.
_LEAD_SHARE = 0.1
_LONGEST_LEAD_SECONDS = 0.5
#: A first interval shorter than this share of the full length would give a noisy rate: it is joined with the next.
_SHORTEST_SHARE = 0.25


def next_end(now: float, interval_seconds: float) -> float:
    """The wall clock time (epoch seconds) at which the interval that begins at ``now`` ends.

    Worked example, 5 s: ends lie at 4.5, 9.5, 14.5; begun at 3.0 it ends at 4.5, begun at 4.0 at 9.5.
    """
    lead = min(_LONGEST_LEAD_SECONDS, _LEAD_SHARE * interval_seconds)
    end = math.ceil((now + lead) / interval_seconds) * interval_seconds - lead
    if end - now < _SHORTEST_SHARE * interval_seconds:
        end += interval_seconds
    return end

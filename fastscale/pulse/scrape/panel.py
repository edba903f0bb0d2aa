"""Which of a service's tasks are asked: a random sample that stays mostly the same from round to round.

A rate needs two readings of the same task, so a new sample each second would know nothing. Each task gets a random
number when it is first seen, once and for all, and the sample is those whose numbers follow a mark on a circle. The
mark moves on a little each round, so that in time everybody is asked. Whatever comes and goes, each task is as likely
to be in the sample as any other: sampling with permanent random numbers (E. Ohlsson, "Coordination of samples using
permanent random numbers", in: Business Survey Methods, 1995).
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from fastscale.ports import Target

#: This part of a sample is replaced in a round. Those who are new are asked for the first time, which tells no rate.
REPLACED_SHARE = 1 / 16


class Panel:
    """The sample of one service."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._targets: Sequence[Target] = ()
        self._numbers: dict[Target, float] = {}
        self._circle: list[tuple[float, Target]] = []
        self._mark = 0.0

    def choose(self, targets: Sequence[Target], size: int) -> list[Target]:
        """At most ``size`` of ``targets``, at random; all when there are no more."""
        if targets != self._targets:
            self._seat(targets)
        if len(targets) <= size:
            return list(targets)
        if size == 0:
            return []
        first = bisect_left(self._circle, self._mark, key=_number)
        count = len(self._circle)
        chosen = [self._circle[(first + place) % count] for place in range(size)]
        moved = int(size * REPLACED_SHARE + self._chance.random())  # a small sample moves on in some rounds only
        self._mark = self._circle[(first + moved) % count][0]
        return [target for _, target in chosen]

    def _seat(self, targets: Sequence[Target]) -> None:
        known = self._numbers
        self._numbers = {target: known.get(target) or self._chance.random() for target in targets}
        self._circle = sorted((number, target) for target, number in self._numbers.items())
        self._targets = targets


def _number(seat: tuple[float, Target]) -> float:
    return seat[0]


def fair_shares(wanted: Mapping[str, int], most: int) -> dict[str, int]:
    """``most`` questions divided: nobody gets more than is ``wanted``, nor more than another who is left short."""
    shares = {}
    left = most
    for waiting, (service, wish) in zip(
        range(len(wanted), 0, -1), sorted(wanted.items(), key=lambda item: item[1]), strict=True
    ):
        shares[service] = min(wish, left // waiting)
        left -= shares[service]
    return shares

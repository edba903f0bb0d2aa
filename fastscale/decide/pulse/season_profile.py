"""A cycle, day or week, in slots of five minutes: what each slot usually measures, with old cycles slowly forgotten."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

from fastscale.decide.pulse.season_slots import SLOTS_PER_DAY, SLOTS_PER_WEEK, SlotLoad

#: Numbers a slot: how much was learnt, mean, variance of the mean, busiest minute.
NUMBERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """What repeats, and how soon it is believed and forgotten.

    Each new round multiplies the weight of the rounds before it by ``keep``. A place is believed when its weight is at
    least ``enough``.
    """

    name: str
    slots: int
    keep: float
    enough: float


#: Three days make a usual day (1 + 0.8 + 0.64 = 2.44), and a day counts half after three more.
DAILY = Cycle(name="daily", slots=SLOTS_PER_DAY, keep=0.8, enough=2.4)
#: Two weeks make a usual week (1 + 0.7), and a week counts half after two more.
WEEKLY = Cycle(name="weekly", slots=SLOTS_PER_WEEK, keep=0.7, enough=1.6)
#: From one round on a place says something that can be checked, though nothing is built on it yet.
ANYTHING = 0.99


@dataclass(frozen=True, slots=True)
class Usual:
    """What a slot usually measures: mean, its standard deviation and the busiest minute, in requests/s."""

    mean: float
    spread: float
    peak: float
    weight: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual measurements of a cycle. ``numbers`` are single precision, as they are stored; never changed in place.

    Neighbours are not smoothed into each other, so that a peak on the hour stays on the hour.
    """

    cycle: Cycle
    numbers: array[float]

    @classmethod
    def empty(cls, cycle: Cycle) -> Profile:
        """Nothing learnt yet."""
        return cls(cycle, array("f", bytes(4 * NUMBERS * cycle.slots)))

    def usual(self, place: int) -> Usual | None:
        """What is usual at a place (of the week or of the day); None when it was never measured."""
        start = place % self.cycle.slots * NUMBERS
        weight, mean, variance, peak = self.numbers[start : start + NUMBERS]
        if weight < ANYTHING:
            return None
        return Usual(mean, math.sqrt(variance), peak, weight)

    def known(self, usual: Usual) -> bool:
        """Whether enough rounds are behind it to build on it."""
        return usual.weight >= self.cycle.enough

    def learnt(self, place: int, load: SlotLoad, share: float) -> Profile:
        """With one more round at ``place``, which counts ``share`` of an ordinary one (0 to 1).

        Exponentially weighted mean and variance: Finch, "Incremental calculation of weighted mean and variance",
        University of Cambridge 2009, section 9.
        """
        start = place % self.cycle.slots * NUMBERS
        weight, mean, variance, peak = self.numbers[start : start + NUMBERS]
        weight = weight * self.cycle.keep**share + share
        pull = share / weight
        off = load.mean - mean
        first = pull == 1.0
        variance = 0.0 if first else (1 - pull) * (variance + pull * off * off)
        numbers = self.numbers[:]
        numbers[start : start + NUMBERS] = array(
            "f", (weight, mean + pull * off, variance, peak + pull * (load.peak - peak))
        )
        return Profile(self.cycle, numbers)

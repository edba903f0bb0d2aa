"""A cycle's profile with a record of how far it can be trusted: how well it foretold, and whether today follows it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastscale.decide.pulse.season_profile import Cycle, Profile, Usual
from fastscale.decide.pulse.season_slots import SLOTS_PER_DAY, SlotLoad

#: Checked forecasts count half after three days: one holiday does not end the trust of weeks.
CHECK_KEEP = 0.5 ** (1 / (3 * SLOTS_PER_DAY))
#: Confidence below which nothing is said: the decision takes nothing less sure, so what is drawn is what will be done.
LEAST_CONFIDENCE = 0.5
#: Checks that full confidence takes: about a day and a half of them.
ENOUGH_CHECKS = 1.5 * SLOTS_PER_DAY

#: A load fits when it is within this share of what is usual in its slot or the ones beside it, since a peak that comes
#: five minutes early or late is still the peak, or within so many standard deviations of its own slot's mean.
FIT_SHARE, FIT_SPREADS = 0.4, 3.0
#: Share of recent misfits, each slot counting a quarter at first: two in a row break the pattern (0.44), half an hour
#: of fits (0.08) mends it.
MISFIT_PULL, BREAKS_ABOVE, MENDS_BELOW = 0.25, 0.4, 0.1
#: What is off a known pattern is learnt by a quarter: one odd day changes little, and a lasting change is still learnt.
ODD_SHARE = 0.25

#: A slot counts half after half an hour in what is called the last half hour.
HALF_HOUR_KEEP = 0.5 ** (1 / 6)
#: The level of today against the usual one is that of the last half hour; a pattern is not stretched beyond these.
LEAST_LEVEL, MOST_LEVEL = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Rivals:
    """What to expect without a pattern, in requests/s: the load of the moment, or the mean of its last half hour."""

    same_as_now: float
    as_lately: float

    def next(self, load: SlotLoad) -> Rivals:
        """After one more slot."""
        return Rivals(load.mean, self.as_lately + (1 - HALF_HOUR_KEEP) * (load.mean - self.as_lately))


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a pattern can be trusted, in sums that forget.

    ``error`` is how far its forecasts were off (requests/s, summed), ``same_as_now_error`` and ``as_lately_error`` how
    far it would have been off to expect the load of that moment, or of the half hour before it; over ``checks`` slots.
    ``misfit`` is the share of recent slots off the pattern. ``measured`` and ``usual`` are today's last half hour and
    what is usual then.
    """

    error: float = 0.0
    same_as_now_error: float = 0.0
    as_lately_error: float = 0.0
    checks: float = 0.0
    misfit: float = 0.0
    broken: bool = False
    measured: float = 0.0
    usual: float = 0.0

    @property
    def skill(self) -> float:
        """The share that the pattern saves of the error made without one: 1 is perfect, 0 and below useless.

        Noise is foretold best by its mean, a slope by its last value: the better of the two is what has to be beaten.
        """
        without = min(self.same_as_now_error, self.as_lately_error)
        return 1 - self.error / without if without > 0 else 0.0

    @property
    def confidence(self) -> float:
        """The skill from 0 to 1, and less than that while few forecasts have been checked."""
        return min(1.0, max(0.0, self.skill)) * min(1.0, self.checks / ENOUGH_CHECKS)

    @property
    def speaks(self) -> bool:
        """Whether it has foretold well, and today follows it."""
        return not self.broken and self.confidence >= LEAST_CONFIDENCE

    @property
    def level(self) -> float:
        """Today's load as a multiple of the usual one."""
        return min(max(self.measured / self.usual, LEAST_LEVEL), MOST_LEVEL) if self.usual > 0 else 1.0

    def checked(self, foretold: float, rivals: Rivals, load: SlotLoad) -> Trust:
        """After one more forecast has met the load that it foretold."""
        return replace(
            self,
            error=self.error * CHECK_KEEP + abs(foretold - load.mean),
            same_as_now_error=self.same_as_now_error * CHECK_KEEP + abs(rivals.same_as_now - load.mean),
            as_lately_error=self.as_lately_error * CHECK_KEEP + abs(rivals.as_lately - load.mean),
            checks=self.checks * CHECK_KEEP + 1,
        )

    def met(self, load: SlotLoad, usual: Usual, *, fits: bool) -> Trust:
        """After a slot in which ``usual`` was to be expected, and what came did fit or did not."""
        misfit = self.misfit + MISFIT_PULL * ((0.0 if fits else 1.0) - self.misfit)
        return replace(
            self,
            misfit=misfit,
            broken=misfit > (MENDS_BELOW if self.broken else BREAKS_ABOVE),
            measured=self.measured * HALF_HOUR_KEEP + load.mean,
            usual=self.usual * HALF_HOUR_KEEP + usual.mean,
        )

    def rested(self) -> Trust:
        """After a time without measurements: today's level is unknown again."""
        return replace(self, measured=0.0, usual=0.0)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a cycle has taught, and how far to trust it."""

    profile: Profile
    trust: Trust = Trust()

    @classmethod
    def empty(cls, cycle: Cycle) -> Pattern:
        """Nothing learnt yet."""
        return cls(Profile.empty(cycle))

    def foretold(self, place: int) -> float | None:
        """The mean load to expect at ``place``, in requests/s; None when nothing is known or today is different."""
        usual = self.profile.usual(place)
        return None if usual is None or self.trust.broken else self.trust.level * usual.mean

    def after(self, place: int, load: SlotLoad) -> Pattern:
        """With what one slot measured."""
        usual = self.profile.usual(place)
        if usual is None:
            return replace(self, profile=self.profile.learnt(place, load, 1.0))
        fits = self._fits(place, load, usual)
        trust = self.trust.met(load, usual, fits=fits)
        odd = self.profile.known(usual) and (trust.broken or not fits)
        return Pattern(self.profile.learnt(place, load, ODD_SHARE if odd else 1.0), trust)

    def _fits(self, place: int, load: SlotLoad, usual: Usual) -> bool:
        """Whether the load lies where the slot, or it and its neighbours, usually do.

        The spread of the slot before has learnt of today already, so it does not count.
        """
        beside = (self.profile.usual(place + step) for step in (-1, 1))
        means = [usual.mean, *(one.mean for one in beside if one is not None)]
        low, high = (1 - FIT_SHARE) * min(means), (1 + FIT_SHARE) * max(means)
        return low <= load.mean <= high or abs(load.mean - usual.mean) <= FIT_SPREADS * usual.spread

    def checked(self, foretold: float | None, rivals: Rivals, load: SlotLoad) -> Pattern:
        """With a forecast of ``load`` compared to it; None was no forecast."""
        return self if foretold is None else replace(self, trust=self.trust.checked(foretold, rivals, load))

    def peak(self, places: range | list[int]) -> float | None:
        """The busiest minute to expect in those of these places that are well known, in requests/s; None if none is."""
        usual = [self.profile.usual(place) for place in places]
        known = [one.peak for one in usual if one is not None and self.profile.known(one)]
        return self.trust.level * max(known) if known else None

"""How far growth that is expected may be trusted: as far as what was expected before has come.

A load that swings or wanders grows for a while and turns before tasks for its growth are ready; what the last window
has shown already is no news of it. So only what is expected beyond that window's highest load is in question. One
expectation at a time is followed until it is due, at which its share that came is known; the shares' moving mean is the
trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from fastscale.decide.pulse.demand import Demand

#: Weight of the last share where it is smaller than the trust; a larger one is the trust at once.
FALLING_WEIGHT = 0.1
#: What is expected to grow by less than this share tells nothing.
LEAST_GROWTH = 0.05


@dataclass(frozen=True, slots=True)
class Trust:
    """``share`` (0 to 1) of expected growth came so far. The expectation that is followed now is that load grows from
    ``known`` to ``expected`` requests/s by ``due_at`` (epoch seconds; infinite while none is followed).
    """

    share: float = 1.0
    known: float = 0.0
    expected: float = 0.0
    due_at: float = inf

    def follow(self, ahead: Demand, highest: float, now: float, ahead_seconds: float) -> Trust:
        """With what is expected ``now`` of the moment in ``ahead_seconds``, where the load was up to ``highest``."""
        if self.due_at == inf:
            known = max(ahead.level, highest)
            grows = ahead.expected > (1 + LEAST_GROWTH) * known
            return Trust(self.share, known, ahead.expected, now + ahead_seconds) if grows else self
        if now < self.due_at:
            return self
        came = max(0.0, min((ahead.level - self.known) / (self.expected - self.known), 1.0))
        return Trust(share=max(came, self.share + FALLING_WEIGHT * (came - self.share)))

    def temper(self, ahead: Demand, highest: float) -> Demand:
        """What experience lets expect: of growth beyond ``highest`` only the usual share."""
        known = max(ahead.level, highest)
        if ahead.expected <= known:
            return ahead
        return Demand(ahead.level, min(known + self.share * (ahead.expected - known), ahead.expected))

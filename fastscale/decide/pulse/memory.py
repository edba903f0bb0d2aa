"""What Pulse remembers of a service from one decision to the next: a few kilobytes, whatever the service's size."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastscale.decide.pulse.arrivals import Arrivals
from fastscale.decide.pulse.backlog import Hold
from fastscale.decide.pulse.hands import Hands
from fastscale.decide.pulse.spare import Spare
from fastscale.decide.pulse.stable import Stable
from fastscale.decide.pulse.trust import Trust


@dataclass(frozen=True, slots=True)
class PulseMemory:
    """The default is the empty memory of a controller that has just started.

    ``stable`` is the load of the last stable window, ``promised`` what was expected of the next while tasks started.
    ``answer_seconds`` is how long a request is in progress while there is no queue; None until it was seen. ``hold``
    says how long tasks stay for queues, ``trust`` how far expected growth is to be believed.
    """

    arrivals: Arrivals = field(default_factory=Arrivals)
    stable: Stable = field(default_factory=Stable)
    promised: Stable = field(default_factory=Stable)
    spare: Spare = field(default_factory=Spare)
    hands: Hands = field(default_factory=Hands)
    answer_seconds: float | None = None
    hold: Hold = field(default_factory=Hold)
    trust: Trust = field(default_factory=Trust)

"""aws-samples/aws-fargate-fast-autoscaler: a state machine that asks nginx for its connections every 3 s.

Source: the repository's src/autoscaler.ts (state machine) and the Lambda's main.sh. The Lambda averages the active
connections of at most three running tasks; 500 and more ask for 20 tasks, 300 for 15, 100 for 10, 50 for 2. After an
update it waits a minute, otherwise 3 s. Scale-in is off by default, so tasks are never removed. (The script means to
ignore answers that are not above the present count, but compares with the length of a list that always has one entry;
what it documents is modelled here.) A look takes about 1.5 s for the AWS CLI in a Lambda, an assumption.
"""

from __future__ import annotations

from fastscale.simulate.peers.limits import Limits
from fastscale.simulate.strategy import Peer, Situation, Upkeep
from fastscale.simulate.view import View

POLL_SECONDS = 3.0
LOOK_SECONDS = 1.5
WAIT_AFTER_UPDATE_SECONDS = 60.0
#: Active connections per task and the tasks they ask for, highest first.
LADDER = ((500, 20), (300, 15), (100, 10), (50, 2))


def wanted_tasks(connections: float) -> int | None:
    """What the state machine asks for; None below the lowest rung."""
    return next((tasks for floor, tasks in LADDER if connections >= floor), None)


class FastAutoscaler:
    """The state machine at work."""

    def __init__(self, situation: Situation) -> None:
        self._limits = Limits.of(situation.plan, at_least=1)
        self._pause = POLL_SECONDS + LOOK_SECONDS

    @property
    def upkeep(self) -> Upkeep:
        """State transitions of a standard workflow, four a look."""
        return Upkeep(state_transitions_per_hour=3600 / (POLL_SECONDS + LOOK_SECONDS) * 4)

    def initial_tasks(self, usual: int) -> int:
        """Within the limits."""
        return self._limits.clamp(usual)

    def next_wake(self, after: float) -> float | None:
        """3 s and a look later, or a minute after an update."""
        return after + self._pause

    def decide(self, seen: View, now: float) -> int | None:
        """One look at the connections that are open now."""
        self._pause = POLL_SECONDS + LOOK_SECONDS
        total = seen.mean_concurrency(1, now)
        if total is None or not seen.serving:
            return None
        wanted = wanted_tasks(int(total / seen.serving))
        if wanted is None:
            return None
        self._pause = WAIT_AFTER_UPDATE_SECONDS + LOOK_SECONDS
        return min(wanted, self._limits.most) if wanted > seen.desired else None


FAST_AUTOSCALER = Peer("fast-autoscaler", "aws-fargate-fast-autoscaler: connections every 3 s", FastAutoscaler)

"""Small worlds for tests: a plan without schedules, constant traffic with a jump, a run in one line."""

import numpy as np

from fastscale import profiles
from fastscale.plan import Plan
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.peers.catalogue import choose
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import Startup, WorldSettings
from fastscale.simulate.traffic.trace import Trace

#: Start-up times that do not vary make timelines that can be read.
STEADY = Startup(spread=0.0)


def plan(**scaling) -> Plan:
    """The default profile without its schedules."""
    default = profiles.default()
    return default.model_copy(update={"scaling": default.scaling.model_copy(update={"schedules": (), **scaling})})


def jump(before: float, after: float, *, at: int = 300, seconds: int = 900) -> Trace:
    """Exactly ``before`` requests in each second, and ``after`` from second ``at`` on."""
    return Trace("jump", np.where(np.arange(seconds) < at, before, after).astype(float))


def run(trace: Trace, strategy: str = "default", the_plan: Plan | None = None, **settings) -> Outcome:
    """One strategy under one trace."""
    return simulate(trace, the_plan or plan(), choose([strategy])[0], WorldSettings(**{"startup": STEADY} | settings))

"""Tasks that count in the published load although they do not serve yet: they run by the time an alarm acts on it.

A step policy multiplies what it adds by the running count of the moment at which it acts (Amazon ECS developer guide,
"Service auto scaling"), which is some seconds after the load that tripped its alarm. When tasks that Pulse has ordered
begin to run in between, a load per task from before is multiplied by the tasks of after: 300 requests/s for each of two
tasks, times seventeen, asks for fifty where six are needed. So who publishes for all tasks counts those that will run
by then with no load of their own, as they would themselves as soon as they run.
"""

from __future__ import annotations

from fastscale.decide.pulse.observation import ServiceReading

#: An alarm acts on a datapoint at most this long after its load was published, in seconds: the 10 s of its period, 2 s
#: until it is visible [model], and what evaluating it and invoking the policy take.
ALARM_ACTS_WITHIN_SECONDS = 15.0


def on_their_way(service: ServiceReading, startup_seconds: float, now: float) -> int:
    """How many tasks will take traffic within :data:`ALARM_ACTS_WITHIN_SECONDS`, and do not yet.

    A task that has taken twice the usual ``startup_seconds`` since its launch is not believed in any more.
    """
    left = (at + startup_seconds - now for at in service.starting)
    return sum(-startup_seconds < seconds <= ALARM_ACTS_WITHIN_SECONDS for seconds in left)

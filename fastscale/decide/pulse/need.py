"""What the load needs: tasks to add at once, and tasks without which nothing would have been missed.

Tasks are needed when the load is above what the desired tasks are meant to carry, or surely rising and will be above it
by the time new tasks could be ready; :mod:`.change` says when that is no noise. They are for the demand of that moment
(:mod:`.demand`), with as much to spare as this service was seen to need (:mod:`.spare`), and for the queue that will
have grown (:mod:`.backlog`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastscale.decide.pulse import backlog
from fastscale.decide.pulse.arrivals import Arrivals
from fastscale.decide.pulse.change import evidence_needed, excess_over, risen_to
from fastscale.decide.pulse.demand import Demand, demand
from fastscale.decide.pulse.launches import launch_seconds
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import LoadReading, PulseSeen
from fastscale.decide.pulse.reason import Grounds
from fastscale.decide.pulse.spare import by_chance
from fastscale.decide.pulse.trust import Trust
from fastscale.plan import PulsePolicy

#: With a larger timing error than this a single reading is no measure of the load: requests that were counted late,
#: all at once, look like a surge …
MOST_TIMING_ERROR = 0.2
#: … and so many readings together do not.
READINGS_WHEN_LATE = 5
#: Three steps of growth, each above a standard error (:mod:`.demand`), come by chance once in 250 times, and in one of
#: five lengths of steps once in 50, which is evidence of 3.9 nats. Steps and rise are told from the same counts, so
#: about half of that may count: a rise that grows needs so much less.
GROWTH_EVIDENCE = 2.0
#: A controller that knows a service since so many readings, but not longer than that, sizes it once for what it sees.
FIRST_READINGS = range(30, 60)
#: The load of a sample is taken for this many standard errors more than it says: missed requests cost more than tasks.
SAMPLE_ERRORS = 1.0
#: Tasks leave only on readings with a smaller relative error than this …
MOST_ERROR_TO_SHRINK = 0.1
#: … of at least half of the tasks that serve, or of this many.
ENOUGH_READ = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What one reading says. ``wanted`` tasks are needed now, 0 without evidence for more than there are.

    ``least`` tasks would have been enough for the last stable window, in which the load was, or was expected to be,
    ``most`` requests/s at its highest; None while too little is known to take tasks away. ``surge`` says that the load
    is above what is carried already, ``grounds`` are the numbers behind all.
    """

    wanted: int
    surge: bool
    least: int | None
    most: float
    grounds: Grounds


@dataclass(frozen=True, kw_only=True, slots=True)
class _Load:
    """One reading in the light of those before: how much, how sure, and how much is to come."""

    arrivals: Arrivals
    carried: float
    spare: float
    surge: bool
    growth: bool
    ahead: Demand
    ahead_seconds: float
    trust: Trust
    queue: float


def weigh(
    policy: PulsePolicy, seen: PulseSeen, load: LoadReading, desired: int, memory: PulseMemory
) -> tuple[Need, PulseMemory]:
    """What ``load`` needs while ``desired`` tasks hold, and the memory with this reading in it."""
    rate = load.rate * (1 + SAMPLE_ERRORS * load.relative_error)
    answer_seconds = backlog.answer_time(memory.answer_seconds, load.in_progress, rate)
    queue = backlog.waiting(answer_seconds, load.in_progress, rate)
    arrivals = memory.arrivals.add(rate, load.seconds, late=load.timing_error > MOST_TIMING_ERROR)
    now = _in_context(policy, seen, load, desired, memory, arrivals, queue)
    wanted, for_queue = _wanted(now, seen, load, desired)
    interval = policy.interval_seconds
    stable = memory.stable.add(now.ahead.level, seen.now, policy.stable_seconds, interval_seconds=interval)
    promised = memory.promised.add(now.ahead.expected, seen.now, 2 * seen.startup_seconds, interval_seconds=interval)
    learnt = memory.spare.add(
        now.arrivals, stable.highest, seen.now, startup_seconds=seen.startup_seconds, miss_costs=policy.miss_costs
    )
    most, least = max(stable.highest, promised.highest), None
    if _may_shrink(load) and stable.covers(policy.stable_seconds):
        # Of a service without a task nobody could see when there is load again: the last one stays.
        least = max(1, tasks_for(most * now.spare, seen))
    ready_seconds = seen.startup_seconds + launch_seconds(min(wanted, seen.service.max_capacity) - desired)
    hold = memory.hold
    if for_queue:
        hold = hold.overloaded(seen.now, ready_seconds, policy.stable_seconds)
    elif queue > 0:
        hold = hold.waiting(seen.now)
    after = PulseMemory(
        arrivals=now.arrivals,
        stable=stable,
        promised=promised,
        spare=learnt,
        hands=memory.hands,
        answer_seconds=answer_seconds,
        hold=hold,
        trust=now.trust,
    )
    grounds = _grounds(now, load.tasks_serving, ready_seconds)
    return Need(wanted=wanted, surge=now.surge, least=least, most=most, grounds=grounds), after


def tasks_for(rate: float, seen: PulseSeen) -> int:
    """Tasks that carry ``rate`` requests/s; what is within a millionth of a whole task is that task."""
    return math.ceil(rate / seen.requests_per_task - 1e-6)


def _in_context(
    policy: PulsePolicy,
    seen: PulseSeen,
    load: LoadReading,
    desired: int,
    memory: PulseMemory,
    arrivals: Arrivals,
    queue: float,
) -> _Load:
    dispersion = memory.arrivals.dispersion
    chance = by_chance(dispersion, memory.stable.highest, memory.answer_seconds)
    needed_spare = max(memory.spare.factor, chance)
    spare = max(policy.headroom, min(needed_spare, policy.most_headroom))
    capacity = desired * seen.requests_per_task
    # What the last window has shown already is no news because chance or habit is thought larger now than it was then.
    carried = max(capacity / spare, min(memory.stable.highest, capacity / policy.headroom))
    needed = evidence_needed(policy.false_alarms_per_day, policy.interval_seconds)
    fewest = READINGS_WHEN_LATE if arrivals.late else 1
    risen = risen_to(arrivals, dispersion, needed, fewest=fewest)
    growing = risen or risen_to(arrivals, dispersion, needed - GROWTH_EVIDENCE, fewest=fewest)
    untempered, ahead_seconds = _ahead(arrivals, risen, seen, desired, spare)
    trust = memory.trust.follow(untempered, memory.stable.highest, seen.now, ahead_seconds)
    ahead = trust.temper(untempered, memory.stable.highest)
    return _Load(
        arrivals=arrivals,
        carried=carried,
        spare=spare,
        surge=excess_over(carried, arrivals, dispersion, needed, fewest=fewest) is not None,
        growth=ahead.expected > max(ahead.level, carried) and growing is not None,
        ahead=ahead,
        ahead_seconds=ahead_seconds,
        trust=trust,
        queue=queue,
    )


def _ahead(
    arrivals: Arrivals, risen: float | None, seen: PulseSeen, desired: int, spare: float
) -> tuple[Demand, float]:
    """The demand when the last of the new tasks will be ready, and how many seconds that takes."""
    ahead = demand(arrivals, risen, seen.startup_seconds)
    tasks = min(tasks_for(ahead.expected * spare, seen), seen.service.max_capacity)
    launching = launch_seconds(tasks - desired)
    if not launching:
        return ahead, seen.startup_seconds
    return demand(arrivals, risen, seen.startup_seconds + launching), seen.startup_seconds + launching


def _wanted(now: _Load, seen: PulseSeen, load: LoadReading, desired: int) -> tuple[int, bool]:
    """The tasks that are needed, and whether some of them are there to work off a queue."""
    capacity, serving = now.ahead.expected * now.spare, load.tasks_serving * seen.requests_per_task
    overloaded = now.ahead.level + now.queue / backlog.DRAIN_SECONDS > serving and (now.surge or now.queue > 0)
    if overloaded:
        draining = backlog.draining(now.ahead.expected, serving, now.queue, now.ahead_seconds)
        return tasks_for(max(capacity, now.ahead.expected + draining), seen), True
    if now.surge or now.growth:
        return tasks_for(capacity, seen), False
    if now.arrivals.readings in FIRST_READINGS:
        return tasks_for(_surely(now.arrivals) * now.spare, seen), False
    return 0, False


def _surely(arrivals: Arrivals) -> float:
    """The mean load of all readings less its standard error, in requests/s."""
    rate = arrivals.rate(arrivals.readings)
    seconds = arrivals.seconds[-1] - arrivals.seconds[0]
    return max(0.0, rate - math.sqrt(arrivals.dispersion * rate / seconds))


def _may_shrink(load: LoadReading) -> bool:
    enough = load.tasks_read >= min(load.tasks_serving / 2, ENOUGH_READ)
    return enough and load.relative_error <= MOST_ERROR_TO_SHRINK


def _grounds(now: _Load, serving: int, ready_seconds: float) -> Grounds:
    before = now.arrivals.rate(now.arrivals.readings)
    return Grounds(
        load=now.ahead.level,
        times=now.ahead.level / before if before > 0 else None,
        expected=now.ahead.expected,
        carried=now.carried,
        spare=now.spare,
        serving=serving,
        ready_seconds=ready_seconds,
    )

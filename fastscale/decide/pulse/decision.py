"""Pulse's decision: how many tasks there shall be, from one snapshot and what is remembered of the ones before.

Tasks are added at once, in one step, when the load is above what the desired tasks are meant to carry (:mod:`.change`
says when that is no noise), for the demand expected when they will be ready (:mod:`.demand`), with as much to spare as
this service was seen to need (:mod:`.spare`). They leave when nothing in the last stable window needed them
(:mod:`.stable`), and only on good data. Whoever else sets the count is respected (:mod:`.hands`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from fastscale.decide.pulse import backlog, reason
from fastscale.decide.pulse.arrivals import Arrivals
from fastscale.decide.pulse.change import evidence_needed, excess_over, risen_to
from fastscale.decide.pulse.demand import demand
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import LoadReading, PulseDecision, PulseMove, PulseSeen
from fastscale.decide.pulse.spare import by_chance
from fastscale.plan import PulsePolicy

__all__ = ["PulseMemory", "decide"]

#: A forecast that is less sure than this is no floor.
CONFIDENT = 0.5
#: A load this many times that of the minute before is called a surge.
SURGE_TIMES = 1.5
#: With a larger timing error than this a single reading is no measure of the load: requests that were counted late,
#: all at once, look like a surge …
MOST_TIMING_ERROR = 0.2
#: … and so many readings together do not.
READINGS_WHEN_LATE = 5
#: Tasks leave only on readings with a smaller relative error than this …
MOST_ERROR_TO_SHRINK = 0.1
#: … of at least half of the tasks that serve, or of this many.
ENOUGH_READ = 30


@dataclass(frozen=True, slots=True)
class _Situation:
    """One decision in the making: ``desired`` is the count that holds now, ``floor`` the least there shall be."""

    policy: PulsePolicy
    seen: PulseSeen
    desired: int
    floor: int
    floor_reason: str
    grounds: reason.Grounds | None = None
    wanted: int = 0
    least: int | None = None
    most: float = 0.0


def decide(policy: PulsePolicy, seen: PulseSeen, memory: PulseMemory) -> tuple[PulseDecision, PulseMemory]:
    """The desired count for ``seen``, and what to remember. The same input gives the same output."""
    hands = memory.hands.look(seen.service.desired, seen.now, policy.stable_seconds)
    desired = seen.service.desired if hands.ours is None else hands.ours
    floor, floor_reason = _floor(seen, forecast_counts=seen.now >= hands.lowered_until)
    situation = _Situation(policy, seen, desired, floor, floor_reason)
    if hands is not memory.hands:
        memory = replace(memory, hands=hands)
    if seen.load is not None:
        situation, memory = _weigh(situation, seen.load, memory)
    decision = _choose(situation, kept_until=max(hands.raised_until, memory.drained_at))
    if decision.desired is not None:
        hands = hands.after_setting(decision.desired, seen.service.desired, seen.now)
        memory = replace(memory, hands=hands)
    return decision, memory


def _floor(seen: PulseSeen, *, forecast_counts: bool) -> tuple[int, str]:
    """The least number of tasks whatever the load, and why."""
    service, forecast = seen.service, seen.forecast
    if forecast is not None and forecast_counts and forecast.confidence >= CONFIDENT:
        floor = _within(forecast.floor, seen)
        if floor > service.min_capacity:
            return floor, f"{forecast.floor} tasks are usual soon at this time ({100 * forecast.confidence:.0f} % sure)"
    return _within(0, seen), f"the minimum is {service.min_capacity}"


def _weigh(situation: _Situation, load: LoadReading, memory: PulseMemory) -> tuple[_Situation, PulseMemory]:
    """What the load needs: at least to stay, and at best to be added."""
    policy, seen = situation.policy, situation.seen
    rate = load.rate * (1 + load.relative_error)
    known = memory.arrivals
    arrivals = known.add(rate, load.seconds)
    needed_spare = max(memory.spare.factor, by_chance(known.dispersion, memory.stable.highest))
    spare = max(policy.headroom, min(needed_spare, policy.most_headroom))
    carried = situation.desired * seen.requests_per_task / spare
    needed = evidence_needed(policy.false_alarms_per_day, policy.interval_seconds)
    fewest = READINGS_WHEN_LATE if load.timing_error > MOST_TIMING_ERROR else 1
    excess = excess_over(carried, arrivals, known.dispersion, needed, fewest=fewest)
    risen = risen_to(arrivals, known.dispersion, needed, fewest=fewest)
    ahead = demand(arrivals, risen, seen.startup_seconds)
    answer_seconds = backlog.answer_time(memory.answer_seconds, load.in_progress, rate)
    queue = backlog.waiting(answer_seconds, load.in_progress, rate)
    serving = load.tasks_serving * seen.requests_per_task
    capacity, drained_at = ahead.expected * spare, memory.drained_at
    overloaded = ahead.level + queue / backlog.DRAIN_SECONDS > serving and (excess is not None or queue > 0)
    if overloaded:
        draining = backlog.draining(ahead.expected, serving, queue, seen.startup_seconds)
        capacity = max(capacity, ahead.expected + draining)
        drained_at = seen.now + seen.startup_seconds + backlog.HOLD_SECONDS
    wanted = _tasks(capacity, seen) if excess is not None or overloaded else 0
    stable = memory.stable.add(ahead.level, seen.now, policy.stable_seconds)
    promised = memory.promised.add(ahead.expected, seen.now, 2 * seen.startup_seconds)
    learnt = memory.spare.add(
        arrivals, stable.highest, seen.now, startup_seconds=seen.startup_seconds, miss_costs=policy.miss_costs
    )
    least = None
    if _may_shrink(load) and stable.covers(policy.stable_seconds):
        least = _tasks(max(stable.highest, promised.highest) * spare, seen)
    grounds = reason.Grounds(ahead.level, _times(arrivals, ahead.level), ahead.expected, carried, spare)
    floor, floor_reason = situation.floor, situation.floor_reason
    weighed = _Situation(
        policy, seen, situation.desired, floor, floor_reason, grounds, wanted, least, most=stable.highest
    )
    return weighed, PulseMemory(arrivals, stable, promised, learnt, memory.hands, answer_seconds, drained_at)


def _choose(situation: _Situation, *, kept_until: float) -> PulseDecision:
    """Up, down, or neither, within what the service allows at this moment."""
    seen, desired = situation.seen, situation.desired
    raised = max(_within(situation.wanted, seen), situation.floor)
    if raised > desired:
        return _raise(situation, raised)
    if situation.grounds is None:
        return _hold(PulseMove.BLIND, "too few tasks answered to tell the load: no task is removed on a guess")
    lowered = desired if situation.least is None else max(_within(situation.least, seen), situation.floor)
    if lowered >= desired:
        return _hold(PulseMove.HOLD, reason.enough(situation.grounds, desired))
    return _lower(situation, lowered, kept_until)


def _raise(situation: _Situation, raised: int) -> PulseDecision:
    seen, desired, grounds = situation.seen, situation.desired, situation.grounds
    if seen.service.scale_out_suspended:
        return _hold(PulseMove.SUSPENDED, f"{raised} tasks are needed, {desired} are there, but scale-out is suspended")
    if grounds is None or raised > situation.wanted:
        return PulseDecision(
            move=PulseMove.FLOOR, desired=raised, reason=f"{situation.floor_reason}: {desired} become {raised}"
        )
    surge = grounds.times is not None and grounds.times >= SURGE_TIMES
    return PulseDecision(
        move=PulseMove.SURGE if surge else PulseMove.GROW,
        desired=raised,
        reason=reason.raised(grounds, seen, desired, raised),
    )


def _lower(situation: _Situation, lowered: int, kept_until: float) -> PulseDecision:
    seen, desired, service = situation.seen, situation.desired, situation.seen.service
    if service.scale_in_suspended:
        return _hold(PulseMove.SUSPENDED, f"{lowered} of {desired} tasks would do, but scale-in is suspended")
    if service.deploying:
        return _hold(PulseMove.DEPLOYING, f"{lowered} of {desired} tasks would do, but a deployment is in progress")
    if seen.now < kept_until:
        left = kept_until - seen.now
        return _hold(PulseMove.HOLD, f"{desired} tasks were set by others and are kept for {left:.0f} s more")
    spare = _spare(situation)
    text = reason.lowered(situation.most, spare, situation.policy.stable_seconds, desired, lowered)
    return PulseDecision(move=PulseMove.SHRINK, desired=lowered, reason=text)


def _spare(situation: _Situation) -> float:
    return 1.0 if situation.grounds is None else situation.grounds.spare


def _hold(move: PulseMove, text: str) -> PulseDecision:
    return PulseDecision(move=move, desired=None, reason=text)


def _may_shrink(load: LoadReading) -> bool:
    enough = load.tasks_read >= min(load.tasks_serving / 2, ENOUGH_READ)
    return enough and load.relative_error <= MOST_ERROR_TO_SHRINK


def _times(arrivals: Arrivals, level: float) -> float | None:
    """The load over that of the minute before; None while there was none."""
    before = arrivals.rate(arrivals.readings)
    return level / before if before > 0 else None


def _tasks(rate: float, seen: PulseSeen) -> int:
    """Tasks that carry ``rate`` requests/s; what is within a millionth of a whole task is that task."""
    return math.ceil(rate / seen.requests_per_task - 1e-6)


def _within(tasks: int, seen: PulseSeen) -> int:
    return min(max(tasks, seen.service.min_capacity), seen.service.max_capacity)

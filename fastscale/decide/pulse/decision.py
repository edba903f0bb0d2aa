"""Pulse's decision: how many tasks there shall be, from one snapshot and what is remembered of the ones before.

Tasks are added at once, in one step, when the load needs them or will need them by the time they are ready
(:mod:`.need`). They leave when nothing in the last stable window needed them (:mod:`.stable`), and only on good data.
Whoever else sets the count is respected (:mod:`.hands`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastscale.decide.pulse import reason
from fastscale.decide.pulse.hands import Hands
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.need import Need, weigh
from fastscale.decide.pulse.observation import PulseDecision, PulseMove, PulseSeen
from fastscale.decide.pulse.season_pattern import LEAST_CONFIDENCE
from fastscale.plan import PulsePolicy

__all__ = ["PulseMemory", "decide"]

#: A load this many times that of the minute before is called a surge.
SURGE_TIMES = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Situation:
    """One decision in the making: ``desired`` is the count that holds now, ``floor`` the least there shall be.

    ``need`` is None when the load is unknown. ``kept`` says for how long tasks that could leave stay, and why. Up to
    ``given_back`` tasks may hold again that others took.
    """

    policy: PulsePolicy
    seen: PulseSeen
    desired: int
    floor: int
    floor_reason: str
    need: Need | None
    kept: reason.Kept | None
    given_back: int


def decide(policy: PulsePolicy, seen: PulseSeen, memory: PulseMemory) -> tuple[PulseDecision, PulseMemory]:
    """The desired count for ``seen``, and what to remember. The same input gives the same output."""
    hands = memory.hands.look(seen.service.desired, seen.now, policy.stable_seconds)
    desired = seen.service.desired if hands.ours is None else hands.ours
    floor, floor_reason = _floor(seen, hands, desired)
    if hands is not memory.hands:
        memory = replace(memory, hands=hands)
    need = None
    if seen.load is not None and seen.load.plausible:
        need, memory = weigh(policy, seen, seen.load, desired, memory)
    situation = _Situation(
        policy=policy,
        seen=seen,
        desired=desired,
        floor=floor,
        floor_reason=floor_reason,
        need=need,
        kept=_kept(seen.now, hands.raised_until, memory.hold.until),
        given_back=hands.given_back(seen.now),
    )
    decision = _choose(situation)
    if decision.desired is not None:
        hands = hands.after_setting(decision.desired, seen.service.desired, seen.now)
        memory = replace(memory, hands=hands)
    return decision, memory


def _floor(seen: PulseSeen, hands: Hands, desired: int) -> tuple[int, str]:
    """The least number of tasks whatever the load, and why.

    For a while after others lowered the count a forecast raises nothing, but what is left of its tasks stays.
    """
    service, forecast = seen.service, seen.forecast
    if forecast is not None and forecast.confidence >= LEAST_CONFIDENCE:
        tasks = forecast.floor if seen.now >= hands.lowered_until else min(forecast.floor, desired)
        floor = _within(tasks, seen)
        if floor > service.min_capacity:
            return floor, f"{forecast.floor} tasks are usual soon at this time ({100 * forecast.confidence:.0f} % sure)"
    return _within(0, seen), f"the minimum is {service.min_capacity}"


def _kept(now: float, raised_until: float, queues_until: float) -> reason.Kept | None:
    """The later of two reasons to keep tasks that the load does not need; None when neither holds any more."""
    until, why = max((raised_until, reason.SET_BY_OTHERS), (queues_until, reason.WORK_OFF_QUEUES))
    return reason.Kept(until - now, why) if until > now else None


def _choose(situation: _Situation) -> PulseDecision:
    """Up, down, or neither, within what the service allows at this moment."""
    seen, desired, need = situation.seen, situation.desired, situation.need
    raised = max(_within(need.wanted if need else 0, seen), situation.floor)
    if raised > desired:
        return _raise(situation, raised)
    if need is None:
        return _hold(PulseMove.BLIND, "too few tasks answered to tell the load: no task is removed on a guess")
    if need.least is None:
        return _stay(situation, need)
    lowered = max(_within(need.least, seen), situation.floor)
    if min(lowered, situation.given_back) > desired:
        return _give_back(situation, need, min(lowered, situation.given_back))
    if lowered >= desired:
        return _stay(situation, need)
    return _lower(situation, need, lowered)


def _stay(situation: _Situation, need: Need) -> PulseDecision:
    desired = situation.desired
    if need.wanted > desired >= situation.seen.service.max_capacity:
        return _hold(PulseMove.HOLD, reason.at_maximum(need.grounds, desired, need.wanted))
    return _hold(PulseMove.HOLD, reason.enough(need.grounds, desired))


def _raise(situation: _Situation, raised: int) -> PulseDecision:
    seen, desired, need = situation.seen, situation.desired, situation.need
    if seen.service.scale_out_suspended:
        return _hold(PulseMove.SUSPENDED, f"{raised} tasks are needed, {desired} are there, but scale-out is suspended")
    if need is None or raised > need.wanted:
        return PulseDecision(
            move=PulseMove.FLOOR, desired=raised, reason=f"{situation.floor_reason}: {desired} become {raised}"
        )
    surge = need.surge and need.grounds.times is not None and need.grounds.times >= SURGE_TIMES
    return PulseDecision(
        move=PulseMove.SURGE if surge else PulseMove.GROW,
        desired=raised,
        reason=reason.raised(need.grounds, seen.requests_per_task, desired, raised, need.wanted),
    )


def _give_back(situation: _Situation, need: Need, tasks: int) -> PulseDecision:
    if situation.seen.service.scale_out_suspended:
        return _hold(PulseMove.SUSPENDED, f"others took tasks of {tasks}, but scale-out is suspended")
    text = reason.given_back(need.most, need.grounds.spare, situation.policy.stable_seconds, situation.desired, tasks)
    return PulseDecision(move=PulseMove.GROW, desired=tasks, reason=text)


def _lower(situation: _Situation, need: Need, lowered: int) -> PulseDecision:
    desired, service = situation.desired, situation.seen.service
    if service.scale_in_suspended:
        return _hold(PulseMove.SUSPENDED, f"{lowered} of {desired} tasks would do, but scale-in is suspended")
    if service.deploying:
        return _hold(PulseMove.DEPLOYING, f"{lowered} of {desired} tasks would do, but a deployment is in progress")
    if situation.kept is not None:
        return _hold(PulseMove.HOLD, reason.kept(situation.kept, desired))
    text = reason.lowered(need.most, need.grounds.spare, situation.policy.stable_seconds, desired, lowered)
    if need.least is not None and need.least > lowered:
        text = reason.above_maximum(desired, lowered)
    return PulseDecision(move=PulseMove.SHRINK, desired=lowered, reason=text)


def _hold(move: PulseMove, text: str) -> PulseDecision:
    return PulseDecision(move=move, desired=None, reason=text)


def _within(tasks: int, seen: PulseSeen) -> int:
    return min(max(tasks, seen.service.min_capacity), seen.service.max_capacity)

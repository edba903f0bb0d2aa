"""Does the first answer meet the surge?

The surge meets a fleet at its floor that carries just what each task is meant to: a metric stands at the lowest
threshold that scales out by it. The load then grows at once by the surge's factor, and the metric with it. What the
policies on that metric make of it is decided by :mod:`fastscale.decide`: when an alarm has its datapoints, and then
once a minute. The first answer is what is asked for in the first minute, before any action repeats. A service has as
many answers as metrics that scale it out; the largest first one counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from fastscale.decide import step, target
from fastscale.decide.alarm import ACTION_REPEAT_SECONDS
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, Proposal, ServiceState
from fastscale.decide.step import StepSeen
from fastscale.decide.target import TargetSeen, Track
from fastscale.inspect.bands import Band, bands, is_high
from fastscale.inspect.facts import falls_with_tasks, grows_with_load, largest, per_second, title
from fastscale.inspect.finding import Finding
from fastscale.inspect.surge import Surge
from fastscale.inspect.words import count, number
from fastscale.plan import Plan

#: A landing this close to the need is taken as enough.
ENOUGH = 0.95
#: Larger than any surge; a threshold of almost nothing would make a rate an infinite multiple of it.
LARGEST_FACTOR = 1_000_000.0
#: How long the answer is followed.
HORIZON_SECONDS = 3600


@dataclass(frozen=True)
class Answer:
    """What is asked for by one metric as time passes: (seconds after the first action, tasks); empty for nothing."""

    metric: str
    before: int
    need: int
    asked: tuple[tuple[int, int], ...]

    @property
    def first(self) -> int:
        """Tasks asked for in the first minute."""
        return max([self.before, *(tasks for second, tasks in self.asked if second < ACTION_REPEAT_SECONDS)])

    @property
    def seconds_to_need(self) -> int | None:
        """Seconds from the first action until enough is asked for; None when that is not within the horizon."""
        return next((second for second, tasks in self.asked if tasks >= self.need * ENOUGH), None)


def check(plan: Plan, surge: Surge, *, deployed: bool) -> list[Finding] | None:
    """FS010 and FS011; None when the surge is a rate, and nothing tells what rate a task is meant to carry."""
    moving = [one for one in bands(plan) if one.out and _follows_load(one)]
    before = max(1, plan.scaling.min_capacity)
    factor = surge.factor or _factor(plan, moving, surge.requests_per_second or 0.0, before, deployed=deployed)
    if factor is None:
        return None
    factor = min(factor, LARGEST_FACTOR)
    need = math.ceil(round(factor * before, 6))
    ceiling = plan.scaling.max_capacity
    findings = [_ceiling(plan, factor, need)] if need > ceiling else []
    answers = [
        Answer(name, before, min(need, ceiling), tuple(_asked(plan, list(group), factor, before)))
        for name, group in groupby(sorted(moving, key=_metric_name), key=_metric_name)
    ]
    best = max(answers, key=lambda answer: answer.first, default=None)
    if best and best.first < best.need * ENOUGH:
        findings.append(_too_small(plan, factor, best))
    return findings


def _follows_load(band: Band) -> bool:
    """Whether the metric, from its threshold, can be multiplied by the surge; one that stands at 0 stays there."""
    return is_high(band.alarm) and band.alarm.threshold > 0 and grows_with_load(band.metric)


def _metric_name(band: Band) -> str:
    return title(band.metric)


def _factor(plan: Plan, moving: Sequence[Band], rate: float, before: int, *, deployed: bool) -> float | None:
    """The surge as a multiple of what the fleet at its floor is meant to carry.

    A plan says what a task carries; of a template, the lowest threshold on requests per task does.
    """
    if not deployed:
        return rate / (plan.requests_per_task * before)
    carried = [(one.alarm.threshold, per_second(one.metric, one.alarm.period)) for one in moving]
    per_task = min((threshold * unit for threshold, unit in carried if unit), default=0.0)
    return rate / (per_task * before) if per_task > 0 else None


def _asked(plan: Plan, moving: Sequence[Band], factor: float, before: int) -> Iterator[tuple[int, int]]:
    """Every change of the desired count by ``moving``, which all watch one metric, in order."""
    rounds = range(HORIZON_SECONDS // ACTION_REPEAT_SECONDS)
    first = min((_delay_seconds(one) for one in moving), default=0)
    actions = sorted(
        (_delay_seconds(one) - first + ACTION_REPEAT_SECONDS * round_, index)
        for index, one in enumerate(moving)
        for round_ in rounds
    )
    memory, desired = Cooldowns(), before
    starting: list[tuple[float, int]] = [(0.0, before)]
    for second, index in actions:
        running = max(tasks for ready, tasks in starting if ready <= second)
        state = ServiceState(running, desired, plan.scaling.min_capacity, plan.scaling.max_capacity)
        value = _value(moving, factor, before / running)
        if not moving[index].fires(value):
            continue
        proposal, memory = _decide(plan, moving[index], value, state, memory, second)
        if proposal.capacity is not None and proposal.capacity > desired:
            desired = proposal.capacity
            starting.append((second + plan.task.startup_seconds, desired))
            yield second, desired


def _delay_seconds(band: Band) -> int:
    """How long the alarm needs for its datapoints."""
    return band.alarm.period * band.alarm.datapoints_needed


def _value(moving: Sequence[Band], factor: float, share: float) -> float:
    """The metric under the surge, when the fleet is 1/``share`` times as large as before."""
    calm = min(one.alarm.threshold for one in moving)
    limit = largest(moving[0].metric)
    falls = falls_with_tasks(moving[0].metric) or limit is not None
    value = calm * factor * (share if falls else 1.0)
    return value if limit is None else min(value, limit)


def _decide(
    plan: Plan, band: Band, value: float, state: ServiceState, memory: Cooldowns, now: int
) -> tuple[Proposal, Cooldowns]:
    if band.step is not None:
        return step.decide(band.step, StepSeen(state, [value], band.alarm.threshold), memory, now)
    policies = [policy for policy in plan.scaling.target_policies if policy.name == band.policy]
    track = Track([value], AlarmState.ALARM, AlarmState.OK)
    return target.decide(policies, TargetSeen(state, {band.policy: track}), memory, now)


def _ceiling(plan: Plan, factor: float, need: int) -> Finding:
    ceiling = plan.scaling.max_capacity
    return Finding(
        code="FS011",
        subject=plan.service.name,
        what=f"a surge of {number(factor)}x needs more than the ceiling of {count(ceiling)}",
        why=f"from a floor of {count(max(1, plan.scaling.min_capacity))} it needs {need}",
        fix=f"raise the ceiling to {need} or more, or the floor",
    )


def _too_small(plan: Plan, factor: float, answer: Answer) -> Finding:
    seconds = answer.seconds_to_need
    later = f"enough is asked for {seconds} s after the first action" if seconds else "enough is never asked for"
    return Finding(
        code="FS010",
        subject=plan.service.name,
        what=f"the first answer to a surge of {number(factor)}x is too small",
        why=f"by {answer.metric} it goes from {count(answer.before)} to {answer.first} where {answer.need} are needed, "
        f"and an action repeats only every {ACTION_REPEAT_SECONDS} s: {later}",
        fix="use percent steps, or steps sized for the surge: the last one should take the floor to the need at once",
    )

"""Do a scale-out and a scale-in undo each other while the load stays the same?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from fastscale.inspect.bands import Band, Limits, bands, is_high
from fastscale.inspect.facts import falls_with_tasks, title
from fastscale.inspect.finding import Finding
from fastscale.inspect.words import count, number
from fastscale.plan import Alarm, Metric, Plan, Step

#: Capacities that are tried, from the floor upwards: where a step of whole tasks weighs most.
CAPACITIES = 50
#: How far beside a bound a value is tried, as a share of it.
NUDGE = 1e-6


def check(plan: Plan) -> Iterator[Finding]:
    """FS005: one finding per pair of policies."""
    moving = bands(plan)
    seen: set[tuple[str, str]] = set()
    for out, into in product([one for one in moving if one.out], [one for one in moving if not one.out]):
        pair = (out.policy, into.policy)
        if pair in seen or not _comparable(out, into):
            continue
        finding = _overlap(out, into) or _cycle(out, into, moving, Limits.of(plan))
        if finding:
            seen.add(pair)
            yield finding


def _comparable(out: Band, into: Band) -> bool:
    """Whether both are about the same metric. Target tracking policies settle with each other."""
    return (out.step is not None or into.step is not None) and _same(out.metric, into.metric)


def _same(one: Metric, other: Metric) -> bool:
    """Whether two alarms watch the same thing; dimensions count where both have them."""
    same_dimensions = not one.dimensions or not other.dimensions or one.dimensions == other.dimensions
    return (one.namespace, one.name, one.statistic) == (
        other.namespace,
        other.name,
        other.statistic,
    ) and same_dimensions


def _overlap(out: Band, into: Band) -> Finding | None:
    """A value at which both fire, whatever the metric means."""
    low, high = out.alarm.threshold, into.alarm.threshold
    between = [value for value in (low, high, (low + high) / 2) if out.fires(value) and into.fires(value)]
    if not between:
        return None
    return _finding(
        out,
        into,
        what=f"{out.policy} and {into.policy} both act on the same value of {title(out.metric)}",
        why=f"at {number(between[-1])} {out.label} ({_band(out)}) adds tasks while {into.label} "
        f"({_band(into)}) removes them",
        fix=f"lower the threshold of the scale-in well below {number(low)}",
    )


def _band(band: Band) -> str:
    return f"{'above' if is_high(band.alarm) else 'below'} {number(band.alarm.threshold)}"


def _cycle(out: Band, into: Band, moving: Sequence[Band], limits: Limits) -> Finding | None:
    """A constant load under which the service goes out and in without end, for metrics that more tasks lower."""
    if not out.step or not into.step or not falls_with_tasks(out.metric):
        return None
    if not is_high(out.alarm) or is_high(into.alarm):
        return None
    outs = [one for one in moving if one.out and _same(one.metric, out.metric)]
    for tasks, value in _starts(out.alarm, out.step.steps, limits):
        swing = _swing(outs, into, value * tasks, tasks, limits)
        if swing:
            return _cycle_finding(out, into, swing, value * tasks)
    return None


def _swing(outs: Sequence[Band], into: Band, load: float, tasks: int, limits: Limits) -> tuple[int, int, int] | None:
    """Tasks, tasks after the scale-out, and after the scale-in, in a swing without end under a constant load.

    None when the fleet comes to rest: the count is a whole number within limits, so it does one or the other.
    """
    seen: dict[int, tuple[int, int, int]] = {}
    while tasks not in seen:
        value = load / tasks
        raised = max([tasks, *(one.result(value, tasks, limits) for one in outs if one.fires(value))])
        lowered = _lowered(into, load, raised, limits)
        if tasks == raised == lowered:
            return None
        seen[tasks] = (tasks, raised, lowered)
        tasks = lowered
    return seen[tasks]


def _starts(alarm: Alarm, steps: Sequence[Step], limits: Limits) -> Iterator[tuple[int, float]]:
    """Capacities, each with the values at which a step that adds tasks begins: there it adds the most for the load."""
    offsets = sorted({step.lower or 0.0 for step in steps if step.adjustment > 0})
    for tasks in range(limits.floor, min(limits.ceiling, limits.floor + CAPACITIES)):
        for offset in offsets:
            yield tasks, alarm.threshold + offset + NUDGE * max(1.0, abs(alarm.threshold))


def _lowered(into: Band, load: float, tasks: int, limits: Limits) -> int:
    """Where the scale-in comes to rest under a constant load."""
    while into.fires(load / tasks):
        lower = into.result(load / tasks, tasks, limits)
        if lower >= tasks:
            break
        tasks = lower
    return tasks


def _cycle_finding(out: Band, into: Band, swing: tuple[int, int, int], load: float) -> Finding:
    tasks, raised, lowered = swing
    after = load / raised
    return _finding(
        out,
        into,
        what=f"{out.policy} and {into.policy} undo each other while the load stays the same",
        why=f"{count(tasks)} at {load / tasks:.4g} become {raised}, which brings {title(out.metric)} to {after:.4g}, "
        f"below {number(into.alarm.threshold)}; so they become {lowered}, at {load / lowered:.4g}, and so on",
        fix=f"lower the threshold of {into.alarm.name} below {after:.3g}, or make the step of {out.policy} smaller",
    )


def _finding(out: Band, into: Band, *, what: str, why: str, fix: str) -> Finding:
    return Finding(code="FS005", subject=f"{out.label} and {into.label}", what=what, why=why, fix=fix)

"""Can floor, ceiling and schedules move anything?"""

from __future__ import annotations

from collections.abc import Iterator

from fastscale.decide.schedule import next_fire
from fastscale.errors import ExpressionError
from fastscale.inspect.finding import Finding
from fastscale.inspect.words import count
from fastscale.plan import Plan, Schedule


def check(plan: Plan) -> Iterator[Finding]:
    """FS006 and FS014."""
    yield from _fixed(plan)
    for schedule in plan.scaling.schedules:
        yield from _schedule(plan, schedule)


def _fixed(plan: Plan) -> Iterator[Finding]:
    scaling = plan.scaling
    moved = any(_moves(plan, schedule) for schedule in scaling.schedules)
    if scaling.min_capacity != scaling.max_capacity or moved:
        return
    policies = len(scaling.step_policies) + len(scaling.target_policies)
    yield Finding(
        code="FS006",
        subject=plan.service.name,
        what=f"floor and ceiling are both {count(scaling.min_capacity)}, so the count never moves",
        why=f"whatever its {policies} policies ask for is moved back to {count(scaling.min_capacity)}",
        fix="raise the ceiling above the floor, or remove the scaling",
    )


def _moves(plan: Plan, schedule: Schedule) -> bool:
    return (schedule.min_capacity, schedule.max_capacity) != (plan.scaling.min_capacity, plan.scaling.max_capacity)


def _schedule(plan: Plan, schedule: Schedule) -> Iterator[Finding]:
    low, high = schedule.min_capacity, schedule.max_capacity
    floor, ceiling = plan.scaling.min_capacity, plan.scaling.max_capacity
    if low is not None and high is None and low > ceiling:
        why = f"it leaves the ceiling alone, which is {ceiling}; AWS refuses a floor above it"
        yield _impossible(
            schedule, f"its floor of {low} is above the ceiling", why, f"set max_capacity to {low} or more"
        )
    if high is not None and low is None and high < floor:
        why = f"it leaves the floor alone, which is {floor}; AWS refuses a ceiling below it"
        yield _impossible(
            schedule, f"its ceiling of {high} is below the floor", why, f"set min_capacity to {high} or less"
        )
    try:
        next_fire(schedule.expression, 0.0, schedule.time_zone)
    except ExpressionError as error:
        fix = "write it as at(yyyy-mm-ddThh:mm:ss), rate(n units) or cron(fields)"
        yield _impossible(schedule, f"AWS cannot read {schedule.expression!r}", str(error), fix)


def _impossible(schedule: Schedule, what: str, why: str, fix: str) -> Finding:
    return Finding(code="FS014", subject=schedule.name, what=what, why=why, fix=fix)

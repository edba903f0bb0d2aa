"""Schedules are in the plan's time zone unless they say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastscale.errors import PlanError
from fastscale.plan import Plan
from fastscale.plan.zone import require_zone
from fastscale.plan_file.keys import dotted

Table = dict[str, Any]


def without_own_zone(base: Mapping[str, Any]) -> Table:
    """A profile whose schedules, where they are in its own time zone, follow the one that a file gives."""
    zone = base.get("time_zone", Plan.model_fields["time_zone"].default)

    def freed(schedule: Table) -> Table:
        return {key: value for key, value in schedule.items() if key != "time_zone" or value != zone}

    return _with_schedules(base, freed)


def with_zones(data: Mapping[str, Any]) -> Table:
    """The contents of a file with a time zone in every schedule. Raises PlanError for one that does not exist."""
    zone = data.get("time_zone", Plan.model_fields["time_zone"].default)

    def placed(schedule: Table) -> Table:
        if "time_zone" not in schedule:
            return {**schedule, "time_zone": zone}
        try:
            require_zone(str(schedule["time_zone"]))
        except ValueError as error:
            where = dotted(("scaling", "schedules", str(schedule.get("name")), "time_zone"))
            raise PlanError(f"{where} = {schedule['time_zone']!r}: {error}") from error
        return schedule

    return _with_schedules(data, placed)


def _with_schedules(data: Mapping[str, Any], change: Callable[[Table], Table]) -> Table:
    """``data`` with every schedule changed; what is no list of tables is left for the plan to refuse."""
    scaling = data.get("scaling")
    schedules = scaling.get("schedules") if isinstance(scaling, Mapping) else None
    if not isinstance(scaling, Mapping) or not isinstance(schedules, list | tuple):
        return dict(data)
    changed = [change(dict(one)) if isinstance(one, Mapping) else one for one in schedules]
    return {**data, "scaling": {**scaling, "schedules": changed}}

"""A plan as a TOML file, ``fastscale.toml``.

A file holds the keys of :class:`fastscale.plan.Plan`, nested as tables. It is complete by itself, or starts from a
shipped profile and says only what differs::

    profile = "default"

    [task]
    cpu = 512
    memory = 1024

    [scaling]
    max_capacity = 40

    [alarms."FastScaling-CustomRPS"]
    threshold = 80

    [alarms."FastScaling-HighRequestRate"]
    remove = true

Rules of overriding: tables merge key by key. Alarms, policies and schedules are tables under their names (or arrays of
tables with a ``name``): a name that the profile has overrides the keys given, a new name adds one after the others,
``remove = true`` takes one away. Everything else, such as the steps of a policy or the queries of an alarm, is replaced
as a whole. Dimensions may be written as a table. Times are TOML date-times; one without an offset is UTC.
"""

from __future__ import annotations

from fastscale.plan_file.reading import from_table, load
from fastscale.plan_file.writing import dump

__all__ = ["dump", "from_table", "load"]

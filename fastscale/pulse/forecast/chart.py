"""The next day in block characters, for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from fastscale.decide.pulse.season_outlook import Expected, Outlook

#: A column shows so many slots (20 minutes), the chart so many rows of eight steps.
SLOTS_PER_COLUMN, ROWS = 4, 8
#: From empty to full.
BLOCKS = " ▁▂▃▄▅▆▇█"
UNKNOWN = "·"
#: Width of the numbers left of the chart, and columns between two hours below it.
MARGIN, HOUR_COLUMNS = 7, 9


def lines(outlook: Outlook) -> Iterator[str]:
    """The expected busiest minute over the hours of local time, and the floor in tasks where it changes."""
    columns = [
        _highest(outlook.slots[start : start + SLOTS_PER_COLUMN])
        for start in range(0, len(outlook.slots), SLOTS_PER_COLUMN)
    ]
    top = max((value for value in columns if value is not None), default=0.0) or 1.0
    yield "requests/s, busiest minute of 20 minutes"
    for row in reversed(range(ROWS)):
        label = _rate(top * (row + 1) / ROWS) if row in (ROWS - 1, ROWS // 2 - 1) else ""
        yield f"{label:>{MARGIN}} {''.join(_block(value, top, row) for value in columns)}".rstrip()
    yield f"{'':{MARGIN}} {_hours(outlook)}".rstrip()


def floors(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """When the floor changes (local time), and to what."""
    zone = ZoneInfo(outlook.time_zone)
    for floor, alike in groupby(outlook.slots, key=lambda one: one.floor):
        yield f"{_local(next(alike), zone):%a %H:%M}", _tasks(floor)


def _rate(value: float) -> str:
    return f"{value:,.0f}" if 10 <= value < 1e6 else f"{value:.2g}"


def _tasks(floor: int | None) -> str:
    if floor is None:
        return "none"
    return "1 task" if floor == 1 else f"{floor} tasks"


def _highest(slots: Sequence[Expected]) -> float | None:
    return max((one.peak for one in slots if one.peak is not None), default=None)


def _block(value: float | None, top: float, row: int) -> str:
    """The part of a bar that lies in a row, the lowest being 0."""
    if value is None:
        return UNKNOWN if row == 0 else " "
    eighths = math.ceil(value / top * ROWS * 8) - 8 * row
    return BLOCKS[max(0, min(8, eighths))]


def _hours(outlook: Outlook) -> str:
    """A label at every so many columns."""
    zone = ZoneInfo(outlook.time_zone)
    shown = outlook.slots[:: SLOTS_PER_COLUMN * HOUR_COLUMNS]
    return "".join(f"{_local(one, zone):%H:%M}".ljust(HOUR_COLUMNS) for one in shown)


def _local(one: Expected, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(one.at, zone)

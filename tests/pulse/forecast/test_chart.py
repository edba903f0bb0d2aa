"""The day in block characters."""

from __future__ import annotations

import pytest

from fastscale.decide.pulse.season_outlook import Expected, Outlook
from fastscale.pulse.forecast import chart

MIDNIGHT = 1_767_571_200.0  # a Monday, UTC


def day(peaks: list[float | None], floors: list[int | None] | None = None) -> Outlook:
    """A day of 72 columns, each 20 minutes alike."""
    floors = floors or [None] * len(peaks)
    slots = tuple(
        Expected(at=MIDNIGHT + 1200 * column + 300 * part, peak=peak, floor=floor)
        for column, (peak, floor) in enumerate(zip(peaks, floors, strict=True))
        for part in range(4)
    )
    return Outlook(time_zone="UTC", cycle="daily", confidence=1.0, silence=None, slots=slots)


def test_a_ramp_fills_the_chart_and_no_line_is_wider_than_a_terminal() -> None:
    lines = list(chart.lines(day([float(column) for column in range(72)])))
    assert max(len(line) for line in lines) == 80
    assert lines[1].startswith("     71 ")
    assert lines[1].endswith("  ▁▂▃▄▅▆▇██")
    assert lines[-1].split()[:3] == ["00:00", "03:00", "06:00"]
    bottom = lines[chart.ROWS].removeprefix(" " * 8)
    assert (bottom[0], bottom[1], bottom[-1]) == (" ", "▁", "█")


def test_what_is_not_known_is_dotted_and_not_drawn_as_nothing() -> None:
    lines = list(chart.lines(day([None, 0.0, 8.0])))
    assert lines[chart.ROWS].removeprefix(" " * 8) == "· █"


def test_a_day_of_which_nothing_is_known_can_be_drawn() -> None:
    assert list(chart.lines(day([None] * 72)))[chart.ROWS].count("·") == 72


@pytest.mark.parametrize("peak", [0.001, 123456.0, 9e9])
def test_numbers_keep_within_the_margin(peak: float) -> None:
    label = list(chart.lines(day([peak] * 72)))[1].partition(" █")[0]
    assert len(label) <= chart.MARGIN


def test_the_floor_is_told_when_it_changes() -> None:
    shown = day([1.0] * 6, [None, 1, 1, 4, 4, None])
    assert list(chart.floors(shown)) == [
        ("Mon 00:00", "none"),
        ("Mon 00:20", "1 task"),
        ("Mon 01:00", "4 tasks"),
        ("Mon 01:40", "none"),
    ]

"""Learning from days that are over."""

from __future__ import annotations

import pytest

from fastscale.decide.pulse.season_outlook import outlook
from fastscale.errors import PlanError
from fastscale.pulse.forecast.learning import learnt
from tests.decide.pulse.days import shop

MIDNIGHT = 1_772_377_200.0  # a Monday in Seoul


def test_days_alike_tell_the_hours_of_the_next_one() -> None:
    season = learnt((shop(minute % 1440 / 60) for minute in range(5 * 1440)), start=MIDNIGHT, time_zone="Asia/Seoul")
    shown = outlook(season, MIDNIGHT + 5 * 86400, startup_seconds=30, requests_per_task=100)
    peaks = [slot.peak for slot in shown.slots if slot.peak is not None]
    noon = next(slot for slot in shown.slots if slot.at == MIDNIGHT + 5.5 * 86400)
    assert len(peaks) == len(shown.slots)
    assert noon.peak == pytest.approx(max(peaks)) == pytest.approx(2000)


def test_nothing_teaches_nothing() -> None:
    season = learnt([], start=MIDNIGHT, time_zone="UTC")
    shown = outlook(season, MIDNIGHT, startup_seconds=30, requests_per_task=100)
    assert {slot.peak for slot in shown.slots} == {None}


def test_a_time_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(PlanError, match="Mars/Olympus"):
        learnt([1.0], start=MIDNIGHT, time_zone="Mars/Olympus")

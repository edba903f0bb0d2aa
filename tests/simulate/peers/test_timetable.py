"""What rivals share: a timetable decided beforehand, and limits."""

from __future__ import annotations

import numpy as np
import pytest

from fastscale.simulate.peers.limits import Limits
from fastscale.simulate.peers.timetable import Timetable
from fastscale.simulate.run import simulate
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Peer
from tests.simulate.worlds import jump, plan


def test_a_timetable_wakes_when_its_number_changes_and_never_again() -> None:
    table = Timetable(np.array([2.0, 2, 5, 5, 3]), start=1000.0)
    told = [table.initial_tasks(99)]
    wakes = []
    while (at := table.next_wake(0)) is not None:
        wakes.append(at)
        told.append(table.decide(None, at))  # it looks at nothing
    assert (told, wakes) == ([2, 5, 3], [1002, 1004])


def test_a_timetable_that_never_changes_never_wakes() -> None:
    assert Timetable(np.array([4.0, 4, 4]), start=0).next_wake(0) is None


def test_the_simulated_desired_count_is_what_the_timetable_says() -> None:
    wanted = np.repeat([2.0, 7, 3], 40)
    peer = Peer("timetable", "what the test wants", lambda situation: Timetable(wanted, situation.trace.start))
    outcome = simulate(jump(10, 10, seconds=120), plan(), peer, WorldSettings())
    assert [outcome.series.desired[at] for at in (0, 39, 41, 79, 81)] == [2, 2, 7, 7, 3]


@pytest.mark.parametrize(("tasks", "kept"), [(0, 2), (2, 2), (5, 5), (9, 6)])
def test_limits_hold_whatever_is_beyond_them(tasks: int, kept: int) -> None:
    assert Limits(2, 6).clamp(tasks) == kept


def test_the_plans_limits_are_raised_for_who_cannot_go_to_nothing() -> None:
    idle = plan(min_capacity=0, max_capacity=9)
    assert (Limits.of(idle), Limits.of(idle, at_least=1)) == (Limits(0, 9), Limits(1, 9))

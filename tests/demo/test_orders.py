"""What was ordered, by whom, against what was needed."""

from __future__ import annotations

import pytest

from fastscale import names
from fastscale.demo.orders import Order, most, needed, orders
from fastscale.demo.records import Evidence, Sample
from fastscale.demo.trigger import Actor
from fastscale.localcloud.service import AUTO_SCALING_CLIENT
from tests.demo.test_trigger import SURGE_AT, activity, at, change, note

LOOKS = (
    Sample(at=at(-0.5), desired=2),
    Sample(at=at(0.5), desired=None),
    Sample(at=at(5), desired=7),
    Sample(at=at(12), desired=9),
)


def test_who_noted_each_change_tells_every_raise_and_no_fall() -> None:
    changes = (
        change(-5, 1, 2, names.PULSE_CONTAINER),
        change(1.4, 2, 7, names.PULSE_CONTAINER),
        change(9.3, 7, 9, AUTO_SCALING_CLIENT),
        change(9.9, 9, 12, "a person"),
        change(30, 12, 8, names.PULSE_CONTAINER),
    )
    evidence = Evidence(count_changes=changes, activities=(activity(2, 50),), pulse=(note(2, 50),))

    assert orders(evidence, LOOKS, SURGE_AT) == (
        Order(at=at(1.4), actor=Actor.PULSE, tasks=7),
        Order(at=at(9.3), actor=Actor.ALARMS, tasks=9),
        Order(at=at(9.9), actor=Actor.OTHER, tasks=12),
    )


def test_where_nobody_notes_changes_decisions_and_activities_that_ask_for_more_are_orders() -> None:
    evidence = Evidence(
        pulse=(note(1.3, 7), note(1.3, 7), note(20, 5)),
        activities=(activity(9.3, 9), activity(30, 4)),
    )

    assert orders(evidence, LOOKS, SURGE_AT) == (
        Order(at=at(1.3), actor=Actor.PULSE, tasks=7),
        Order(at=at(9.3), actor=Actor.ALARMS, tasks=9),
    )


def test_an_order_is_compared_with_what_was_seen_before_it_was_written_down() -> None:
    evidence = Evidence(pulse=(note(5.4, 7),))

    assert orders(evidence, LOOKS, SURGE_AT) == (Order(at=at(5.4), actor=Actor.PULSE, tasks=7),)


def test_the_most_is_told_for_each_path() -> None:
    placed = [
        Order(at=1, actor=Actor.PULSE, tasks=12),
        Order(at=2, actor=Actor.PULSE, tasks=17),
        Order(at=3, actor=Actor.ALARMS, tasks=37),
    ]

    assert [most(placed, actor) for actor in Actor] == [17, 37, None, None]


@pytest.mark.parametrize(("rate", "tasks"), [(600, 6), (601, 7), (60, 1), (0.3 * 3 * 100, 1), (2.1 * 100, 3)])
def test_the_need_is_the_fewest_tasks_that_carry_the_rate(rate: float, tasks: int) -> None:
    assert needed(rate, 100) == tasks

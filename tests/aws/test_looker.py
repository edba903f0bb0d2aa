"""Whose turn it is when many services are looked at with one question."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from fastscale.aws.calls import ApiError
from fastscale.aws.looker import AFTER_FAILURE_SECONDS, JITTER, Looker, Question
from tests.control.fakes import HandClock

REST_SECONDS = 10.0


class Desk:
    """Services ``a1`` to ``a4`` and ``b1``, of two groups; at most three are asked about at once."""

    def __init__(self) -> None:
        self.clock = HandClock(0.0)
        self.rests = dict.fromkeys(("a1", "a2", "a3", "a4", "b1"), REST_SECONDS)
        self.asked: list[list[str]] = []
        self.fails = False
        question = Question(
            name="Ask", most=3, ask=self._ask, rests=lambda: self.rests, group=lambda service: service[0]
        )
        self.looker = Looker(question, list(self.rests), clock=self.clock)

    def _ask(self, services: Sequence[str]) -> None:
        self.asked.append(sorted(services))
        if self.fails:
            raise ApiError("no")

    def all_that_is_due(self) -> list[list[str]]:
        self.asked.clear()
        while self.looker.step():
            pass
        return self.asked


def test_everybody_is_asked_about_once_in_a_rest_together_with_others_of_the_group() -> None:
    desk = Desk()
    first = desk.all_that_is_due()
    assert {name for names in first for name in names} == set(desk.rests)
    assert all(len(names) <= 3 and len({name[0] for name in names}) == 1 for names in first)
    desk.clock.pass_time(REST_SECONDS * (1 - JITTER) - 0.1)
    assert desk.all_that_is_due() == []
    desk.clock.pass_time(REST_SECONDS * JITTER + 0.1)
    assert {name for names in desk.all_that_is_due() for name in names} == set(desk.rests)


def test_who_waits_longest_comes_first_with_others_of_its_group_and_who_needs_no_look_gets_none() -> None:
    desk = Desk()
    desk.all_that_is_due()
    desk.clock.pass_time(5)
    desk.rests |= {"a3": 1.0, "b1": inf, "a1": inf}
    assert desk.all_that_is_due() == [["a2", "a3", "a4"]]


def test_a_look_that_failed_lets_the_others_go_first() -> None:
    desk = Desk()
    desk.rests |= {"b1": inf, "a4": inf}
    desk.fails = True
    assert desk.all_that_is_due() == [["a1", "a2", "a3"]]
    desk.clock.pass_time(AFTER_FAILURE_SECONDS / 2)
    assert desk.all_that_is_due() == []
    desk.clock.pass_time(AFTER_FAILURE_SECONDS)
    desk.fails = False
    assert desk.all_that_is_due() == [["a1", "a2", "a3"]]

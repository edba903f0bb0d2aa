"""Whose turn it is when many services are looked at with one question."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from math import inf

import pytest

from fastscale.aws.calls import ApiError
from fastscale.aws.looker import JITTER, Looker, Question
from fastscale.aws.refusals import WAITS
from tests.control.fakes import HandClock

REST_SECONDS = 10.0


class Desk:
    """Services ``a1`` to ``a4`` and ``b1``, of two groups; at most three are asked about at once."""

    def __init__(self) -> None:
        self.clock = HandClock(0.0)
        self.rests = dict.fromkeys(("a1", "a2", "a3", "a4", "b1"), REST_SECONDS)
        self.asked: list[list[str]] = []
        self.error: Exception | None = None
        question = Question(
            name="Ask", most=3, ask=self._ask, rests=lambda: self.rests, group=lambda service: service[0]
        )
        self.looker = Looker(question, list(self.rests), clock=self.clock)

    def _ask(self, services: Sequence[str]) -> None:
        self.asked.append(sorted(services))
        if self.error is not None:
            raise copy(self.error)

    def all_that_is_due(self) -> list[list[str]]:
        self.asked.clear()
        while self.looker.step():
            pass
        return self.asked

    def run(self, seconds: float) -> list[float]:
        """When something was asked in so many seconds."""
        asked_at = []
        for _ in range(round(seconds * 10)):
            self.clock.pass_time(0.1)
            asked_at += [self.clock.time] * len(self.all_that_is_due())
        return asked_at

    def next_ask(self) -> float:
        """Seconds until something is asked."""
        began = self.clock.time
        while not self.run(seconds=0.1):
            pass
        return self.clock.time - began


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
    desk.error = ApiError("no answer")
    assert desk.all_that_is_due() == [["a1", "a2", "a3"]]
    desk.clock.pass_time(WAITS.shortest_seconds - 0.1)
    assert desk.all_that_is_due() == []
    desk.clock.pass_time(WAITS.first_seconds)
    desk.error = None
    assert desk.all_that_is_due() == [["a1", "a2", "a3"]]


@pytest.mark.parametrize("error", [ApiError("AccessDenied", lasting=True), KeyError("services")])
def test_a_lasting_refusal_is_asked_about_ever_more_seldom_at_random(error: Exception) -> None:
    desk = Desk()
    desk.rests |= {"b1": inf, "a4": inf}
    desk.error = error
    asked_at = desk.run(seconds=600)
    rests = [after - before for before, after in pairwise(asked_at)]
    assert max(rests[:2]) <= 2.2
    assert max(rests) <= WAITS.longest_seconds + 0.2
    assert 600 / 30 <= len(asked_at) <= 600 / 8
    assert len({round(rest, 1) for rest in rests}) > 5

    desk.error = None  # the right is given
    assert desk.next_ask() <= WAITS.longest_seconds + 0.2
    desk.error = error  # and taken again: waits begin anew
    desk.next_ask()
    assert desk.next_ask() <= 1.2


def test_what_does_not_answer_is_asked_again_within_a_second() -> None:
    desk = Desk()
    desk.error = ApiError("no answer")
    asked_at = desk.run(seconds=60)
    assert all(after - before <= 1.2 for before, after in pairwise(asked_at))


def test_a_refused_service_does_not_take_others_with_it() -> None:
    desk = Desk()
    desk.rests |= {"b1": inf, "a2": inf, "a3": inf, "a4": inf}
    desk.error = ApiError("AccessDenied", lasting=True)
    desk.run(seconds=60)
    desk.error = None
    desk.rests |= {"a2": REST_SECONDS, "a3": REST_SECONDS}
    assert desk.all_that_is_due()[0] == ["a2", "a3"]


def test_causes_that_take_turns_are_logged_once_a_minute_each(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    for _ in range(10):
        for cause in ("no answer", "throttled"):
            desk.error = ApiError(cause)
            desk.run(seconds=2)
    assert sorted(line.getMessage() for line in caplog.records) == ["no answer", "throttled"]
    desk.run(seconds=60)
    assert len(caplog.records) == 3

"""Alarms without actions, policies without alarms, cooldowns that change nothing."""

from __future__ import annotations

import pytest

from fastscale.plan import Step, StepPolicy
from fastscale.template import Design, Publishers
from tests.inspect.designs import OUT, RPS, alarm, codes, found, high, plan


def test_an_alarm_that_does_nothing() -> None:
    [one] = found(plan(alarm(notify=False)))
    assert (one.code, one.subject, one.service) == ("FS008", "hot", "fast-scaling-service")
    assert codes(plan(alarm(notify=True))) == []


def test_an_alarm_of_no_service_is_judged_too() -> None:
    metered = Publishers(metered=frozenset({(RPS.namespace, RPS.name)}))
    [one] = found(Design("t", (), alarms=(alarm(notify=False),), publishers=metered))
    assert (one.code, one.service) == ("FS008", None)


def test_a_policy_that_no_alarm_invokes() -> None:
    [one] = found(plan(steps=(OUT,)))
    assert (one.code, one.subject) == ("FS009", "out")
    assert codes(plan(high(), steps=(OUT,))) == []


@pytest.mark.parametrize(("cooldown", "expected"), [(0, ["FS002"]), (59, ["FS002"]), (60, []), (300, [])])
def test_a_cooldown_below_the_minute_in_which_an_action_repeats(cooldown: int, expected: list[str]) -> None:
    policy = StepPolicy(name="out", steps=(Step(lower=0, adjustment=1),), cooldown_seconds=cooldown)
    assert codes(plan(high(), steps=(policy,))) == expected


def test_a_short_cooldown_between_two_alarms_has_a_meaning() -> None:
    policy = StepPolicy(name="out", steps=(Step(lower=0, adjustment=1),), cooldown_seconds=10)
    confirming = high(name="confirmed", period=10, evaluation_periods=2)
    assert codes(plan(high(period=10), confirming, steps=(policy,))) == []

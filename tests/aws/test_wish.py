"""What of a wish is set when somebody else acted between the look and the change."""

from __future__ import annotations

import pytest

from fastscale.aws.service_shapes import Counts, Limits
from fastscale.aws.wish import Verdict, settle
from tests.control.fakes import reading


def counts(desired: int, *, deploying: bool = False) -> Counts:
    return Counts(desired=desired, running=desired, pending=0, deploying=deploying)


LIMITS = Limits(minimum=2, maximum=20)


@pytest.mark.parametrize(
    ("wished", "now", "limits", "verdict"),
    [
        (9, 5, LIMITS, Verdict(9)),
        (90, 5, LIMITS, Verdict(20, "the limits are 2 to 20 tasks")),
        (9, 12, LIMITS, Verdict(None, "the desired count is 12 already")),
        (9, 5, Limits(minimum=2, maximum=20, out_suspended=True), Verdict(None, "scale-out is suspended")),
        (3, 5, LIMITS, Verdict(3)),
        (1, 5, LIMITS, Verdict(2, "the limits are 2 to 20 tasks")),
        (3, 6, LIMITS, Verdict(None, "somebody set the desired count to 6 meanwhile")),
        (3, 4, LIMITS, Verdict(None, "somebody set the desired count to 4 meanwhile")),
        (3, 5, Limits(minimum=2, maximum=20, in_suspended=True), Verdict(None, "scale-in is suspended")),
        (5, 5, LIMITS, Verdict(None, "the desired count is 5 already")),
    ],
)
def test_a_wish_decided_on_five_tasks(wished: int, now: int, limits: Limits, verdict: Verdict) -> None:
    seen = reading(desired=5, running=5, serving=5)
    assert settle(wished, seen=seen, counts=counts(now), limits=limits) == verdict


def test_old_limits_still_bound_a_raise_and_forbid_taking_tasks_away() -> None:
    seen = reading(desired=5)
    raised = settle(50, seen=seen, counts=counts(5), limits=LIMITS, age_seconds=12.3)
    assert raised == Verdict(20, "the limits are 2 to 20 tasks, as read 12 s ago")
    lowered = settle(3, seen=seen, counts=counts(5), limits=LIMITS, age_seconds=12.3)
    assert lowered == Verdict(None, "the limits cannot be read now: no task is taken away")


def test_no_task_is_taken_away_while_a_deployment_runs() -> None:
    verdict = settle(3, seen=reading(desired=5), counts=counts(5, deploying=True), limits=LIMITS)
    assert verdict == Verdict(None, "a deployment is under way: no task is taken away")

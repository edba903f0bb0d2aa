"""What a change is decided on, while others act and answers overtake each other."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastscale.aws.refusals import WAITS
from fastscale.errors import ActionError
from fastscale.ports import Change, Target
from tests.aws.hands import GROUP, HandAws, HandDesk
from tests.control.fakes import SERVICE, reading

BLUE = [Target("10.0.0.1", 8080), Target("10.0.0.2", 8080)]


def watched(aws: HandAws) -> HandDesk:
    """A desk that has seen everything once."""
    aws.healthy.setdefault(GROUP, BLUE)
    desk = HandDesk(aws)
    desk.look_at_all()
    return desk


def test_what_an_alarm_set_is_not_lowered_by_a_look_that_began_before_it() -> None:
    aws = HandAws(desired=5)
    desk = watched(aws)
    seen = desk.view().reading
    changes: list[Change] = []

    def alarm_and_actor(_: str) -> None:
        desk.clock.pass_time(0.2)
        aws.desired = 30
        desk.clock.pass_time(0.3)
        changes.append(desk.services.set_desired(SERVICE, 8, seen=seen))

    aws.before_answering = alarm_and_actor
    desk.look("DescribeServices")  # sees five tasks, and tells it last
    assert changes == [Change(desired=None, note="the desired count is 30 already")]
    assert desk.view().reading.desired == 30
    assert desk.services.set_desired(SERVICE, 8, seen=seen).desired is None
    assert aws.set_counts == []


def test_a_change_rests_on_its_own_look_whatever_comes_between() -> None:
    """The looker asked before the alarm, and its answer comes while the change asks for the counts itself."""
    aws = HandAws(desired=5)
    desk = watched(aws)
    seen = desk.view().reading
    aws.desired = 30

    def late(operation: str) -> None:
        assert operation == "describe_scalable_targets"
        aws.desired = 5
        desk.look("DescribeServices")
        aws.desired = 30

    aws.before_answering = late
    assert desk.services.set_desired(SERVICE, 8, seen=seen) == Change(
        desired=None, note="the desired count is 30 already"
    )
    assert aws.set_counts == []


def test_limits_are_read_before_counts_which_change_more_often() -> None:
    aws = HandAws(desired=5)
    desk = watched(aws)
    aws.asked.clear()
    assert desk.services.set_desired(SERVICE, 8, seen=desk.view().reading) == Change(desired=8)
    assert aws.asked == ["describe_scalable_targets", "describe_services", "update_service"]


def denied(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, operation)


def raise_for(desk: HandDesk, seconds: float) -> list[str]:
    """What each attempt says while a load that grows wants eight tasks twice a second; ends when they are set."""
    said, seen = [], reading(desired=5)
    for _ in range(round(seconds * 2)):
        try:
            change = desk.services.set_desired(SERVICE, 8, seen=seen, tried_seconds=60)
        except ActionError as error:
            said.append(str(error))
        else:
            return [*said, f"{change.desired} tasks"]
        desk.clock.pass_time(0.5)
    return said


@pytest.mark.parametrize("operation", ["update_service", "describe_services"])
def test_a_change_without_the_right_to_it_is_tried_ever_more_seldom_and_made_soon_after_it_is_given(
    operation: str,
) -> None:
    aws = HandAws(desired=5)
    desk = watched(aws)
    aws.errors[operation] = denied(operation)
    aws.asked.clear()
    said = raise_for(desk, seconds=60)
    assert len(said) == 120
    assert len(set(said)) == 1  # one reason, so that it is told once
    assert 3 <= aws.asked.count(operation) <= 30

    aws.errors.clear()
    said = raise_for(desk, seconds=WAITS.longest_seconds + 1)
    assert said[-1] == "8 tasks"
    assert aws.set_counts == [8]


def test_limits_that_may_not_be_read_hold_for_their_time_without_being_asked_for_with_each_attempt() -> None:
    aws = HandAws(desired=5)
    desk = watched(aws)
    aws.errors["describe_scalable_targets"] = denied("describe_scalable_targets")
    seen = desk.view().reading
    aws.asked.clear()
    changes = [desk.services.set_desired(SERVICE, wanted, seen=seen, tried_seconds=60) for wanted in (6, 7, 8)]
    assert [change.desired for change in changes] == [6, 7, 8]
    assert changes[0].note == "the limits are 2 to 100 tasks, as read 0 s ago"
    assert aws.asked.count("describe_scalable_targets") == 1

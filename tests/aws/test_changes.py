"""What a change is decided on, while others act and answers overtake each other."""

from __future__ import annotations

from fastscale.ports import Change, Target
from tests.aws.hands import GROUP, HandAws, HandDesk
from tests.control.fakes import SERVICE

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

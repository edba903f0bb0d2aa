"""Actions of alarms: policies before topics, none lost while the API is away, and none that can never be done kept."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fastscale import names, profiles
from fastscale.decide.alarm import AlarmProposal
from fastscale.decide.observation import AlarmState
from fastscale.localcloud.alarm_actions import Actions, called
from fastscale.localcloud.backstage import ApiUnavailableError, Backstage

TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
POLICY = "arn:aws:autoscaling:ap-northeast-2:123456789012:scalingPolicy:1:resource/ecs/service/shop/web:policyName/out"
ALARM = profiles.profile("reference").alarm(names.ALARM_RPS)


def proposal(*, changed: bool = True, act: bool = True) -> AlarmProposal:
    previous = AlarmState.OK if changed else AlarmState.ALARM
    return AlarmProposal(
        alarm=ALARM, state=AlarmState.ALARM, previous=previous, act=act, evaluated=[150], datapoints=[150], now=60
    )


class Cloud(Backstage):
    """Topic and history in memory; ``error`` is what the next notifications meet."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.error: Exception | None = None

    def post(self, path: str, body: object) -> None:
        assert isinstance(body, dict)
        self.done.append(f"{path} {body['Timestamp']}")

    def publish(self, **notification: str) -> None:
        if self.error:
            raise self.error
        self.done.append(notification["Subject"])


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def actions(cloud: Cloud, said: list[str]) -> Actions:
    return Actions(sns=cloud, backstage=cloud, say=said.append)


def test_a_change_tells_topics_and_an_act_calls_policies() -> None:
    arns = (TOPIC, POLICY, "arn:aws:lambda:ap-northeast-2:123456789012:function:f")
    assert [action.arn for action in called(arns, proposal())] == [TOPIC, POLICY]
    assert [action.arn for action in called(arns, proposal(changed=False))] == [POLICY]
    assert [action.arn for action in called(arns, proposal(act=False))] == [TOPIC]


def test_policies_do_not_wait_for_topics(actions: Actions, cloud: Cloud) -> None:
    actions.add(called([TOPIC], proposal()))
    actions.add(called([POLICY], proposal()))
    actions.carry_out(now=62)
    assert cloud.done == ["/cloudwatch/history 62", f'ALARM: "{ALARM.name}"']


def test_what_an_absent_api_did_not_take_is_done_later_and_once(actions: Actions, cloud: Cloud) -> None:
    cloud.error = EndpointConnectionError(endpoint_url="http://localhost:4566")
    actions.add(called([POLICY, TOPIC], proposal()))
    with pytest.raises(ApiUnavailableError):
        actions.carry_out(now=62)
    cloud.error = None
    for now in (63, 64):
        actions.carry_out(now)
    assert cloud.done == ["/cloudwatch/history 62", f'ALARM: "{ALARM.name}"']


def test_a_topic_that_is_gone_is_told_of_and_holds_nothing_up(actions: Actions, cloud: Cloud, said: list[str]) -> None:
    cloud.error = ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}, "Publish")
    actions.add(called([TOPIC], proposal()))
    actions.carry_out(now=62)
    assert len(said) == 1
    assert said[0].startswith(f"{ALARM.name}: failed to execute action {TOPIC}: ")
    cloud.error = None
    actions.carry_out(now=63)
    assert cloud.done == []

"""Something between us and AWS answers in its place, with success and a page of its own."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.parsers import ResponseParserError

from fastscale.aws.calls import ApiError, Calls, NotNowError
from fastscale.aws.history_table import DynamoHistoryStore
from fastscale.aws.lease_table import DynamoLeaseTable
from fastscale.aws.metric_data import RejectedError, put
from fastscale.aws.pace import Pace
from fastscale.aws.session import local_client
from fastscale.deploy.deployed import Deployed
from fastscale.errors import DeployError, StoreError
from tests.control.fakes import HandClock

PAGE = b"<html><br>The network is busy.</html>"


class Raw(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def behind_a_proxy(service: str) -> Any:
    client = local_client(service, endpoint_url="http://proxy.invalid", region="ap-northeast-2")
    client.meta.events.register("before-send", lambda **_: AWSResponse("http://proxy.invalid", 200, {}, Raw(PAGE)))
    return client


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "text"),
    [
        ("elbv2", "describe_target_health", {"TargetGroupArn": "group"}, "invalid XML received"),
        ("ecs", "describe_services", {"services": ["web"]}, "the answer is not AWS's"),
        ("ecs", "update_service", {"service": "web", "desiredCount": 9}, "the answer is not AWS's"),
        ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "ecs"}, "not AWS's"),
    ],
)
def test_an_answer_that_is_not_awss_is_a_failed_call_and_holds_the_next_one_back(
    service: str, operation: str, arguments: dict[str, Any], text: str
) -> None:
    calls, pace = Calls(HandClock()), Pace(10, 10, jitter=lambda: 1.0)
    ask = getattr(behind_a_proxy(service), operation)
    with pytest.raises(ApiError, match=text):
        calls.make(pace, ask, **arguments)
    with pytest.raises(NotNowError):
        calls.make(pace, ask, **arguments)


def test_a_lease_is_not_taken_for_renewed_or_free() -> None:
    table = DynamoLeaseTable(behind_a_proxy("dynamodb"), table="pulse", lease_id="one")
    for write in (table.create, table.renew, table.release):
        with pytest.raises(StoreError, match="does not tell who holds the lease"):
            write("a")


def test_answers_that_cannot_be_parsed_are_store_errors() -> None:
    class Torn:
        def __getattr__(self, name: str) -> Any:
            def call(**_: Any) -> Any:
                raise ResponseParserError("Unable to parse response")

            return call

    with pytest.raises(StoreError, match="Unable to parse") as failed:
        put(Torn(), "Test", [])
    assert not isinstance(failed.value, RejectedError)
    with pytest.raises(StoreError, match="Unable to parse"):
        DynamoLeaseTable(Torn(), table="pulse", lease_id="one").read()
    history = DynamoHistoryStore(Torn(), table="pulse")
    for use in (history.load, lambda service: history.save(service, b"one")):
        with pytest.raises(StoreError, match="Unable to parse"):
            use("service/shop/web")


def test_a_person_is_told_in_a_line_and_not_shown_the_page() -> None:
    with pytest.raises(DeployError) as failed:
        Deployed(behind_a_proxy("cloudformation")).can_answer()
    assert str(failed.value).startswith("CloudFormation does not answer: Unable to parse response")
    assert "\n" not in str(failed.value)
    assert "<html>" not in str(failed.value)

"""What Pulse would do beside what Application Auto Scaling did."""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.decide.pulse.observation import PulseDecision, PulseMove
from fastscale.ports import Record
from fastscale.pulse.dry_run import Activities, Line, Listener
from tests.aws.shop import Shop
from tests.control.fakes import SERVICE, FakeSink, view


def record(at: float, move: PulseMove, desired: int | None, reason: str) -> Record:
    return Record(
        service=SERVICE,
        at=at,
        view=view(),
        round=None,
        forecast=None,
        startup_seconds=30,
        decision=PulseDecision(move=move, desired=desired, reason=reason),
        seconds=0.01,
        dry_run=True,
        acting=False,
    )


def test_a_wish_that_lasts_is_told_once() -> None:
    told: list[Line] = []
    sink = FakeSink()
    listener = Listener(sink, told.append)
    listener.record(record(1, PulseMove.HOLD, None, "enough"))
    for at in (2, 3, 4):
        listener.record(record(at, PulseMove.SURGE, 9, "1900/s"))
    listener.record(record(5, PulseMove.SURGE, 12, "2500/s"))
    assert [(line.at, line.text) for line in told] == [
        (1, "hold: enough"),
        (2, "would set 2 -> 9: 1900/s"),
        (5, "would set 2 -> 12: 2500/s"),
    ]
    assert len(sink.records) == 5


def test_new_scaling_activities_are_told_once_oldest_first(shop: Shop) -> None:
    now = time.time()

    def happened(at: float, description: str) -> None:
        shop.server.post(
            "/autoscaling/activities",
            {
                "ActivityId": f"{shop.name}-{at}",
                "ServiceNamespace": names.SERVICE_NAMESPACE_ECS,
                "ResourceId": shop.id,
                "ScalableDimension": names.SCALABLE_DIMENSION,
                "StartTime": at,
                "StatusCode": "Successful",
                "Description": description,
                "Cause": "monitor alarm FastScaling-CustomRPS",
            },
        )

    told: list[Line] = []
    client = shop.server.client("application-autoscaling")
    activities = Activities(client, [shop.id], since=now, tell=told.append)
    happened(now - 60, "Setting desired count to 3.")
    happened(now + 2, "Setting desired count to 12.")
    happened(now + 1, "Setting desired count to 6.")
    activities.look()
    activities.look()
    assert [line.text for line in told] == [
        "Setting desired count to 6. monitor alarm FastScaling-CustomRPS",
        "Setting desired count to 12. monitor alarm FastScaling-CustomRPS",
    ]
    assert {line.who for line in told} == {"alarms"}


def test_moments_are_understood_as_controllers_get_them() -> None:
    happening = {"ActivityId": "1", "StartTime": 1_000.5, "Description": "Setting desired count to 3."}
    told: list[Line] = []

    class Client:
        def describe_scaling_activities(self, **_: Any) -> dict[str, Any]:
            return {"ScalingActivities": [happening]}

    Activities(Client(), [SERVICE], since=1_000, tell=told.append).look()
    assert [line.at for line in told] == [1_000.5]


def test_activities_that_cannot_be_read_are_asked_for_again() -> None:
    class Throttled:
        calls = 0

        def describe_scaling_activities(self, **_: Any) -> None:
            self.calls += 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "Describe")

    client = Throttled()
    activities = Activities(client, [SERVICE], since=0, tell=lambda _: None)
    activities.look()
    activities.look()
    assert client.calls == 2

"""The record of two replicas in DynamoDB, on the real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fastscale.aws.lease_table import DynamoLeaseTable
from fastscale.control.lease import LEASE_SECONDS, SharedLease
from fastscale.errors import StoreError
from fastscale.ports import NOBODY, Holding
from tests.control.fakes import HandClock
from tests.localcloud.server.process import Server

TABLE = "pulse-lease"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Any]:
    made = server.client("dynamodb")
    made.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield made
    made.delete_table(TableName=TABLE)


def test_writes_happen_only_under_their_condition(client: Any) -> None:
    table = DynamoLeaseTable(client, table=TABLE, lease_id="one")
    assert table.read() is None
    assert not table.renew("a")
    assert table.create("a")
    assert not table.create("b")
    seen = table.read()
    assert seen == Holding("a", 1)
    assert table.renew("a")
    assert not table.take("b", seen=seen)
    assert table.take("b", seen=Holding("a", 2))
    assert not table.renew("a")
    table.release("a")
    assert table.read() == Holding("b", 3)
    table.release("b")
    assert table.read() == Holding(NOBODY, 4)


def test_two_replicas_hand_over_and_other_leases_stay_apart(client: Any) -> None:
    clocks = [HandClock(), HandClock()]
    leases = [
        SharedLease(DynamoLeaseTable(client, table=TABLE, lease_id="two"), name, clock=clock)
        for name, clock in zip("ab", clocks, strict=True)
    ]
    for lease in leases:
        lease.step()
    assert [lease.held() for lease in leases] == [True, False]
    for clock in clocks:
        clock.pass_time(LEASE_SECONDS)
    leases[1].step()
    assert [lease.held() for lease in leases] == [False, True]
    leases[1].give_back()
    leases[0].step()
    assert [lease.held() for lease in leases] == [True, False]


def test_a_table_that_is_not_there_or_throttles_is_a_store_error(client: Any) -> None:
    with pytest.raises(StoreError, match="DynamoDB"):
        DynamoLeaseTable(client, table="nowhere", lease_id="x").read()

    class Throttled:
        def update_item(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "UpdateItem")

    with pytest.raises(StoreError, match="Rate exceeded"):
        DynamoLeaseTable(Throttled(), table=TABLE, lease_id="x").renew("a")

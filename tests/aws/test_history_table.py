"""Histories in DynamoDB, as its API behaves (moto's model of it, in this process)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from fastscale import names
from fastscale.aws.history_table import DynamoHistoryStore
from fastscale.errors import StoreError

SERVICE = "service/shop/web"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = boto3.client("dynamodb", region_name=names.REGION)
        made.create_table(
            TableName=names.PULSE_TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def store(client: Any) -> DynamoHistoryStore:
    return DynamoHistoryStore(client, table=names.PULSE_TABLE)


def test_a_history_is_what_was_saved_last(client: Any) -> None:
    first = store(client)
    assert first.load(SERVICE) is None
    first.save(SERVICE, b"\x00one")
    first.save(SERVICE, b"\x00two")
    assert store(client).load(SERVICE) == b"\x00two"
    assert store(client).load("service/shop/other") is None


def test_a_store_that_has_not_looked_first_may_save(client: Any) -> None:
    store(client).save(SERVICE, b"one")
    store(client).save(SERVICE, b"two")
    assert store(client).load(SERVICE) == b"two"


def test_of_two_replicas_the_second_is_refused_until_it_has_looked_again(client: Any) -> None:
    one, other = store(client), store(client)
    one.load(SERVICE), other.load(SERVICE)
    one.save(SERVICE, b"one")
    with pytest.raises(StoreError, match="another process saved it first"):
        other.save(SERVICE, b"other")
    assert other.load(SERVICE) == b"one"
    other.save(SERVICE, b"other")
    with pytest.raises(StoreError, match="another process"):
        one.save(SERVICE, b"one more")


def test_a_table_that_is_missing_is_one_line(client: Any) -> None:
    nowhere = DynamoHistoryStore(client, table="nowhere")
    with pytest.raises(StoreError, match=r"DynamoDB: .*not found"):
        nowhere.load(SERVICE)
    with pytest.raises(StoreError, match=r"DynamoDB: .*not found"):
        nowhere.save(SERVICE, b"one")

"""The shared record of two replicas, in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.errors import StoreError
from fastscale.ports import NOBODY, Holding

_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoLeaseTable:
    """A :class:`fastscale.ports.LeaseTable`: one item of a table whose key is the string ``id``.

    ``lease_id`` tells the controllers apart that share a table. Needs dynamodb:GetItem and dynamodb:UpdateItem on it.
    Writes are conditional and reads strongly consistent (DynamoDB developer guide, "Condition expressions", "Read
    consistency").
    """

    def __init__(self, client: Any, *, table: str, lease_id: str) -> None:
        self._client = client
        self._item = {"TableName": table, "Key": {"id": {"S": f"lease/{lease_id}"}}}

    def read(self) -> Holding | None:
        """The present record."""
        item = self._call(self._client.get_item, ConsistentRead=True).get("Item")
        return Holding(owner=item["holder"]["S"], version=int(item["version"]["N"])) if item else None

    def create(self, owner: str) -> bool:
        """Write version 1 if there is no record; whether that was so."""
        return self._write(owner, "attribute_not_exists(id)", {})

    def take(self, owner: str, *, seen: Holding) -> bool:
        """Write the next version with a new owner if the record is still as ``seen``; whether that was so."""
        values = {":seen": {"N": str(seen.version)}, ":before": {"S": seen.owner}}
        return self._write(owner, "#version = :seen AND holder = :before", values)

    def renew(self, owner: str) -> bool:
        """Write the next version if ``owner`` still holds the record; whether that was so."""
        return self._write(owner, "holder = :me", {":me": {"S": owner}})

    def release(self, owner: str) -> None:
        """Leave the record to nobody if ``owner`` holds it."""
        self._write(NOBODY, "holder = :me", {":me": {"S": owner}})

    def _write(self, holder: str, condition: str, values: dict[str, Any]) -> bool:
        """The next version with ``holder`` in it, under ``condition``; False when that does not hold."""
        try:
            answer = self._call(
                self._client.update_item,
                ReturnValues="ALL_NEW",
                UpdateExpression="SET holder = :holder ADD #version :one",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":holder": {"S": holder}, ":one": {"N": "1"}, **values},
            )
        except _ConditionError:
            return False
        if answer.get("Attributes", {}).get("holder") != {"S": holder}:
            # botocore makes an empty answer of a proxy's page: who took it for a write would act beside the other.
            raise StoreError("DynamoDB: the answer does not tell who holds the lease")
        return True

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return operation(**self._item, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                raise _ConditionError(str(error)) from error
            raise StoreError(f"DynamoDB: {error}") from error
        except NO_ANSWER as error:
            raise StoreError(f"DynamoDB: {cause(error)}") from error


class _ConditionError(StoreError):
    """The record is not as the condition wants it."""

"""What Pulse has learnt, kept in DynamoDB."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.errors import StoreError

_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoHistoryStore:
    """A :class:`fastscale.ports.HistoryStore`: one item per service in a table whose key is the string ``id``.

    Each write makes the next version of the item, on condition that nobody else did since this store last looked: of
    two replicas that save at once one is refused, and writes again at its next turn. Needs dynamodb:GetItem and
    dynamodb:PutItem on the table. An item holds at most 400 kB (DynamoDB developer guide, "Quotas"); a write is billed
    by the kB.
    """

    def __init__(self, client: Any, *, table: str) -> None:
        self._client = client
        self._table = table
        self._versions: dict[str, int] = {}

    def load(self, service: str) -> bytes | None:
        """The newest content; None when there is none. Raises StoreError."""
        item = self._item(service)
        self._versions[service] = _version(item)
        content = (item or {}).get("content", {}).get("B")
        return bytes(content) if content is not None else None

    def save(self, service: str, content: bytes) -> None:
        """Write the next version. Raises StoreError when that failed, or when another process wrote it first."""
        seen = self._versions.pop(service, None)
        if seen is None:
            seen = _version(self._item(service))
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_key(service), "version": {"N": str(seen + 1)}, "content": {"B": content}},
                ConditionExpression="#version = :seen" if seen else "attribute_not_exists(#version)",
                ExpressionAttributeNames={"#version": "version"},
                **({"ExpressionAttributeValues": {":seen": {"N": str(seen)}}} if seen else {}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONDITION_FAILED:
                raise StoreError(f"history of {service}: another process saved it first") from error
            raise StoreError(f"DynamoDB: {error}") from error
        except NO_ANSWER as error:
            raise StoreError(f"DynamoDB: {cause(error)}") from error
        self._versions[service] = seen + 1

    def _item(self, service: str) -> dict[str, Any] | None:
        try:
            answer = self._client.get_item(TableName=self._table, Key=_key(service), ConsistentRead=True)
        except (ClientError, *NO_ANSWER) as error:
            raise StoreError(f"DynamoDB: {cause(error)}") from error
        item: dict[str, Any] | None = answer.get("Item")
        return item


def _key(service: str) -> dict[str, Any]:
    return {"id": {"S": f"history/{service}"}}


def _version(item: dict[str, Any] | None) -> int:
    """0 for an item that does not exist."""
    return int(item["version"]["N"]) if item else 0

"""Tables of DynamoDB."""

from __future__ import annotations

import time
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType

#: What other calls than CreateTable set.
_LATER = frozenset({"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "Tags"})
_CHANGEABLE = ("BillingMode", "ProvisionedThroughput", "DeletionProtectionEnabled", "TableClass")
_ACTIVE_SECONDS = 30.0
_POLL_SECONDS = 0.05


def _create_table(context: Context, properties: Properties) -> Physical:
    client = context.client("dynamodb")
    named = {"TableName": context.name(properties, max_length=255), **properties}
    given = arguments(client, "CreateTable", _spelled(named), leave=_LATER)
    tags = context.tag_list(properties)
    table = client.create_table(**given, **({"Tags": tags} if tags else {}))["TableDescription"]
    context.claim(Physical(table["TableName"]))
    _wait_until_active(client, table["TableName"])
    _set_later(client, table["TableName"], {}, properties)
    return Physical(
        table["TableName"], {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn", "no stream")}
    )


def _spelled(properties: Properties) -> Properties:
    """The template has its own words for encryption and streams."""
    spelled = dict(properties)
    if "SSESpecification" in spelled:
        encryption = dict(spelled["SSESpecification"])
        spelled["SSESpecification"] = {"Enabled": encryption.pop("SSEEnabled"), **encryption}
    if "StreamSpecification" in spelled:
        spelled["StreamSpecification"] = {"StreamEnabled": True, **spelled["StreamSpecification"]}
    return spelled


def _update_table(context: Context, physical: Physical, old: Properties, new: Properties) -> Physical:
    client = context.client("dynamodb")
    changed = {name: value for name, value in only(new, *_CHANGEABLE).items() if old.get(name) != value}
    if changed:
        client.update_table(TableName=physical.id, **arguments(client, "UpdateTable", changed))
        _wait_until_active(client, physical.id)
    _set_later(client, physical.id, old, new)
    return physical


def _set_later(client: Any, table: str, old: Properties, new: Properties) -> None:
    recovery = new.get("PointInTimeRecoverySpecification")
    if recovery is not None:
        given = arguments(client, "UpdateContinuousBackups", {"PointInTimeRecoverySpecification": recovery})
        client.update_continuous_backups(TableName=table, **given)
    expiry = new.get("TimeToLiveSpecification")
    if expiry is not None and expiry != old.get("TimeToLiveSpecification"):
        given = arguments(client, "UpdateTimeToLive", {"TimeToLiveSpecification": expiry})
        client.update_time_to_live(TableName=table, **given)


def _delete_table(context: Context, physical: Physical, _: Properties) -> None:
    context.client("dynamodb").delete_table(TableName=physical.id)


def _wait_until_active(client: Any, table: str) -> None:
    deadline = time.monotonic() + _ACTIVE_SECONDS
    while client.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise ValidationError(f"Table {table} did not become active in time.")
        time.sleep(_POLL_SECONDS)


TYPES = {
    "AWS::DynamoDB::Table": ResourceType(
        _create_table,
        _delete_table,
        _update_table,
        frozenset({"TableName", "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes"}),
    ),
}

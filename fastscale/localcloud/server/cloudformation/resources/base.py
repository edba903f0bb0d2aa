"""What the engine knows of a resource type: how to create, update and delete one resource through AWS's API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from fastscale.aws.session import local_client
from fastscale.localcloud.server.settings import BOOT
from fastscale.localcloud.server.shapes import Shape, stable_id

#: The properties of one resource, with every intrinsic function evaluated.
Properties = Shape


@dataclass(frozen=True)
class Physical:
    """A resource that exists: ``id`` is what Ref gives, ``attributes`` are what Fn::GetAtt gives."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Clients:
    """boto3 clients of this very server, made once each: CloudFormation is a client of the other services."""

    #: A handler that fails must fail at once, with the service's own message.
    CONFIG = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        user_agent_extra=BOOT,
    )

    def __init__(self, endpoint_url: str, region: str) -> None:
        self._endpoint_url = endpoint_url
        self._region = region
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """The client of ``service``."""
        if service not in self._clients:
            made = local_client(service, endpoint_url=self._endpoint_url, region=self._region, config=self.CONFIG)
            self._clients[service] = made
        return self._clients[service]


@dataclass(frozen=True)
class Context:
    """Where a resource is created: its stack, its logical id, the stack's tags and the clients to call.

    A create handler of several calls passes what exists to ``claim`` after the first one, so that a rollback finds it
    when a later call fails.
    """

    stack_id: str
    stack_name: str
    logical_id: str
    tags: Mapping[str, str]
    client: Clients
    claim: Callable[[Physical], None]

    def name(self, properties: Properties, *, max_length: int = 64) -> str:
        """A physical name for a resource that was given none.

        The suffix follows from the stack and the properties, so that a stack that is deployed again after a restart
        gets the same names, and a replacement gets another one.
        """
        suffix = stable_id(self.stack_id, self.logical_id, json.dumps(properties, sort_keys=True, default=str))[:8]
        start = f"{self.stack_name}-{self.logical_id}"[: max_length - len(suffix) - 1].rstrip("-")
        return f"{start}-{suffix}"

    def tag_list(self, properties: Properties) -> list[dict[str, str]]:
        """The stack's tags and the resource's own, which win."""
        own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}
        return [{"Key": key, "Value": value} for key, value in {**self.tags, **own}.items()]


@dataclass(frozen=True)
class ResourceType:
    """The handlers of a type.

    ``update`` gets the old and the new properties; without it every change replaces the resource. A change of a
    property in ``replaced_by`` always does ("Update requires: Replacement" in CloudFormation's reference).
    """

    create: Callable[[Context, Properties], Physical]
    delete: Callable[[Context, Physical, Properties], None]
    update: Callable[[Context, Physical, Properties, Properties], Physical] | None = None
    replaced_by: frozenset[str] = frozenset()

    def replaces(self, old: Properties, new: Properties) -> bool:
        """Whether going from ``old`` to ``new`` needs another physical resource."""
        return self.update is None or any(old.get(name) != new.get(name) for name in self.replaced_by)

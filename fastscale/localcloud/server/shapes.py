"""Structures in AWS's own shape: plain dictionaries with the member names of the service's API."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable
from typing import Any

#: One structure of an API, for example a ``Service`` of ECS or a ``MetricAlarm`` of CloudWatch.
Shape = dict[str, Any]


def pick(source: Shape, members: Iterable[str]) -> Shape:
    """A deep copy of the ``members`` that ``source`` holds with a value."""
    return {name: copy.deepcopy(source[name]) for name in members if source.get(name) is not None}


def stable_id(*parts: str) -> str:
    """A UUID that is the same whenever the thing of this name is made again, also after a restart of the server."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def page(items: list[Shape], token: str | None, size: int) -> tuple[list[Shape], str | None]:
    """One page of ``items`` and the token of the next one (None after the last)."""
    start = int(token) if token and token.isdigit() else 0
    end = start + size
    return items[start:end], str(end) if end < len(items) else None

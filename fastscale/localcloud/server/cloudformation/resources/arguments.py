"""Template properties as the parameters of an API operation.

The two spell the same things alike but for case (``ContainerDefinitions``, ``containerDefinitions``), and templates may
write numbers and booleans as strings. The operation's own model says how each must arrive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.resources.base import Properties


def arguments(client: Any, operation: str, properties: Properties, *, leave: Collection[str] = ()) -> dict[str, Any]:
    """The parameters of ``operation`` (``CreateCluster``) that ``properties`` give.

    ``leave`` names the properties that other calls take care of. Raises ValidationError for a property that the
    operation does not have: it would be lost in silence.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    return _structure(shape, {name: value for name, value in properties.items() if name not in leave})


def only(properties: Properties, *names: str) -> Properties:
    """The properties of these names that are there."""
    return {name: properties[name] for name in names if name in properties}


def _structure(shape: StructureShape, value: Any) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    unknown = sorted(key for key in value if key.lower() not in members)
    if unknown:
        raise ValidationError(f"extraneous key [{', '.join(unknown)}] is not permitted or not supported locally")
    named = {members[key.lower()]: member for key, member in value.items()}
    return {name: _convert(shape.members[name], member) for name, member in named.items()}


def _convert(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, value)
    if isinstance(shape, ListShape):
        return [_convert(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _convert(shape.value, item) for key, item in value.items()}
    return _SCALARS.get(shape.type_name, _as_is)(value)


def _as_is(value: Any) -> Any:
    return value


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}

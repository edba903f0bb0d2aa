"""CloudFormation templates as data: JSON, or YAML with the short tags (``!Ref``, ``!GetAtt``, ``!Sub`` …)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.shapes import Shape


@dataclass(frozen=True)
class Template:
    """The sections of a template; ``text`` is the template as it was sent."""

    text: str
    resources: dict[str, Shape]
    parameters: dict[str, Shape] = field(default_factory=dict)
    mappings: dict[str, Shape] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Shape] = field(default_factory=dict)
    description: str | None = None


def parse(text: str) -> Template:
    """Read a template. Raises ValidationError with AWS's ``Template format error`` for what is not one."""
    data = _load(text)
    resources = data.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValidationError("Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type."
            )
    return Template(
        text=text,
        resources=resources,
        parameters=data.get("Parameters") or {},
        mappings=data.get("Mappings") or {},
        conditions=data.get("Conditions") or {},
        outputs=data.get("Outputs") or {},
        description=data.get("Description"),
    )


def _load(text: str) -> Shape:
    try:
        data = json.loads(text)
    except ValueError:
        data = _load_yaml(text)
    if not isinstance(data, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return data


def _load_yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise ValidationError(f"Template format error: YAML not well-formed. ({line})") from None


class _Loader(yaml.SafeLoader):
    """SafeLoader that reads CloudFormation's short tags and leaves dates such as ``Version: 2012-10-17`` as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to say what a loader recognises
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Shape:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind of node
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


yaml.add_multi_constructor("!", _short_tag, Loader=_Loader)

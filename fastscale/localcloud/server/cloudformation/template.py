"""CloudFormation templates as their sections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastscale import cloudformation_yaml
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
        data = cloudformation_yaml.parse(text)
    except RecursionError:
        raise ValidationError("Template format error: it is nested too deeply.") from None
    except ValueError as error:
        raise ValidationError(f"Template format error: YAML not well-formed. {error}") from None
    if not isinstance(data, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return data

"""The values of a stack's parameters: what the caller gave, else the defaults, checked as CloudFormation checks them.

Rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.shapes import Shape

_SSM = "AWS::SSM::Parameter::Value<"


def merge(
    given: list[Shape], declared: Mapping[str, Shape], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The raw value of each declared parameter that has one: given, previous where asked for, else the default.

    Raises ValidationError for a parameter that the template does not have, or that has no value.
    """
    values: dict[str, str] = {}
    for parameter in given:
        key = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue"):
            if previous is None or key not in previous:
                raise ValidationError(f"Parameter {key} has no previous value")
            values[key] = previous[key]
        else:
            values[key] = parameter.get("ParameterValue", "")
    unknown = sorted(values.keys() - declared.keys())
    if unknown:
        raise ValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, declaration in declared.items():
        if "Default" in declaration:
            values.setdefault(name, str(declaration["Default"]))
    missing = sorted(declared.keys() - values.keys())
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, value, declared[name])
    return values


def typed(raw: str, declaration: Shape, read_ssm: Callable[[str], str]) -> Any:
    """What ``Ref`` gives for a parameter: a string, a list of strings, or what an SSM parameter of that name holds."""
    kind = str(declaration.get("Type", "String"))
    if kind.startswith(_SSM):
        raw, kind = read_ssm(raw), kind.removeprefix(_SSM).removesuffix(">")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in raw.split(",")] if raw else []
    return raw


def _check(name: str, value: str, declaration: Shape) -> None:
    allowed = [str(item) for item in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise ValidationError(f"Template error: Parameter '{name}' must be one of AllowedValues")
    pattern = declaration.get("AllowedPattern")
    if pattern and re.fullmatch(pattern, value) is None:
        why = declaration.get("ConstraintDescription") or f"must match pattern {pattern}"
        raise ValidationError(f"Parameter '{name}' {why}")
    if declaration.get("Type") == "Number":
        _check_number(name, value, declaration)
    if not int(declaration.get("MinLength", 0)) <= len(value) <= int(declaration.get("MaxLength", len(value))):
        raise ValidationError(f"Parameter '{name}' must have the declared MinLength to MaxLength characters")


def _check_number(name: str, value: str, declaration: Shape) -> None:
    try:
        number = float(value)
    except ValueError:
        raise ValidationError(f"Parameter '{name}' must be a number.") from None
    if not float(declaration.get("MinValue", number)) <= number <= float(declaration.get("MaxValue", number)):
        raise ValidationError(f"Parameter '{name}' must be a number within MinValue and MaxValue")

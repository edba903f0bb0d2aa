"""Building a part of a plan from a stranger's resource, or saying why that is not possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fastscale.template.design import NotModelled
from fastscale.template.stack import Resource
from fastscale.template.values import placeholders

T = TypeVar("T")

#: Properties that CloudFormation takes as true or false, be they written as such or as text.
_FLAGS = frozenset({"ActionsEnabled", "DisableScaleIn", "ReturnData"})


def attempt(resource: Resource, build: Callable[[Mapping[str, Any]], T]) -> T | NotModelled:
    """What ``build`` makes of the properties, or why it cannot.

    A template may hold anything anywhere, so every error that odd values can cause in ``build`` is an answer here.
    """
    try:
        return build(_with_flags(resource.properties))
    except ValidationError as error:
        return _invalid(resource, error.errors(include_url=False)[0])
    except KeyError as error:
        return NotModelled(resource.where, resource.kind, f"{error.args[0]} is missing")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return NotModelled(resource.where, resource.kind, _odd(error))


def _invalid(resource: Resource, problem: ErrorDetails) -> NotModelled:
    key = ".".join(str(part) for part in problem["loc"])
    value = problem["input"]
    unknown = placeholders(value) if isinstance(value, str) else []
    if unknown:
        return NotModelled(resource.where, resource.kind, f"{key} is {value}: {_source(unknown[0])}")
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    what = f"{key} = {value!r}" if isinstance(value, str | int | float) else key or "it"
    return NotModelled(resource.where, resource.kind, f"AWS refuses {what}: {message}", refused=True)


def _odd(error: Exception) -> str:
    """An error of a conversion, such as int(), names the text that it could not convert."""
    unknown = placeholders(str(error))
    if unknown:
        return f"${{{unknown[0]}}} stands where a number is needed: {_source(unknown[0])}"
    return "its properties are not of the form that the type has"


def _source(name: str) -> str:
    """Where the value called ``name`` may come from. In a placeholder the stack stands before the parameter."""
    parameter = name.rpartition("/")[2]
    if parameter.isalnum():
        return f"give it with --parameter {parameter}=VALUE"
    return "only a deployment knows it"


def _with_flags(value: Any) -> Any:
    """``value`` with the texts ``true`` and ``false`` of known flags as what they mean."""
    if isinstance(value, list):
        return [_with_flags(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _flag(part) if key in _FLAGS else _with_flags(part) for key, part in value.items()}


def _flag(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value

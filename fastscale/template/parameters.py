"""Parameters of a template, and the values that a user gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from fastscale.errors import PlanError

#: Pseudo parameters that a user may set; the others follow from them or from the stack.
PSEUDO_PARAMETERS = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix")


def parse_options(options: Iterable[str]) -> dict[str, str]:
    """``Key=Value`` options as a mapping. Raises PlanError for one that is not of that form."""
    given: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            raise PlanError(f"--parameter {option!r}: write it as Key=Value")
        given[key.strip()] = value
    return given


def check_given(given: Mapping[str, str], declared: Iterable[Mapping[str, Any]]) -> None:
    """Refuse with PlanError a key that no template declares, and a value that its declaration does not allow.

    ``declared`` holds the Parameters section of each template.
    """
    sections = list(declared)
    known = sorted({key for section in sections for key in section} | set(PSEUDO_PARAMETERS))
    for key, value in given.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
            raise PlanError(f"--parameter {key}={value}: there is no such parameter; {hint}")
        for section in sections:
            _check_value(key, value, section.get(key))


def _check_value(key: str, value: str, declaration: Any) -> None:
    if not isinstance(declaration, dict):
        return
    allowed = declaration.get("AllowedValues")
    if isinstance(allowed, list) and value not in [str(one) for one in allowed]:
        raise PlanError(f"--parameter {key}={value}: choose one of {', '.join(map(str, allowed))}")
    if declaration.get("Type") == "Number" and number(value) is None:
        raise PlanError(f"--parameter {key}={value}: must be a number")


def number(text: str) -> float | None:
    """The number that ``text`` is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def value_of(declaration: Any, given: Any) -> Any:
    """The value of a declared parameter: the given one, else its default; None when there is neither.

    A list type gives a list of texts. The default of a Parameter Store type names an entry in the store, so it is no
    value; a given one is taken as the value itself.
    """
    if not isinstance(declaration, dict):
        return None
    kind = str(declaration.get("Type", "String"))
    value = given
    if value is None and not kind.startswith("AWS::SSM::"):
        value = declaration.get("Default")
    if value is None or isinstance(value, dict):
        return None
    if "List" not in kind:
        return value
    return value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]

"""Values of a template that only a deployment knows."""

from __future__ import annotations

import re
from typing import Any, Final

#: A placeholder, or the text between two.
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")

#: Longer than any value CloudFormation takes. Texts that hold each other twice over would double with each level.
MAX_TEXT = 65_536


class Symbolic(str):
    """Text that holds placeholders such as ``${Service.Name}`` for what only a deployment knows.

    It compares like text: the same placeholder stands for the same value.
    """

    __slots__ = ()


class _NoValue:
    """What ``AWS::NoValue`` stands for: the property is as if it were not written."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Final = _NoValue()


def placeholder(name: str) -> Symbolic:
    """The value called ``name``, which is not known."""
    return Symbolic("${" + re.sub(r"[${}]", "", name) + "}")


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it into text; anything else as a placeholder."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return placeholder(type(value).__name__)


def concatenate(parts: list[str]) -> str:
    """The parts as one text, symbolic if any of them is."""
    if sum(map(len, parts)) > MAX_TEXT:
        return placeholder(f"text of more than {MAX_TEXT} characters")
    text = "".join(parts)
    return Symbolic(text) if any(isinstance(part, Symbolic) for part in parts) else text


def split(text: str, delimiter: str) -> list[str]:
    """``text`` split at ``delimiter``, but never within a placeholder."""
    if not isinstance(text, Symbolic):
        return text.split(delimiter)
    pieces = [""]
    position = 0
    for match in _PLACEHOLDER.finditer(text):
        first, *rest = text[position : match.start()].split(delimiter)
        pieces[-1] += first
        pieces.extend(rest)
        pieces[-1] += match.group()
        position = match.end()
    first, *rest = text[position:].split(delimiter)
    pieces[-1] += first
    pieces.extend(rest)
    return [Symbolic(piece) if _PLACEHOLDER.search(piece) else piece for piece in pieces]


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in ``text``."""
    return [match.group()[2:-1] for match in _PLACEHOLDER.finditer(text)]


def items(value: Any) -> list[Any]:
    """``value`` as a list: templates may write one thing where a list is meant, and nothing for an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list; what is no mapping has no place where one is meant."""
    return [item for item in items(value) if isinstance(item, dict)]

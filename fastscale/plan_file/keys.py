"""Key paths of a plan file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

KeyPath = tuple[str, ...]
Location = Sequence[str | int]

#: The lists of a plan whose entries are told apart by their names.
NAMED_LISTS: frozenset[KeyPath] = frozenset(
    {("alarms",), ("events",), ("scaling", "step_policies"), ("scaling", "target_policies"), ("scaling", "schedules")}
)

#: What TOML takes as a key without quotes.
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: Location) -> str:
    """A key path as TOML writes it, such as ``alarms."FastScaling-CustomRPS".period``; a number is a list position."""
    return ".".join(str(part) if isinstance(part, int) else key(part) for part in path)


def key(name: str) -> str:
    """``name`` as a TOML key: bare when it may be and looks like a key of a plan, else quoted, as names are."""
    return name if _BARE_KEY.fullmatch(name) and name.islower() else quoted(name)


def quoted(text: str) -> str:
    """``text`` as a TOML basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""A surge that the user names: ten times the load, or a rate in requests per second."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastscale.errors import InputError

_FACTOR = re.compile(r"(\d+(?:\.\d+)?)x", re.IGNORECASE)
_RATE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Surge:
    """Exactly one of ``factor`` (times the load before) and ``requests_per_second`` is set."""

    factor: float | None = None
    requests_per_second: float | None = None

    @classmethod
    def parse(cls, text: str) -> Surge:
        """``10x`` or ``600``. Raises InputError in one line."""
        if (match := _FACTOR.fullmatch(text)) and float(match[1]) > 1:
            return cls(factor=float(match[1]))
        if _RATE.fullmatch(text) and float(text) > 0:
            return cls(requests_per_second=float(text))
        raise InputError(f"--surge {text!r}: write it as a factor above 1, such as 10x, or as requests/s, such as 600")

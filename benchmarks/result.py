"""The last line of every benchmark: one JSON object that says what was measured and whether it is good enough."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Figure:
    """One of several figures of a benchmark; an infinite value is of something that never happened."""

    name: str
    value: float
    unit: str
    target: str
    ok: bool


def finish(name: str, value: float, unit: str, *, target: str, ok: bool, figures: Sequence[Figure] = ()) -> NoReturn:
    """Print the result, and the ``figures`` behind it, as one JSON line; end with exit code 0 when ``ok``, else 1."""
    result: dict[str, object] = {"name": name, "value": _number(value), "unit": unit, "target": target, "ok": ok}
    if figures:
        result["figures"] = [{**asdict(figure), "value": _number(figure.value)} for figure in figures]
    print(json.dumps(result, allow_nan=False))
    sys.exit(0 if ok else 1)


def _number(value: float) -> float | None:
    """The value with three decimals; None for what JSON has no number for."""
    return round(value, 3) if math.isfinite(value) else None

"""The last line of every benchmark: one JSON object that says what was measured and whether it is good enough."""

from __future__ import annotations

import json
import sys
from typing import NoReturn


def finish(name: str, value: float, unit: str, *, target: str, ok: bool) -> NoReturn:
    """Print the result as one JSON line and end the process: exit code 0 when ``ok``, else 1."""
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "target": target, "ok": ok}))
    sys.exit(0 if ok else 1)

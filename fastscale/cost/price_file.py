"""Prices of one's own, for a Region of which this package has no copies, or under an agreement with AWS."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from fastscale.cost.prices import Prices
from fastscale.errors import InputError

#: Every price that a file has to name, and those that are the same in most Regions, which it may.
NEEDED = tuple(one.name for one in fields(Prices) if one.name != "region" and one.default is MISSING)
OPTIONAL = tuple(one.name for one in fields(Prices) if one.default is not MISSING)


def load_prices(path: Path, region: str) -> Prices:
    """The prices of ``region`` in US dollars, from a TOML file of ``key = number``. Raises InputError in one line."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: this is no TOML: {error}") from error
    return Prices(region=region, **_checked(path, table))


def _checked(path: Path, table: dict[str, Any]) -> dict[str, float]:
    for key, value in table.items():
        if key not in (*NEEDED, *OPTIONAL):
            raise InputError(f"{path}: unknown key {key!r}: the prices are {', '.join((*NEEDED, *OPTIONAL))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise InputError(f"{path}: {key} = {value!r} is not a price in US dollars")
    missing = [key for key in NEEDED if key not in table]
    if missing:
        raise InputError(f"{path}: no price for {', '.join(missing)}")
    return {key: float(value) for key, value in table.items()}

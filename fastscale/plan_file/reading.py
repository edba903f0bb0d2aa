"""From a file to a plan."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fastscale import profiles
from fastscale.errors import PlanError
from fastscale.plan import Plan
from fastscale.plan_file.keys import NAMED_LISTS, KeyPath, dotted
from fastscale.plan_file.offered import require_offered
from fastscale.plan_file.problem import first_problem
from fastscale.plan_file.zones import with_zones, without_own_zone

Table = dict[str, Any]


def load(path: Path) -> Plan:
    """The plan that the file at ``path`` describes. Raises PlanError: one line with file, key, value and fix."""
    try:
        return from_table(_read(path))
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from error
    except RecursionError as error:
        raise PlanError(f"{path}: is nested too deeply for a plan") from error


def from_table(given: Mapping[str, Any]) -> Plan:
    """The plan of a file's contents. Raises PlanError: one line with key, value and fix."""
    base = _base(given.get("profile"))
    merged = _merge(_by_name(without_own_zone(base), ()), _by_name(given, ()))
    data = with_zones(_as_lists(merged, ()))
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise PlanError(first_problem(error, data)) from error
    require_offered(plan)
    return plan


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PlanError("there is no such file") from error
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlanError("is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"is not TOML: {error}") from error


def _base(profile: object) -> Table:
    """What the file starts from: nothing, or the profile that it names."""
    if profile is None or profile == Plan.model_fields["profile"].default:
        return {}
    if not isinstance(profile, str):
        raise PlanError(f"profile = {profile!r}: must be the name of a profile: {', '.join(profiles.PROFILES)}")
    return profiles.profile(profile).model_dump(exclude_unset=True)


def _by_name(value: Any, path: KeyPath) -> Any:
    """``value`` with each named list as a table of its entries by name, so that it merges like any other table."""
    if path in NAMED_LISTS and isinstance(value, list | tuple):
        return _entries_by_name(value, path)
    if isinstance(value, Mapping) and path not in NAMED_LISTS:
        return {key: _by_name(part, (*path, key)) for key, part in value.items()}
    return value


def _entries_by_name(entries: Iterable[Any], path: KeyPath) -> Table:
    table: Table = {}
    for number, entry in enumerate(entries, start=1):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            raise PlanError(f"{dotted(path)}: entry {number} needs a name")
        if name in table:
            raise PlanError(f"{dotted((*path, name))}: is given twice; keep one of them")
        table[name] = {key: part for key, part in entry.items() if key != "name"}
    return table


def _merge(base: Any, given: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(given, Mapping):
        return given
    return {**base, **{key: _merge(base.get(key), part) for key, part in given.items()}}


def _as_lists(value: Any, path: KeyPath) -> Any:
    """The inverse of :func:`_by_name`, without the removed entries, and with values as the plan takes them."""
    if path in NAMED_LISTS and isinstance(value, Mapping):
        return [
            _entry(name, part, (*path, name))
            for name, part in value.items()
            if not (isinstance(part, Mapping) and _removed(part, (*path, name)))
        ]
    if path[-1:] == ("dimensions",) and isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, Mapping):
        return {key: _as_lists(part, (*path, key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_lists(part, path) for part in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return value


def _entry(name: str, part: Any, path: KeyPath) -> Table:
    if not isinstance(part, Mapping):
        raise PlanError(f"{dotted(path)} = {part!r}: must be a table")
    return {"name": name, **{key: _as_lists(inner, (*path, key)) for key, inner in part.items() if key != "remove"}}


def _removed(part: Mapping[str, Any], path: KeyPath) -> bool:
    remove = part.get("remove", False)
    if not isinstance(remove, bool):
        raise PlanError(f"{dotted((*path, 'remove'))} = {remove!r}: must be true or false")
    return remove

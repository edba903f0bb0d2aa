"""What is wrong with a plan, in one line that names the key, its value and the fix."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fastscale.plan import Plan
from fastscale.plan_file.keys import Location, dotted

#: What pydantic calls a tuple or a dictionary is a list or a table in a file.
_SHAPES = {"tuple_type": "should be a list, or tables by name", "model_type": "should be a table"}


def first_problem(error: ValidationError, data: Any) -> str:
    """The first thing that is wrong in ``data``; a wrong key before all others, because it explains missing ones."""
    problems = _causes(error.errors(include_url=False))
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    line = _describe(problem, data)
    others = len(problems) - 1
    return f"{line} (and {others} more)" if others else line


def _causes(problems: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only follow from a problem inside of them: a list whose one entry is wrong is "too short"."""
    inner = {problem["loc"][:length] for problem in problems for length in range(len(problem["loc"]))}
    return [problem for problem in problems if problem["loc"] not in inner]


def _describe(problem: ErrorDetails, data: Any) -> str:
    location = problem["loc"]
    key = dotted(_with_names(location, data)) or "the plan"
    if problem["type"] == "extra_forbidden":
        return f"{key}: there is no such key{_suggestion(location)}"
    if problem["type"] == "missing":
        return f"{key}: is missing{_missing_hint(location, data)}"
    message = _SHAPES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    value = problem["input"]
    if isinstance(value, str | int | float | bool):
        return f"{key} = {value!r}: {message}"
    return f"{key}: {message}"


def _with_names(location: Location, data: Any) -> list[str | int]:
    """``location`` with the names of entries in place of their positions."""
    path: list[str | int] = []
    for part in location:
        data = _child(data, part)
        named = isinstance(part, int) and isinstance(data, dict) and "name" in data
        path.append(str(data["name"]) if named else part)
    return path


def _child(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _suggestion(location: Location) -> str:
    wrong = str(location[-1])
    keys = list(_model_at(location[:-1]).model_fields)
    near = get_close_matches(wrong, keys, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    elsewhere = [path for path in _key_paths(Plan, ()) if path[-1] == wrong]
    if elsewhere:
        return f" here; did you mean {dotted(elsewhere[0])}?"
    return f"; choose one of {', '.join(keys)}"


def _missing_hint(location: Location, data: Any) -> str:
    if len(location) == 1:
        return '; give it, or start from a profile: profile = "default"'
    *to_list, position, _ = location
    entries = data
    for part in to_list:
        entries = _child(entries, part)
    if isinstance(position, int) and isinstance(entries, list):
        others = [str(entry.get("name")) for index, entry in enumerate(entries) if index != position]
        near = get_close_matches(str(entries[position].get("name")), others, n=1)
        if near:
            return f"; did you mean {dotted(_with_names([*to_list, near[0]], data))}?"
    return "; give it a value"


def _model_at(location: Location) -> type[BaseModel]:
    model: type[BaseModel] = Plan
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_of(model.model_fields[part].annotation) or model
    return model


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as ``Model``, ``Model | None`` or ``tuple[Model, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_of(part))), None)


def _key_paths(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, field in model.model_fields.items():
        yield (*path, key)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _key_paths(inner, (*path, key))

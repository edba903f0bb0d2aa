"""CloudFormation's JSON and YAML as data: short tags become functions, and a document becomes a tree with text keys.

Source: CloudFormation user guide, "CloudFormation template format" (template-formats.html): YAML 1.1 without the
binary, omap, pairs, set and timestamp tags. Aliases, which CloudFormation refuses, are taken, because the AWS CLI's
``package`` and other tools resolve them before they upload a template.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

#: A template may be 1 MB (CloudFormation quotas): no honest one has more values. Aliases of aliases soon have.
MAX_VALUES = 500_000

#: Tags whose long form has no ``Fn::`` before it.
_BARE_TAGS = frozenset({"Ref", "Condition"})
_YAML_TYPES = ("null", "bool", "int", "float", "str", "seq", "map", "merge")


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: its tags become functions, and nothing becomes a date."""

    yaml_constructors = {  # noqa: RUF012 - PyYAML's own way to say which tags a loader knows
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in _YAML_TYPES
    }
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """``!Sub text`` as ``{"Fn::Sub": "text"}``; ``!GetAtt A.Arn`` as JSON has it, ``{"Fn::GetAtt": ["A", "Arn"]}``."""
    if isinstance(node, yaml.MappingNode):
        argument: Any = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        argument = loader.construct_scalar(node)  # type: ignore[arg-type]  # the only kind of node that is left
    if suffix == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {suffix if suffix in _BARE_TAGS else f"Fn::{suffix}": argument}


_Loader.add_multi_constructor("!", _function)


def parse(text: str) -> Any:
    """The document in ``text``. Raises ValueError with one line, and RecursionError for what is nested too deeply.

    JSON is read as such, because a YAML parser takes seconds for a large one and stumbles over tabs.
    """
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            pass  # a YAML flow mapping begins like this too
    try:
        return _plain(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, LookupError) as error:  # `!!int x` and `!!bool x` raise the latter two
        raise ValueError(_one_line(error)) from error


def _plain(document: Any) -> Any:
    """``document`` with text keys, as a tree: what aliases share is copied, within :data:`MAX_VALUES`."""
    left = MAX_VALUES

    def copy(value: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError(f"its aliases expand to more than {MAX_VALUES} values")
        if isinstance(value, dict):
            return {_key(key): copy(part) for key, part in value.items()}
        if isinstance(value, list):
            return [copy(part) for part in value]
        return value

    return copy(document)


def _key(key: Any) -> str:
    """A key as text: account numbers as keys of a mapping are numbers to YAML."""
    if isinstance(key, bool):
        return str(key).lower()
    return str(key)


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"
    return " ".join(str(error).split())

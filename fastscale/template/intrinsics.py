"""CloudFormation's intrinsic functions.

Source: CloudFormation template reference, "Intrinsic functions". A function whose answer only a deployment knows, or
that is written wrongly, becomes a placeholder; nothing here raises on account of a template's contents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fastscale.template.values import NO_VALUE, Symbolic, as_text, concatenate, placeholder, split

#: ``${Name}``, ``${Name.Attribute}``, or ``${!Literal}`` in the text of Fn::Sub.
_SUB = re.compile(r"\$\{([^{}]*)\}")
#: A dynamic reference, filled in from Parameter Store or Secrets Manager at deployment.
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


class Scope(Protocol):
    """What names mean in one stack."""

    def reference(self, name: str) -> Any:
        """The value of ``Ref: name``."""

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """The value of ``Fn::GetAtt``."""

    def condition(self, name: str) -> bool | None:
        """Whether the condition holds; None when only a deployment knows."""

    def mapped(self, name: str, first: str, second: str) -> Any:
        """The value in a mapping; None when there is none."""

    def imported(self, export: str) -> Any:
        """The value that a stack exports under the name ``export``."""

    def output(self, stack: str, output: str) -> Any:
        """The value of an output of the stack called ``stack``."""


def resolve(value: Any, scope: Scope) -> Any:
    """``value`` with its functions answered; a property without a value is left out."""
    if isinstance(value, str):
        return placeholder(value) if _DYNAMIC.search(value) else value
    if isinstance(value, list):
        return [part for item in value if (part := resolve(item, scope)) is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref" or name.startswith("Fn::"):
            return _call(name, argument, scope)
    return {key: part for key, item in value.items() if (part := resolve(item, scope)) is not NO_VALUE}


def holds(condition: Any, scope: Scope) -> bool | None:
    """Whether a condition expression holds; None when only a deployment knows."""
    if not isinstance(condition, dict) or len(condition) != 1:
        return None
    [(name, argument)] = condition.items()
    if name == "Condition":
        return scope.condition(argument) if isinstance(argument, str) else None
    if name not in _CONDITIONS or not isinstance(argument, list):
        return None
    return _CONDITIONS[name](argument, scope)


def _equals(sides: list[Any], scope: Scope) -> bool | None:
    return _equal(*(resolve(side, scope) for side in sides)) if len(sides) == 2 else None


def _not(parts: list[Any], scope: Scope) -> bool | None:
    answer = holds(parts[0], scope) if len(parts) == 1 else None
    return None if answer is None else not answer


def _and(parts: list[Any], scope: Scope) -> bool | None:
    return _all([holds(part, scope) for part in parts])


def _or(parts: list[Any], scope: Scope) -> bool | None:
    """Some hold unless all of their opposites do."""
    none = _all([_not([part], scope) for part in parts])
    return None if none is None else not none


_CONDITIONS: dict[str, Callable[[list[Any], Scope], bool | None]] = {
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::And": _and,
    "Fn::Or": _or,
}


def _all(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _equal(left: Any, right: Any) -> bool | None:
    """Conditions compare text: a parameter's ``"1"`` equals the number 1. A placeholder equals itself only."""
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return bool(left == right)
    one, other = as_text(left), as_text(right)
    if isinstance(one, Symbolic) or isinstance(other, Symbolic):
        return True if one == other else None
    return one == other


def _call(name: str, argument: Any, scope: Scope) -> Any:
    function = _FUNCTIONS.get(name)
    answer = None if function is None else function(argument, scope)
    return (
        placeholder(f"{name} {as_text(argument)}" if isinstance(argument, str) else name) if answer is None else answer
    )


def _ref(argument: Any, scope: Scope) -> Any:
    return scope.reference(argument) if isinstance(argument, str) else None


def _get_att(argument: Any, scope: Scope) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return None
    attribute = resolve(argument[1], scope)
    return scope.attribute(argument[0], attribute) if isinstance(attribute, str) else None


def _sub(argument: Any, scope: Scope) -> Any:
    text, given = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        text, given = argument[0], {name: resolve(value, scope) for name, value in argument[1].items()}
    if not isinstance(text, str):
        return None
    parts: list[str] = []
    position = 0
    for match in _SUB.finditer(text):
        parts += [text[position : match.start()], _substitute(match.group(1), given, scope)]
        position = match.end()
    return concatenate([*parts, text[position:]])


def _substitute(name: str, given: Mapping[str, Any], scope: Scope) -> str:
    if name.startswith("!"):
        return "${" + name[1:] + "}"
    name = name.strip()
    if name in given:
        return as_text(given[name])
    if "." in name:
        return as_text(scope.attribute(*name.split(".", 1)))
    return as_text(scope.reference(name))


def _join(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return None
    values = resolve(argument[1], scope)
    if not isinstance(values, list):
        return None
    parts: list[str] = []
    for value in values:
        parts += [argument[0], as_text(value)]
    return concatenate(parts[1:])


def _split(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str) or not argument[0]:
        return None
    text = resolve(argument[1], scope)
    return split(text, argument[0]) if isinstance(text, str) else None


def _select(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        return None
    index, values = resolve(argument[0], scope), resolve(argument[1], scope)
    if not isinstance(values, list) or not as_text(index).isdecimal():
        return None
    if int(index) < len(values):
        return values[int(index)]
    whole = concatenate([as_text(value) for value in values])
    return placeholder(f"{whole}[{index}]") if isinstance(whole, Symbolic) else None


def _if(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
        return None
    condition = scope.condition(argument[0])
    if condition is None:
        return placeholder(f"Fn::If {argument[0]}")
    return resolve(argument[1] if condition else argument[2], scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        return None
    keys = [resolve(key, scope) for key in argument[:3]]
    if any(isinstance(key, Symbolic | dict | list) for key in keys):
        return None
    found = scope.mapped(*(as_text(key) for key in keys))
    if found is None and len(argument) == 4 and isinstance(argument[3], dict):
        return resolve(argument[3].get("DefaultValue"), scope)
    return found


def _import_value(argument: Any, scope: Scope) -> Any:
    export = resolve(argument, scope)
    return scope.imported(export) if isinstance(export, str) else None


def _get_stack_output(argument: Any, scope: Scope) -> Any:
    """The CDK writes this one for weak references between stacks."""
    if not isinstance(argument, dict):
        return None
    stack, output = resolve(argument.get("StackName"), scope), resolve(argument.get("OutputName"), scope)
    return scope.output(stack, output) if isinstance(stack, str) and isinstance(output, str) else None


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
}

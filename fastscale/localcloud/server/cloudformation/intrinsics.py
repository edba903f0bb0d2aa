"""CloudFormation's intrinsic functions, given a scope that knows what names stand for.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, Protocol

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.shapes import Shape

#: What ``Ref: AWS::NoValue`` yields: the property, or the element of the list, is left out.
NO_VALUE = object()

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class Scope(Protocol):
    """What names stand for while a template is evaluated; each raises ValidationError for what it does not know."""

    def ref(self, name: str) -> Any:
        """A parameter, pseudo parameter or the id of a resource."""

    def attribute(self, resource: str, name: str) -> Any:
        """An attribute of a resource."""

    def export(self, name: str) -> str:
        """The value that another stack exports under this name."""

    def mapping(self, name: str) -> Shape:
        """A mapping of the template."""

    def condition(self, name: str) -> bool:
        """The truth of a condition of the template."""

    def zones(self, region: str) -> list[str]:
        """The availability zones of a region ("" for the stack's own)."""


def evaluate(value: Any, scope: Scope) -> Any:
    """``value`` with every intrinsic function in it replaced by its result.

    Raises ValidationError for a function that CloudFormation does not have or that is called wrongly.
    """
    if isinstance(value, list):
        items = [evaluate(item, scope) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), *_ = value.items()
        function = _FUNCTIONS.get(name)
        if function is not None:
            return _call(function, name, argument, scope)
        if name.startswith("Fn::"):
            raise ValidationError(f"Template error: function {name} is not supported")
    members = {key: evaluate(member, scope) for key, member in value.items()}
    return {key: member for key, member in members.items() if member is not NO_VALUE}


def evaluate_condition(value: Any, scope: Scope) -> bool:
    """The truth of a condition expression."""
    result = evaluate(value, scope)
    return result if isinstance(result, bool) else str(result).lower() == "true"


def placeholders(text: str) -> list[str]:
    """The names in the ``${…}`` of a Fn::Sub string, literals (``${!…}``) left out."""
    return [name.strip() for literal, name in _PLACEHOLDER.findall(text) if not literal]


def _call(function: Callable[[Any, Scope], Any], name: str, argument: Any, scope: Scope) -> Any:
    try:
        return function(argument, scope)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValidationError(f"Template error: {name} cannot be evaluated: {error}") from error


def _ref(name: str, scope: Scope) -> Any:
    return NO_VALUE if name == "AWS::NoValue" else scope.ref(name)


def _get_att(argument: Any, scope: Scope) -> Any:
    resource, name = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(resource, evaluate(name, scope))


def _sub(argument: Any, scope: Scope) -> str:
    text, extra = (argument, {}) if isinstance(argument, str) else argument
    variables = evaluate(extra, scope)

    def replace(match: re.Match[str]) -> str:
        literal, name = match.group(1), match.group(2).strip()
        if literal:
            return "${" + name + "}"
        if name in variables:
            return str(variables[name])
        return str(_get_att(name, scope) if "." in name else scope.ref(name))

    return _PLACEHOLDER.sub(replace, text)


def _join(argument: Any, scope: Scope) -> str:
    separator, items = argument
    return str(separator).join(str(item) for item in evaluate(items, scope))


def _select(argument: Any, scope: Scope) -> Any:
    index, items = evaluate(argument, scope)
    return items[int(index)]


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = evaluate(argument, scope)
    return str(text).split(separator)


def _if(argument: Any, scope: Scope) -> Any:
    condition, when_true, when_false = argument
    return evaluate(when_true if scope.condition(condition) else when_false, scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = (evaluate(part, scope) for part in argument[:3])
    return scope.mapping(name)[first][second]


def _import_value(argument: Any, scope: Scope) -> str:
    return scope.export(evaluate(argument, scope))


def _get_azs(argument: Any, scope: Scope) -> list[str]:
    return scope.zones(evaluate(argument, scope) or "")


def _base64(argument: Any, scope: Scope) -> str:
    return base64.b64encode(str(evaluate(argument, scope)).encode()).decode()


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count, *bits = evaluate(argument, scope)
    network = ipaddress.ip_network(block)
    prefix = network.max_prefixlen - int(bits[0] if bits else 8)
    return [str(subnet) for subnet in islice(network.subnets(new_prefix=prefix), int(count))]


def _to_json(argument: Any, scope: Scope) -> str:
    return json.dumps(evaluate(argument, scope), separators=(",", ":"))


def _equals(argument: Any, scope: Scope) -> bool:
    left, right = evaluate(argument, scope)
    return _text(left) == _text(right)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Condition": lambda name, scope: scope.condition(name),
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::ToJsonString": _to_json,
    "Fn::Equals": _equals,
    "Fn::Not": lambda argument, scope: not evaluate_condition(argument[0], scope),
    "Fn::And": lambda argument, scope: all(evaluate_condition(part, scope) for part in argument),
    "Fn::Or": lambda argument, scope: any(evaluate_condition(part, scope) for part in argument),
}

"""One stack: a template with the values of its parameters, and the other stacks that it may refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastscale.template import identities, parameters
from fastscale.template.documents import Template
from fastscale.template.intrinsics import holds, resolve
from fastscale.template.values import NO_VALUE, as_text, concatenate, placeholder

NESTED_STACK = "AWS::CloudFormation::Stack"

T = TypeVar("T")


@dataclass(frozen=True)
class Environment:
    """Where a stack is deployed to; None is not known."""

    region: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Resource:
    """A resource that a stack creates, with its properties resolved.

    ``where`` names it among all stacks, ``reference`` is the value of Ref to it. ``certain`` is false when its
    condition depends on what only a deployment knows.
    """

    where: str
    kind: str
    properties: Mapping[str, Any]
    reference: str
    certain: bool = True


@dataclass(eq=False)
class Stack:
    """A scope for intrinsic functions. ``prefix`` sets its placeholders apart from those of other stacks.

    ``given`` holds values of parameters; ``siblings`` all the stacks of the deployment, this one included; ``children``
    the nested stacks by logical id; ``holder`` the stack and the logical id that a nested stack belongs to.
    """

    name: str
    template: Template
    given: Mapping[str, Any] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    prefix: str = ""
    siblings: list[Stack] = field(default_factory=list)
    children: dict[str, Stack] = field(default_factory=dict)
    holder: tuple[Stack, str] | None = None
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _pending: set[tuple[str, ...]] = field(default_factory=set)

    def section(self, name: str) -> dict[str, Any]:
        """A section of the template, such as Parameters; empty when it is absent or no mapping."""
        section = self.template.get(name)
        return section if isinstance(section, dict) else {}

    # What names mean here: the Scope of the intrinsic functions

    def reference(self, name: str) -> Any:
        """The value of ``Ref: name``: a pseudo parameter, a parameter, or a resource."""
        if name.startswith("AWS::"):
            return self._pseudo(name)
        if name in self.section("Parameters"):
            value = parameters.value_of(self.section("Parameters")[name], self._given(name))
            return placeholder(self.prefix + name) if value is None else value
        return self._identity(name, None)

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """The value of ``Fn::GetAtt``; an output of a nested stack is resolved there."""
        child = self.children.get(logical_id)
        if child is not None and attribute.startswith("Outputs."):
            return child.own_output(attribute.removeprefix("Outputs."))
        return self._identity(logical_id, attribute)

    def condition(self, name: str) -> bool | None:
        """Whether the condition holds; None when only a deployment knows."""
        definition = self.section("Conditions").get(name)
        return self._once(("condition", name), lambda: holds(definition, self), None)

    def mapped(self, name: str, first: str, second: str) -> Any:
        """The value in a mapping; None when there is none."""
        value: Any = self.section("Mappings")
        for key in (name, first, second):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def imported(self, export: str) -> Any:
        """The value that one of the stacks exports under the name ``export``, which is unique per environment."""
        for stack in sorted(self.siblings, key=lambda stack: stack.environment != self.environment):
            for key, name in stack.exports().items():
                if name == export:
                    return stack.own_output(key)
        return placeholder(f"Fn::ImportValue {export}")

    def output(self, stack: str, output: str) -> Any:
        """The value of an output of the stack called ``stack``."""
        for sibling in self.siblings:
            if sibling.name == stack:
                return sibling.own_output(output)
        return placeholder(f"{stack}.{output}")

    # What other stacks may ask

    def exports(self) -> dict[str, str]:
        """Names of exports by the key of the output."""
        return self._once(("exports",), self._exports, {})

    def own_output(self, key: str) -> Any:
        """The value of one of the stack's own outputs."""
        output = self.section("Outputs").get(key)
        unknown = placeholder(f"{self.prefix}Outputs.{key}")
        if not isinstance(output, dict):
            return unknown
        return self._once(("output", key), lambda: resolve(output.get("Value"), self), unknown)

    # What the stack creates

    def resources(self) -> Iterator[Resource]:
        """The resources whose conditions hold or may hold, in the order of the template."""
        for logical_id, body in self._bodies():
            created = self._created(body)
            if created is not False:
                yield Resource(
                    where=self.prefix + logical_id,
                    kind=_kind(body),
                    properties=self.properties(logical_id),
                    reference=as_text(self._identity(logical_id, None)),
                    certain=created is True,
                )

    def left_out(self) -> Iterator[tuple[str, str, str]]:
        """(where, type, condition) of the resources whose condition does not hold."""
        for logical_id, body in self._bodies():
            if self._created(body) is False:
                yield self.prefix + logical_id, _kind(body), str(body["Condition"])

    def unread(self) -> Iterator[str]:
        """Entries of Resources that are not resources: loops of Fn::ForEach, and what is no mapping."""
        bodies = dict(self._bodies())
        yield from (self.prefix + key for key in self.section("Resources") if key not in bodies)

    def properties(self, logical_id: str) -> dict[str, Any]:
        """The resolved properties of a resource."""
        properties = self.section("Resources").get(logical_id, {}).get("Properties")
        resolved = resolve(properties, self) if isinstance(properties, dict) else {}
        return resolved if isinstance(resolved, dict) else {}

    def _bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for logical_id, body in self.section("Resources").items():
            if isinstance(body, dict) and not logical_id.startswith("Fn::"):
                yield logical_id, body

    def _created(self, body: Mapping[str, Any]) -> bool | None:
        condition = body.get("Condition")
        return self.condition(condition) if isinstance(condition, str) else True

    def _exports(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for key, output in self.section("Outputs").items():
            export = output.get("Export") if isinstance(output, dict) else None
            if isinstance(export, dict) and self._created(output) is not False:
                names[key] = as_text(resolve(export.get("Name"), self))
        return names

    def _identity(self, logical_id: str, attribute: str | None) -> Any:
        body = self.section("Resources").get(logical_id)
        where = self.prefix + logical_id
        unknown: str = placeholder(where if attribute is None else f"{where}.{attribute}")
        if not isinstance(body, dict):
            return unknown

        def get(key: str) -> str | None:
            value = _entry(self, logical_id, key)
            return None if value is None else as_text(value)

        def answer() -> str:
            if attribute is None:
                return identities.reference(where, _kind(body), get, self._arn)
            return identities.attribute(where, _kind(body), attribute, get, self._arn)

        return self._once(("identity", logical_id, attribute or ""), answer, unknown)

    def _arn(self, service: str, rest: str) -> str:
        region, account = (as_text(self._pseudo(f"AWS::{name}")) for name in ("Region", "AccountId"))
        partition = as_text(self._pseudo("AWS::Partition"))
        return concatenate(["arn:", partition, f":{service}:", region, ":", account, ":", rest])

    def _given(self, parameter: str) -> Any:
        """The value that the user, or the resource of a nested stack in its holder, gives to a parameter."""
        if self.holder is None:
            return self.given.get(parameter)
        stack, logical_id = self.holder
        return self._once(("parameter", parameter), lambda: _entry(stack, logical_id, "Parameters", parameter), None)

    def _pseudo(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        known = {
            "AWS::Region": self.environment.region,
            "AWS::AccountId": self.environment.account,
            "AWS::StackName": self.name,
        }
        value = self.given.get(name, known.get(name))
        return placeholder(name) if value is None else value

    def _once(self, key: tuple[str, ...], compute: Callable[[], T], otherwise: T) -> T:
        """The answer to ``key``, computed once; ``otherwise`` when it asks for itself on the way."""
        if key in self._pending:
            return otherwise
        if key not in self._known:
            self._pending.add(key)
            try:
                self._known[key] = compute()
            finally:
                self._pending.discard(key)
        answer: T = self._known[key]
        return answer


def _entry(stack: Stack, logical_id: str, *path: str) -> Any:
    """One value among the properties of a resource, resolved; None when there is none."""
    value: Any = stack.section("Resources")[logical_id].get("Properties")
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    resolved = resolve(value, stack)
    return None if resolved is NO_VALUE else resolved


def _kind(body: Mapping[str, Any]) -> str:
    return as_text(body.get("Type", "no Type"))

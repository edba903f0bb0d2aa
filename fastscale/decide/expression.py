"""Reads a CloudWatch metric math expression into a tree.

Grammar: CloudWatch user guide, "Using math expressions with CloudWatch metrics"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html): numbers, ids, ``+ - * / ^``,
comparisons, ``AND``/``&&``, ``OR``/``||``, parentheses, ``[m1, m2]`` and functions in upper case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from fastscale.errors import ExpressionError


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, as METRICS("errors") takes one."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of a metric or of another expression."""

    id: str


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus sign before an operand."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and what stands between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Array:
    """``[m1, m2]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Text | Reference | Negative | Operation | Array | Call

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],])
    )""",
    re.VERBOSE,
)
_SPELLINGS = {"AND": "&&", "OR": "||"}

#: How tightly operators bind; the larger binds first.
_BINDING = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/", 5),
    "^": 7,
}
_NEGATIVE_BINDING = 6

#: Levels of a tree that can be computed without exhausting Python's stack; AWS's own limit is not published.
_DEEPEST = 150

_END = ""


@lru_cache(maxsize=1024)
def parse(expression: str) -> Node:
    """The tree of ``expression``. Raises ExpressionError that shows where reading stopped."""
    parser = _Parser(expression)
    try:
        node = parser.operand(0)
        depth: float = _depth(node)
    except RecursionError:
        depth = inf
    if depth > _DEEPEST:
        raise ExpressionError(f"metric math {expression[:40]!r}...: nested deeper than {_DEEPEST} levels")
    if parser.ahead != _END:
        raise parser.error("an operator or the end")
    return node


def references(expression: str) -> frozenset[str]:
    """The ids that ``expression`` names."""
    return frozenset(node.id for node in walk(parse(expression)) if isinstance(node, Reference))


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all that it is made of."""
    yield node
    for child in _children(node):
        yield from walk(child)


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in _children(node)), default=0)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(operand):
            return (operand,)
        case Operation(_, left, right):
            return left, right
        case Array(children) | Call(_, children):
            return children
    return ()


class _Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.position = 0
        self.kind: str | None = None
        self.ahead = _END
        self._advance()

    def error(self, expected: str) -> ExpressionError:
        found = f"{self.ahead!r}" if self.ahead != _END else "the end"
        return ExpressionError(f"metric math {self.expression!r}: expected {expected}, found {found}")

    def operand(self, binding: int) -> Node:
        """An operand and the operators after it that bind more tightly than ``binding``."""
        node = self._single()
        while self.kind in ("symbol", "name") and _BINDING.get(self.ahead, 0) > binding:
            operator = self._take()
            node = Operation(operator, node, self.operand(_BINDING[operator]))
        return node

    def _single(self) -> Node:
        kind, ahead = self.kind, self.ahead
        if kind == "number":
            return Number(float(self._take()))
        if kind == "text":
            return Text(self._take()[1:-1])
        if kind == "name" and ahead not in _BINDING:
            self._advance()
            return self._call(ahead) if self.ahead == "(" else Reference(ahead)
        if ahead == "-":
            self._advance()
            return Negative(self.operand(_NEGATIVE_BINDING))
        if ahead == "(":
            self._advance()
            node = self.operand(0)
            self._expect(")")
            return node
        if ahead == "[":
            return Array(self._list("]"))
        raise self.error("a number, an id, a function or '('")

    def _call(self, function: str) -> Node:
        return Call(function, self._list(")"))

    def _list(self, closing: str) -> tuple[Node, ...]:
        """What stands between brackets, separated by commas; the opening one is ahead."""
        self._advance()
        items: list[Node] = []
        while self.ahead != closing:
            if items:
                self._expect(",")
            items.append(self.operand(0))
        self._advance()
        return tuple(items)

    def _expect(self, symbol: str) -> None:
        if self.ahead != symbol:
            raise self.error(repr(symbol))
        self._advance()

    def _take(self) -> str:
        token = self.ahead
        self._advance()
        return token

    def _advance(self) -> None:
        match = _TOKEN.match(self.expression, self.position)
        if match is not None:
            self.kind = match.lastgroup
            token = match[match.lastgroup or 0]
            self.ahead = _SPELLINGS.get(token, token)
            self.position = match.end()
            return
        rest = self.expression[self.position :].strip()
        if rest:
            raise ExpressionError(f"metric math {self.expression!r}: {rest[0]!r} has no meaning here")
        self.kind, self.ahead = None, _END

"""CloudWatch metric math: new series from series.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). A value is a number, a series
(one value a period, None for a gap) or a list of series. Between two series a gap in one counts as 0; where both have a
gap, and where a division by zero would happen, the result has a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastscale.decide import expression as grammar
from fastscale.decide.expression import Array, Call, Negative, Node, Number, Operation, Reference, Text
from fastscale.decide.math_functions import FUNCTIONS, OPERATORS, Argument, Line, Period, Value, combine, negative
from fastscale.errors import ExpressionError
from fastscale.plan import MetricQuery
from fastscale.series import Series

#: Words that are arguments of FILL, not ids.
_FILLERS = ("REPEAT", "LINEAR")


def evaluate(
    expression: str,
    metrics: Mapping[str, Series],
    period_seconds: float,
    expressions: Mapping[str, str] | None = None,
) -> Value:
    """The value of ``expression`` over ``metrics``, series by id that all have one length and one period.

    ``expressions`` are the other expressions of the request by id. Raises ExpressionError when something cannot be
    read, is not supported, or refers to nothing or in a circle.
    """
    return _Scope(metrics, expressions or {}, period_seconds).value(grammar.parse(expression))


def evaluate_queries(
    queries: Sequence[MetricQuery], metrics: Mapping[str, Series], period_seconds: float
) -> dict[str, list[Line]]:
    """The series of every query by its id: one for a metric, one or more for an expression.

    ``metrics`` has the series of each metric query. Expressions may use each other in any order. Raises
    ExpressionError as :func:`evaluate` does, and for an expression that gives a number instead of a series.
    """
    expressions = {query.id: query.expression for query in queries if query.expression is not None}
    scope = _Scope(metrics, expressions, period_seconds)
    return {query.id: scope.result(query.id) for query in queries}


class _Scope:
    """What the expressions of one request can refer to; each is computed once, when it is first needed."""

    def __init__(self, metrics: Mapping[str, Series], expressions: Mapping[str, str], period_seconds: float) -> None:
        length = max((len(series) for series in metrics.values()), default=0)
        self._period = Period(period_seconds, length)
        self._metrics = {id_: tuple(series) for id_, series in metrics.items()}
        self._expressions = expressions
        self._done: dict[str, Value] = {}
        self._waiting: list[str] = []

    def result(self, id_: str) -> list[Line]:
        """The series that the query ``id_`` returns."""
        value = self._lookup(id_)
        if isinstance(value, list):
            return value
        if isinstance(value, tuple):
            return [value]
        raise ExpressionError(
            f"metric math {id_} = {self._expressions[id_]!r} gives a number; "
            "a result must be a series, for example TIME_SERIES(...) of it"
        )

    def value(self, node: Node) -> Value:
        """The value of a tree."""
        match node:
            case Number(number):
                return number
            case Reference(id_):
                return self._lookup(id_)
            case Negative(operand):
                return negative(self.value(operand))
            case Operation(operator, left, right):
                return combine(OPERATORS[operator], self.value(left), self.value(right))
            case Array(items):
                return [line for item in items for line in self._lines(item)]
            case Call(name, arguments):
                return self._call(name, arguments)
        raise ExpressionError(f"metric math: the text {node.value!r} has a meaning in METRICS(...) only")

    def _lookup(self, id_: str) -> Value:
        if id_ in self._metrics:
            return self._metrics[id_]
        if id_ not in self._expressions:
            raise ExpressionError(f"metric math: {id_!r} is neither a metric nor an expression of the request")
        if id_ not in self._done:
            self._done[id_] = self._compute(id_)
        return self._done[id_]

    def _compute(self, id_: str) -> Value:
        if id_ in self._waiting:
            circle = " -> ".join([*self._waiting, id_])
            raise ExpressionError(f"metric math: expressions use each other in a circle, {circle}")
        self._waiting.append(id_)
        value = self.value(grammar.parse(self._expressions[id_]))
        self._waiting.pop()
        return value

    def _lines(self, item: Node) -> list[Line]:
        value = self.value(item)
        if isinstance(value, list):
            return value
        if isinstance(value, tuple):
            return [value]
        raise ExpressionError("metric math: a list in brackets holds series, not numbers")

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Value:
        if name == "METRICS":
            return self._all_metrics(arguments)
        function = FUNCTIONS.get(name)
        if function is None:
            supported = ", ".join(["METRICS", *FUNCTIONS])
            raise ExpressionError(f"metric math: function {name} is not supported; supported are {supported}")
        if not function.fewest <= len(arguments) <= function.most:
            wanted = function.fewest if function.fewest == function.most else f"{function.fewest} or {function.most}"
            raise ExpressionError(f"metric math: {name} takes {wanted} argument(s), not {len(arguments)}")
        values = [self._argument(name, node) for node in arguments]
        try:
            return function.compute(self._period, values)
        except ExpressionError as error:
            raise ExpressionError(f"metric math: {name} {error}") from error

    def _argument(self, function: str, node: Node) -> Argument:
        if function == "FILL" and isinstance(node, Reference) and node.id in _FILLERS:
            return node.id
        return self.value(node)

    def _all_metrics(self, arguments: tuple[Node, ...]) -> list[Line]:
        """METRICS(): every metric of the request, or those with a text in their id; expressions do not count."""
        match arguments:
            case ():
                return list(self._metrics.values())
            case (Text(text),):
                return [line for id_, line in self._metrics.items() if text in id_]
        raise ExpressionError('metric math: METRICS takes nothing or one text, such as METRICS("errors")')

"""The operators and functions of metric math that fastscale knows, one small function each.

Source: CloudWatch user guide, "Functions supported for metric math" and "Using IF expressions"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). Where it leaves a choice open:
the statistics of one series (SUM(m1), AVG(m1)...) are over its real values; SUM, MIN, MAX and STDDEV of a list pass
gaps over, while AVG of a list counts a gap as 0, as the guide says.
"""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from fastscale.errors import ExpressionError

#: A number that may be undefined, such as the average of an empty series.
Number = float | None
#: A series: one number a period, None for a gap.
Line = tuple[Number, ...]
#: What an expression can be.
Value = Number | Line | list[Line]
#: An argument of a function: a value, or a word such as FILL's REPEAT.
Argument = Value | str


@dataclass(frozen=True, slots=True)
class Period:
    """The periods of a request: how long each is in seconds, and how many there are."""

    seconds: float
    count: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of metric math and how many arguments it takes."""

    compute: Callable[[Period, Sequence[Argument]], Value]
    fewest: int = 1
    most: int = 1


def combine(function: Callable[[float, float], Number], left: Value, right: Value) -> Value:
    """``left`` and ``right`` period by period; a number or a series also goes with each series of a list."""
    if isinstance(left, list):
        if isinstance(right, list):
            raise ExpressionError("metric math: two lists cannot be combined; take SUM, AVG, MIN or MAX of one of them")
        return [_with(function, line, right) for line in left]
    if isinstance(right, list):
        return [_with(_swapped(function), line, left) for line in right]
    if isinstance(left, tuple):
        return _with(function, left, right)
    if isinstance(right, tuple):
        return _with(_swapped(function), right, left)
    return None if left is None or right is None else function(left, right)


def negative(value: Value) -> Value:
    """Unary minus."""
    return combine(operator.mul, value, -1.0)


def _with(function: Callable[[float, float], Number], line: Line, other: Number | Line) -> Line:
    """A gap beside a number stays a gap; a gap beside a value of another series is 0."""
    if isinstance(other, tuple):
        return tuple(
            None if one is None and two is None else function(one or 0.0, two or 0.0)
            for one, two in zip(line, other, strict=True)
        )
    return tuple(None if one is None or other is None else function(one, other) for one in line)


def _swapped(function: Callable[[float, float], Number]) -> Callable[[float, float], Number]:
    return lambda one, two: function(two, one)


def _divide(one: float, two: float) -> Number:
    return one / two if two else None


def _power(base: float, exponent: float) -> Number:
    """None where the result is not a real, finite number."""
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return None


def _truth(holds: Callable[[float, float], object]) -> Callable[[float, float], float]:
    return lambda one, two: 1.0 if holds(one, two) else 0.0


OPERATORS: dict[str, Callable[[float, float], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "<": _truth(operator.lt),
    "<=": _truth(operator.le),
    ">": _truth(operator.gt),
    ">=": _truth(operator.ge),
    "&&": _truth(lambda one, two: one and two),
    "||": _truth(lambda one, two: one or two),
}


def _each(function: Callable[[Period, Line], Line]) -> Function:
    """A function from series to series, of each series of a list."""

    def compute(period: Period, arguments: Sequence[Argument]) -> Value:
        value = _data(arguments[0])
        return [function(period, line) for line in value] if isinstance(value, list) else function(period, value)

    return Function(compute)


def _each_value(function: Callable[[float], Number]) -> Function:
    return _each(lambda _, line: tuple(None if value is None else function(value) for value in line))


def _statistic(of: Callable[[Sequence[float]], float], gap: Number = None) -> Function:
    """A statistic: a number of one series, a series of a list, in which ``gap`` stands for the gaps."""

    def of_column(column: Line) -> Number:
        real = _real(column)
        return of(_real(tuple(gap if value is None else value for value in column))) if real else None

    def compute(_: Period, arguments: Sequence[Argument]) -> Value:
        value = _data(arguments[0])
        if isinstance(value, list):
            return tuple(of_column(column) for column in zip(*value, strict=True))
        real = _real(value)
        return of(real) if real else None

    return Function(compute)


def _count(_: Period, arguments: Sequence[Argument]) -> Value:
    """DATAPOINT_COUNT: how many real values a series has, or the series of a list have in each period."""
    value = _data(arguments[0])
    if isinstance(value, list):
        return tuple(float(len(_real(column))) for column in zip(*value, strict=True))
    return float(len(_real(value)))


def _of_list(function: Callable[[list[Line]], Value]) -> Function:
    def compute(_: Period, arguments: Sequence[Argument]) -> Value:
        value = arguments[0]
        if not isinstance(value, list) or not value:
            raise ExpressionError("needs a list of series that is not empty, such as METRICS() or [m1, m2]")
        return function(value)

    return Function(compute)


def _data(value: Argument) -> Line | list[Line]:
    if isinstance(value, tuple | list):
        return value
    raise ExpressionError("needs a series or a list of series, not a number")


def _real(line: Line) -> list[float]:
    return [value for value in line if value is not None]


def _steps(line: Line) -> list[tuple[float, int] | None]:
    """For each value its difference from the real one before it, and how many periods lie between; a gap has none."""
    steps: list[tuple[float, int] | None] = []
    before: tuple[float, int] | None = None
    for index, value in enumerate(line):
        steps.append(None if value is None or before is None else (value - before[0], index - before[1]))
        before = before if value is None else (value, index)
    return steps


def _differences(_: Period, line: Line) -> Line:
    return tuple(None if step is None else step[0] for step in _steps(line))


def _rates(period: Period, line: Line) -> Line:
    """The change per second since the real value before."""
    return tuple(None if step is None else step[0] / (step[1] * period.seconds) for step in _steps(line))


def _running_sum(_: Period, line: Line) -> Line:
    totals = accumulate(value or 0.0 for value in line)
    return tuple(None if value is None else total for value, total in zip(line, totals, strict=True))


def _repeat(_: Period, line: Line) -> Line:
    """A gap takes the value before it; a gap at the start stays."""
    return tuple(accumulate(line, lambda before, value: before if value is None else value))


def _interpolate(_: Period, line: Line) -> Line:
    """A gap between two values lies on the line between them; gaps at the ends stay."""
    filled = list(line)
    known = [(index, value) for index, value in enumerate(line) if value is not None]
    for (left, first), (right, last) in pairwise(known):
        for index in range(left + 1, right):
            filled[index] = first + (last - first) * (index - left) / (right - left)
    return tuple(filled)


def _fill(period: Period, arguments: Sequence[Argument]) -> Value:
    data, filler = arguments
    if isinstance(filler, str):
        return _each(_repeat if filler == "REPEAT" else _interpolate).compute(period, [data])
    if isinstance(filler, list):
        raise ExpressionError("fills with a number, a series, REPEAT or LINEAR")
    values = _spread(period, filler)
    return _each(lambda _, line: _where(line, line, values)).compute(period, [data])


def _where(present: Line, values: Line, otherwise: Line) -> Line:
    """``values`` where ``present`` has one, else ``otherwise``."""
    chosen = zip(present, values, otherwise, strict=True)
    return tuple(other if here is None else value for here, value, other in chosen)


def _if(period: Period, arguments: Sequence[Argument]) -> Value:
    """IF(condition, true, false): period by period; a gap in the condition stays, one in ``true`` counts as 0."""
    condition, true, *rest = [_spread(period, argument) for argument in arguments]
    false = rest[0] if rest else (None,) * period.count
    if not any(isinstance(argument, tuple) for argument in arguments):
        raise ExpressionError("needs a series as its condition or as one of its values")
    return tuple(
        None if here is None else (yes or 0.0) if here else no
        for here, yes, no in zip(condition, true, false, strict=True)
    )


def _spread(period: Period, value: Argument) -> Line:
    """A series as it is, a number as a series of that number."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, list | str):
        raise ExpressionError("needs numbers or single series, not a list")
    return (value,) * period.count


def _constant(period: Period, arguments: Sequence[Argument]) -> Value:
    if isinstance(arguments[0], tuple):
        raise ExpressionError("makes a series of a number, not of a series")
    return _spread(period, arguments[0])


def _logarithm(of: Callable[[float], float]) -> Callable[[float], Number]:
    return lambda value: of(value) if value > 0 else None


FUNCTIONS: dict[str, Function] = {
    "ABS": _each_value(abs),
    "AVG": _statistic(statistics.fmean, gap=0.0),
    "CEIL": _each_value(lambda value: float(math.ceil(value))),
    "DATAPOINT_COUNT": Function(_count),
    "DIFF": _each(_differences),
    "FILL": Function(_fill, 2, 2),
    "FIRST": _of_list(lambda lines: lines[0]),
    "FLOOR": _each_value(lambda value: float(math.floor(value))),
    "IF": Function(_if, 2, 3),
    "LAST": _of_list(lambda lines: lines[-1]),
    "LOG": _each_value(_logarithm(math.log)),
    "LOG10": _each_value(_logarithm(math.log10)),
    "MAX": _statistic(max),
    "METRIC_COUNT": _of_list(lambda lines: float(len(lines))),
    "MIN": _statistic(min),
    "PERIOD": Function(lambda period, _: period.seconds),
    "RATE": _each(_rates),
    "REMOVE_EMPTY": _of_list(lambda lines: [line for line in lines if _real(line)]),
    "RUNNING_SUM": _each(_running_sum),
    "STDDEV": _statistic(statistics.pstdev),
    "SUM": _statistic(math.fsum),
    "TIME_SERIES": Function(_constant),
}

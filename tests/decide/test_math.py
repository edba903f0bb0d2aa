"""Metric math gives what CloudWatch's documentation says, and a clear line for the rest."""

from __future__ import annotations

import math

import pytest

from fastscale.decide.expression import parse, references
from fastscale.decide.math import evaluate, evaluate_queries
from fastscale.errors import ExpressionError
from fastscale.plan import Metric, MetricQuery
from fastscale.series import Series

GAP = None
METRIC = Metric(namespace="Shop", name="Requests")

SERIES: dict[str, Series] = {
    "m1": [1.0, 2.0, GAP, 4.0, GAP],
    "m2": [10.0, 0.0, 30.0, GAP, GAP],
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", (11, 2, 30, 4, GAP)),  # beside a value a gap is 0; two gaps stay one
        ("m1 - m2", (-9, 2, -30, 4, GAP)),
        ("m1 * m2", (10, 0, 0, 0, GAP)),
        ("m1 / m2", (0.1, GAP, 0, GAP, GAP)),  # a division by zero is dropped
        ("m2 / m1", (10, 0, GAP, 0, GAP)),
        ("m1 * 2", (2, 4, GAP, 8, GAP)),
        ("2 * m1", (2, 4, GAP, 8, GAP)),
        ("10 - m1", (9, 8, GAP, 6, GAP)),
        ("8 / m1", (8, 4, GAP, 2, GAP)),
        ("m1 / 0", (GAP,) * 5),
        ("-m1", (-1, -2, GAP, -4, GAP)),
        ("--m1", (1, 2, GAP, 4, GAP)),
        ("m1 ^ 2", (1, 4, GAP, 16, GAP)),
        ("-m1 ^ 2", (-1, -4, GAP, -16, GAP)),
        ("2 ^ m1 * 10", (20, 40, GAP, 160, GAP)),
        ("(0 - m1) ^ 0.5", (GAP,) * 5),  # no real number
        ("m1 ^ 100000", (1, GAP, GAP, GAP, GAP)),  # too large for a number
        ("1 + m1 * 2", (3, 5, GAP, 9, GAP)),
        ("(1 + m1) * 2", (4, 6, GAP, 10, GAP)),
        ("10 - m1 - 1", (8, 7, GAP, 5, GAP)),
        ("100 / m1 / 2", (50, 25, GAP, 12.5, GAP)),
        ("1.5e1 + .5 * m1", (15.5, 16, GAP, 17, GAP)),
        ("m1 / SUM(m2)", (1 / 40, 2 / 40, GAP, 4 / 40, GAP)),
        ("m1 * AVG(m2 * 0 / 0)", (GAP,) * 5),  # the average of nothing is undefined
        ("SUM(m2) / 0 + m1", (GAP,) * 5),
    ],
)
def test_arithmetic(expression: str, expected: Series) -> None:
    assert evaluate(expression, SERIES, 60) == pytest.approx(expected)


GUIDE: dict[str, Series] = {"metric1": [30, 20, 0, 0], "metric2": [20, GAP, 20, GAP]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(metric1 < metric2)", (0, 0, 1, 0)),
        ("(metric1 >= 30)", (1, 0, 0, 0)),
        ("(metric1 > 15 AND metric2 > 15)", (1, 0, 0, 0)),
        ("metric1 > 15 && metric2 > 15", (1, 0, 0, 0)),
        ("metric1 > 15 OR metric2 > 15", (1, 1, 1, 0)),
        ("metric1 > 15 || metric2 > 15", (1, 1, 1, 0)),
        ("metric1 == 20", (0, 1, 0, 0)),
        ("metric1 != 20", (1, 0, 1, 1)),
        ("metric1 <= 20", (0, 1, 1, 1)),
        ("metric1 > 20", (1, 0, 0, 0)),
        ("20 > metric1", (0, 0, 1, 1)),
        ("metric1 + 10 > 15 + 10", (1, 1, 0, 0)),
        ("1 OR 0 AND metric1", (1, 1, 1, 1)),
        ("(metric1 > 25 OR metric2 > 15) * 2", (2, 0, 2, 0)),
        ("metric1 * (2 > 1)", (30, 20, 0, 0)),
    ],
)
def test_comparisons_and_logic_as_in_the_guide(expression: str, expected: Series) -> None:
    assert evaluate(expression, GUIDE, 60) == expected


IF_GUIDE: dict[str, Series] = {
    "metric1": [1, 1, 0, 0, GAP],
    "metric2": [30, GAP, 0, 0, 30],
    "metric3": [0, 0, 20, GAP, 20],
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", (30, 0, 20, GAP, GAP)),
        ("IF(metric1, 5, metric3)", (5, 5, 20, GAP, GAP)),
        ("IF(metric1, metric2, 5)", (30, 0, 5, 5, GAP)),
        ("IF(metric1, metric2)", (30, 0, GAP, GAP, GAP)),
        ("IF(1, metric2, metric3)", (30, 0, 0, 0, 30)),
        ("IF(0, metric2, metric3)", (0, 0, 20, GAP, 20)),
        ("IF(0, metric2)", (GAP,) * 5),
        ("IF(metric2 > 10, 1, 0)", (1, GAP, 0, 0, 1)),
        ("IF(metric2 > 10 OR metric3 > 10, 1, 0)", (1, 0, 1, 0, 1)),
        ("IF(-metric1, 7, 8)", (7, 7, 8, 8, GAP)),
    ],
)
def test_if_as_in_the_guide(expression: str, expected: Series) -> None:
    assert evaluate(expression, IF_GUIDE, 60) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUM([m1, m2])", (11, 2, 30, 4, GAP)),
        ("AVG([m1, m2])", (5.5, 1, 15, 2, GAP)),  # here a gap counts as 0
        ("MIN([m1, m2])", (1, 0, 30, 4, GAP)),
        ("MAX([m1, m2])", (10, 2, 30, 4, GAP)),
        ("STDDEV([m1, m2])", (4.5, 1, 0, 0, GAP)),
        ("SUM(METRICS())", (11, 2, 30, 4, GAP)),
        ("SUM(METRICS('1'))", (1, 2, GAP, 4, GAP)),
        ('SUM([METRICS("m1"), METRICS("2")])', (11, 2, 30, 4, GAP)),
        ("SUM(METRICS() * 100)", (1100, 200, 3000, 400, GAP)),
        ("SUM(100 / [m1, m2])", (110, 50, 100 / 30, 25, GAP)),
        ("SUM([m1, m2] / m1)", (11, 1, GAP, 1, GAP)),
        ("SUM(-[m1, m2])", (-11, -2, -30, -4, GAP)),
        ("DATAPOINT_COUNT(METRICS())", (2, 2, 1, 1, 0)),
        ("m1 * METRIC_COUNT(METRICS())", (2, 4, GAP, 8, GAP)),
        ("FIRST(METRICS())", (1, 2, GAP, 4, GAP)),
        ("LAST(METRICS())", (10, 0, 30, GAP, GAP)),
        ("SUM(REMOVE_EMPTY([m1, m1 / 0]))", (1, 2, GAP, 4, GAP)),
        ("m1 - MIN(m1)", (0, 1, GAP, 3, GAP)),
        ("MAX(m1) / m1", (4, 2, GAP, 1, GAP)),
        ("m1 - AVG(m1)", (1 - 7 / 3, 2 - 7 / 3, GAP, 4 - 7 / 3, GAP)),
        ("SUM(m1) + m1", (8, 9, GAP, 11, GAP)),
        ("m1 / STDDEV(m2)", (1 / 12.472191, 2 / 12.472191, GAP, 4 / 12.472191, GAP)),
        ("m1 * DATAPOINT_COUNT(m1)", (3, 6, GAP, 12, GAP)),
        ("m1 / PERIOD(m1)", (1 / 60, 2 / 60, GAP, 4 / 60, GAP)),
        ("TIME_SERIES(MAX(m1))", (4, 4, 4, 4, 4)),
        ("ABS(m1 - 3)", (2, 1, GAP, 1, GAP)),
        ("CEIL(m1 / 2)", (1, 1, GAP, 2, GAP)),
        ("FLOOR(m1 / 2)", (0, 1, GAP, 2, GAP)),
        ("LOG(m1)", (0, math.log(2), GAP, math.log(4), GAP)),
        ("LOG10(m2)", (1, GAP, math.log10(30), GAP, GAP)),
        ("DIFF(m1)", (GAP, 1, GAP, 2, GAP)),
        ("RATE(m1)", (GAP, 1 / 60, GAP, 2 / 120, GAP)),  # two periods lie between 2 and 4
        ("SUM(RATE(METRICS()))", (GAP, 1 / 60 - 10 / 60, 30 / 60, 2 / 120, GAP)),
        ("RUNNING_SUM(m1)", (1, 3, GAP, 7, GAP)),
        ("FILL(m1, 0)", (1, 2, 0, 4, 0)),
        ("FILL(m1, m2)", (1, 2, 30, 4, GAP)),
        ("FILL(m1, MIN(m1))", (1, 2, 1, 4, 1)),
        ("FILL(m1, REPEAT)", (1, 2, 2, 4, 4)),
        ("FILL(m1, LINEAR)", (1, 2, 3, 4, GAP)),
        ("SUM(FILL(METRICS(), 0))", (11, 2, 30, 4, 0)),
    ],
)
def test_functions(expression: str, expected: Series) -> None:
    assert evaluate(expression, SERIES, 60) == pytest.approx(expected)


def test_filling_leaves_gaps_where_nothing_came_before_or_after() -> None:
    series: dict[str, Series] = {"m1": [GAP, GAP, 1.0, GAP, GAP, 4.0, GAP]}
    assert evaluate("FILL(m1, REPEAT)", series, 60) == (GAP, GAP, 1, 1, 1, 4, 4)
    assert evaluate("FILL(m1, LINEAR)", series, 60) == (GAP, GAP, 1, 2, 3, 4, GAP)


def test_a_statistic_of_one_series_is_a_number_and_of_nothing_undefined() -> None:
    assert evaluate("SUM(m1)", SERIES, 60) == 7
    assert evaluate("MAX(m1)", {"m1": [GAP]}, 60) is None
    assert evaluate("-MAX(m1)", {"m1": [GAP]}, 60) is None
    assert evaluate("SUM(m1) * 2 - 1", SERIES, 60) == 13


def test_a_constant_over_no_metric_has_no_periods() -> None:
    assert evaluate("TIME_SERIES(5)", {}, 60) == ()


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("m1 +", "'m1 [+]': expected a number, an id, a function or '[(]', found the end"),
        ("m1 m2", "expected an operator or the end, found 'm2'"),
        ("m1 AND", "found the end"),
        ("AND m1", "expected a number, an id, a function or '[(]', found '&&'"),
        ("(m1", "expected '[)]', found the end"),
        ("m1)", "expected an operator or the end, found '[)]'"),
        ("[m1 m2]", "expected ',', found 'm2'"),
        ("SUM(m1", "expected ',', found the end"),
        ("", "found the end"),
        ("m1 $ 2", "'[$]' has no meaning here"),
        ("m1 = 2", "'=' has no meaning here"),
        ("m9", "'m9' is neither a metric nor an expression of the request"),
        ("FORECAST(m1)", "function FORECAST is not supported; supported are METRICS, ABS, AVG"),
        ("sum(m1)", "function sum is not supported"),
        ("RATE()", r"RATE takes 1 argument\(s\), not 0"),
        ("FILL(m1)", r"FILL takes 2 argument\(s\), not 1"),
        ("IF(m1)", r"IF takes 2 or 3 argument\(s\), not 1"),
        ("IF(m1, 1, 2, 3)", r"IF takes 2 or 3 argument\(s\), not 4"),
        ("IF(1, 2, 3)", "IF needs a series as its condition or as one of its values"),
        ("IF(METRICS(), 2, 3)", "IF needs numbers or single series, not a list"),
        ("SUM(5)", "SUM needs a series or a list of series, not a number"),
        ("RATE(SUM(m1))", "RATE needs a series or a list of series, not a number"),
        ("DATAPOINT_COUNT(5)", "DATAPOINT_COUNT needs a series or a list of series"),
        ("FIRST(m1)", r"FIRST needs a list of series that is not empty, such as METRICS\(\) or \[m1, m2\]$"),
        ("LAST(METRICS('x'))", "LAST needs a list of series that is not empty"),
        ("TIME_SERIES(m1)", "TIME_SERIES makes a series of a number, not of a series"),
        ("TIME_SERIES(METRICS())", "TIME_SERIES needs numbers or single series, not a list"),
        ("FILL(m1, METRICS())", "FILL fills with a number, a series, REPEAT or LINEAR"),
        ("FILL(m1, OTHER)", "'OTHER' is neither a metric nor an expression"),
        ("RATE(REPEAT)", "'REPEAT' is neither a metric nor an expression"),
        ("METRICS(m1)", "METRICS takes nothing or one text"),
        ("METRICS('a', 'b')", "METRICS takes nothing or one text"),
        ("'m1'", "the text 'm1' has a meaning in METRICS"),
        ("[m1, 5]", "a list in brackets holds series, not numbers"),
        ("METRICS() + METRICS()", "two lists cannot be combined; take SUM, AVG, MIN or MAX of one of them$"),
        ("(" * 2000 + "m1", "nested deeper than 150 levels"),
        ("m1" + " + m1" * 200, "nested deeper than 150 levels"),
        ("-" * 160 + "m1", "nested deeper than 150 levels"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(expression: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem) as caught:
        evaluate(expression, SERIES, 60)
    assert str(caught.value).startswith("metric math")
    assert "\n" not in str(caught.value)


def test_150_levels_can_be_computed() -> None:
    assert evaluate("m1" + " + m1" * 149, SERIES, 60) == (150, 300, GAP, 600, GAP)
    assert evaluate("-" * 149 + "m1", SERIES, 60) == (-1, -2, GAP, -4, GAP)


def query(id_: str, expression: str) -> MetricQuery:
    return MetricQuery(id=id_, expression=expression)


def test_expressions_use_metrics_and_each_other_in_any_order() -> None:
    queries = [
        query("rate", "errors / total * 100"),
        query("total", "SUM(METRICS('requests'))"),
        query("errors", "bad + worse"),
        *(MetricQuery(id=id_, metric=METRIC) for id_ in ("bad", "worse", "requests_a", "requests_b")),
    ]
    metrics: dict[str, Series] = {
        "bad": [1.0, 0.0],
        "worse": [1.0, GAP],
        "requests_a": [50.0, GAP],
        "requests_b": [50.0, GAP],
    }
    found = evaluate_queries(queries, metrics, 60)
    assert found["total"] == [(100, GAP)]
    assert found["rate"] == [(2, GAP)]
    assert found["bad"] == [(1, 0)]
    assert list(found) == [one.id for one in queries]


def test_an_expression_may_give_several_series_and_metrics_leave_expressions_out() -> None:
    queries = [query("each", "METRICS() * 2"), *(MetricQuery(id=id_, metric=METRIC) for id_ in ("a", "b"))]
    assert evaluate_queries(queries, {"a": [1.0], "b": [2.0]}, 60)["each"] == [(2,), (4,)]


def test_an_expression_may_use_others_given_beside_it() -> None:
    assert evaluate("twice + m1", SERIES, 60, {"twice": "2 * m1"}) == (3, 6, GAP, 12, GAP)


def test_rates_of_a_request_know_its_period() -> None:
    queries = [query("rate", "RATE(m1)"), MetricQuery(id="m1", metric=METRIC)]
    assert evaluate_queries(queries, {"m1": [0.0, 20.0]}, 10)["rate"] == [(GAP, 2)]


def test_series_of_different_lengths_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="shorter"):
        evaluate("m1 + m2", {"m1": [1.0, 2.0], "m2": [1.0]}, 60)


def test_differences_pass_gaps_over() -> None:
    assert evaluate("DIFF(m1)", {"m1": [1.0, GAP, 6.0, 7.5]}, 60) == (GAP, GAP, 5, 1.5)


def test_expressions_in_a_circle_are_refused_by_name() -> None:
    queries = [query("a", "b + 1"), query("b", "c + 1"), query("c", "a + 1")]
    with pytest.raises(ExpressionError, match="in a circle, a -> b -> c -> a"):
        evaluate_queries(queries, {}, 60)


def test_a_result_must_be_a_series() -> None:
    queries = [query("e1", "SUM(m1)"), MetricQuery(id="m1", metric=METRIC)]
    with pytest.raises(
        ExpressionError, match=r"metric math e1 = 'SUM\(m1\)' gives a number; a result must be a series, .* of it$"
    ):
        evaluate_queries(queries, SERIES, 60)


def test_references_are_the_ids_that_an_expression_names() -> None:
    assert references("IF(m1 > -2, [m2, SUM(e1)], 'm9') + METRICS()") == {"m1", "m2", "e1"}


def test_reading_the_same_text_again_gives_the_same_tree() -> None:
    assert parse("m1+ m2 *3") == parse(" m1 + (m2 * 3) ")

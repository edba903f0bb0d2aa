"""Which samples of a counter are chosen by their labels, beside the official client's parser and Prometheus's rules."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from fastscale import plan_file, profiles
from fastscale.errors import InputError
from fastscale.plan import PulseScrape
from fastscale.plan.selector import LabelMatcher, MetricSelector
from fastscale.pulse.scrape.failure import Failure, ReadError
from fastscale.pulse.scrape.samples import read_samples

PAGE = b"""# TYPE http_requests_total counter
http_requests_total{path="/",code="200"} 100
http_requests_total{path="/",code="500"} 7
http_requests_total{path="/metrics",code="200"} 5000
http_requests_total{path="/health",code="200"} 900 # {trace_id="a"} 1 1.5
http_requests_total_more{path="/",code="200"} 1
http_requests_active{path="/metrics"} 1
http_requests_active{path="/"} 3
"""


def read(selector: str, page: bytes = PAGE) -> float | None:
    """The sum of what ``selector`` chooses; None: missing."""
    try:
        return read_samples(page, PulseScrape(requests_metric=selector, active_metric="")).requests
    except ReadError as error:
        assert error.kind is Failure.MISSING
        return None


@pytest.mark.parametrize(
    ("selector", "requests"),
    [
        ("http_requests_total", 6007),
        ("http_requests_total{}", 6007),
        ('http_requests_total{path!="/metrics"}', 1007),
        ('http_requests_total{path!~"/metrics|/health",code=~"2.."}', 100),
        ("http_requests_total { path !~ '/metrics|/health' , code =~ `[25]\\d+`, }", 107),
        ('{"http_requests_total",path="/"}', 107),
        ('http_requests_total{"path"="/"}', 107),
        ('http_requests_total{path=~"/"}', 107),  # all of the value, not a part
        ('http_requests_total{host=""}', 6007),  # a label that is not there
        ('http_requests_total{host!="",path!="/"}', 0),
        ('http_requests_total{path=~"/.*",path!~"/.*"}', 0),  # all of it was to be left out
        ('http_requests_total{path="/nowhere"}', None),  # it may be a slip of the pen
        ('http_requests{path="/"}', None),
    ],
)
def test_samples_are_chosen_as_prometheus_does(selector: str, requests: float | None) -> None:
    assert read(selector) == requests


def test_requests_in_progress_are_chosen_too() -> None:
    scrape = PulseScrape(requests_metric="http_requests_total", active_metric='http_requests_active{path!="/metrics"}')
    assert read_samples(PAGE, scrape).in_progress == 3


def test_what_is_left_out_may_be_no_number_but_must_be_a_line() -> None:
    page = b'a{path="/"} 1\na{path="/metrics"} NaN\n'
    assert read('a{path!="/metrics"}', page) == 1
    scrape = PulseScrape(requests_metric='a{path!="/metrics"}', active_metric="")
    for broken in (b'a{path="/"} 1\na{path="/metrics} 2\n', b'a{path="/"} 1\na{path} 2\n', b'a{path="\xff"} 2\n'):
        with pytest.raises(ReadError) as caught:
            read_samples(broken, scrape)
        assert caught.value.kind is Failure.MALFORMED


def test_labels_of_any_length_and_number_are_chosen() -> None:
    page = "".join(f'a{{path="/{number:0{number}}"}} 1\n' for number in range(1, 600)).encode()
    assert read('a{path!="/1"}', page) == read('a{path!="/1"}', page) == 598


NAMES = st.sampled_from(["http_requests_total", "http.requests"])
LABELS = st.sampled_from(["path", "code", "_x"])
VALUES = st.sampled_from(["", "/metrics", "200", "20\n0", 'a"b', "a\\b", "a\\nb", "}, {"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=6
)
EXPRESSIONS = st.sampled_from(
    ["", ".*", ".+", "2..", "20", "/metrics|/health", "(?i)A.B", r"[^\d]+", r"a\\b", "[}{,]+ ?.*", '["a]+b']
)
SAMPLES = st.lists(st.tuples(st.dictionaries(LABELS, VALUES), st.integers(0, 10**6)), min_size=1, max_size=8)
EQUAL = st.tuples(LABELS, st.sampled_from(["=", "!="]), VALUES)
ALIKE = st.tuples(LABELS, st.sampled_from(["=~", "!~"]), EXPRESSIONS)
MATCHERS = st.lists(EQUAL | ALIKE, max_size=3)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def line(name: str, labels: dict[str, str], value: int) -> str:
    pairs = [f"{label}={quoted(text)}" for label, text in labels.items()]
    if "." in name:
        return f"{{{','.join([quoted(name), *pairs])}}} {value}\n"
    return f"{name}{{{','.join(pairs)}}} {value}\n" if pairs else f"{name} {value}\n"


def holds(operator: str, expected: str, value: str) -> bool:
    if operator.endswith("~"):
        flags = "si" if expected.startswith("(?i)") else "s"
        same = re.match(rf"(?{flags}:{expected.removeprefix('(?i)')})\Z", value) is not None
    else:
        same = value == expected
    return same is not operator.startswith("!")


@given(NAMES, SAMPLES, MATCHERS)
def test_it_chooses_what_a_whole_parser_and_prometheus_choose(
    name: str, samples: list[tuple[dict[str, str], int]], matchers: list[tuple[str, str, str]]
) -> None:
    other = [line("http_requests_total_created", {"path": name}, 3), f"# {name} 7\n", line("http.requests.x", {}, 1)]
    page = "".join([*other, *(line(name, labels, value) for labels, value in samples), *other])
    selector = f"{name}{{{','.join(label + operator + quoted(text) for label, operator, text in matchers)}}}"

    found = [one for family in text_string_to_metric_families(page) for one in family.samples if one.name == name]
    assert len(found) == len(samples)
    picked = [
        one
        for one in found
        if all(holds(*rest, one.labels.get(label, "")) for label, *rest in matchers if "!" not in rest[0])
    ]
    left = [one for one in picked if all(holds(*rest, one.labels.get(label, "")) for label, *rest in matchers)]
    assert read(selector, page.encode()) == (sum(one.value for one in left) if picked else None)


def test_what_a_selector_means() -> None:
    parsed = MetricSelector.parse("""a.b{ x = "1\\"\\n\\\\", 'y y' !~ `\\d"`, }""")
    assert parsed == MetricSelector("a.b", (LabelMatcher("x", "=", '1"\n\\'), LabelMatcher("y y", "!~", '\\d"')))


@pytest.mark.parametrize(
    ("selector", "fix"),
    [
        ('http_total{path="/a"', "is no metric, such as http_requests_total or"),
        ('http_total{path="/a"} 5', "is no metric, such as"),
        ('"http_total"', "is no metric, such as"),
        ('{path="/a"}', "write it before the braces"),
        ("http_total{path}", """has no label at 'path': write such as path!="/metrics" there"""),
        ("http_total{path=/a}", "has no label at 'path=/a'"),
        ('http_total{path=="/a"}', "has no label at"),
        ('http_total{pa-th="/a"}', "has no label at"),
        ('http_total{path="/a" code="2"}', "has no label at"),
        ('http_total{path="/a",,}', "has no label at ','"),
        ('http_total{__name__="a"}', "write the name before the braces"),
        ('http_total{path=~"(a"}', "has '(a' for path, which is no regular expression: missing )"),
        ('http_total{path=~"a{1,99999999999}"}', "for path, which is no regular expression: "),
        ('http_total{path=~"[[:alpha:]]"}', "write [a-z]"),
        (r'http_total{path=~"\d+"}', r"has an unknown escape \d: write \\d, or ` in place of quotes"),
    ],
)
@pytest.mark.parametrize("key", ["requests_metric", "active_metric"])
def test_a_wrong_selector_is_an_error_of_the_plan_in_one_line(key: str, selector: str, fix: str) -> None:
    with pytest.raises(ValidationError):
        PulseScrape(**{key: selector})
    with pytest.raises(InputError) as caught:
        plan_file.from_table({"profile": "default", "pulse": {"scrape": {key: selector}}})
    told = str(caught.value)
    assert "\n" not in told
    assert f"pulse.scrape.{key} = {selector!r}: " in told
    assert fix in told


def test_a_selector_survives_a_plan_file() -> None:
    selector = 'http_requests_total{path!="/metrics",code=~"2\\\\d."}'
    plan = profiles.default()
    scrape = PulseScrape(requests_metric=selector)
    plan = plan.model_copy(update={"pulse": plan.pulse.model_copy(update={"scrape": scrape})})
    assert plan_file.from_table(tomllib.loads(plan_file.dump(plan))).pulse.scrape == scrape

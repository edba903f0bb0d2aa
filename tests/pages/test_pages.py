"""What all pages share."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jinja2 import DictLoader, UndefinedError

from fastscale import pages
from tests.pages.self_contained import outside

PLOT = '<div class="plot"></div>'
EVIL = "</script><script>alert(1)</script>"


def made(main: str, figures: list[dict[str, Any]] | None = None, **values: Any) -> str:
    text = (
        '{% extends "base.html.j2" %}{% block title %}a title{% endblock %}{% block main %}' + main + "{% endblock %}"
    )
    return pages.render(DictLoader({"page": text}), "page", figures=figures or [], **values)


def test_a_page_is_whole_and_loads_nothing() -> None:
    html = made(PLOT)
    assert "<title>fastscale: a title</title>" in html
    assert html.count("<html") == html.count("</html>") == 1
    assert "plotly.js v" in html
    assert outside(html) == []


@pytest.mark.parametrize(
    "main",
    [
        '<img src="https://example.com/a.png">',
        "<link rel=stylesheet href=more.css>",
        '<script src="plotly.js"></script>',
        '<p style="background: url(a.png)">',
        "<style>@import 'more.css';</style>",
    ],
)
def test_what_a_page_would_load_is_found(main: str) -> None:
    assert outside(made(main)) != []


def test_scripts_may_load_where_no_policy_forbids_it() -> None:
    html = made(PLOT)
    assert outside(html.replace("default-src 'none'", "default-src *")) == ["scripts"]
    assert outside(re.sub("<meta http-equiv.*>", "", html)) == ["scripts"]


def test_figures_reach_the_script_as_they_are() -> None:
    figures = [{"data": [{"name": "a 'b' & <c>", "y": [1, None, 2.5]}], "layout": {"height": 5}}]
    told = re.search(r"^const figures = (.*);$", made(PLOT, figures), re.M)
    assert told is not None
    assert json.loads(told[1]) == figures


def test_text_stays_text_in_the_page_and_in_its_figures() -> None:
    html = made("<p>{{ text }}</p>", [{"data": [{"name": EVIL}], "layout": {}}], text=EVIL)
    assert EVIL not in html
    assert "<p>&lt;/script&gt;&lt;script&gt;alert(1)" in html


def test_a_page_writes_values_in_its_own_words() -> None:
    text = '{% extends "base.html.j2" %}{% block main %}{{ 2.5|euros }}{% endblock %}'
    html = pages.render(DictLoader({"page": text}), "page", figures=[], filters={"euros": "{:.2f} EUR".format})
    assert "2.50 EUR" in html


def test_a_value_that_is_not_given_is_an_error_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="forgotten"):
        made("{{ forgotten }}")

"""The page of a forecast."""

from __future__ import annotations

import plotly.graph_objects as go

from fastscale.pulse.forecast import page, plots
from tests.pages.self_contained import outside
from tests.pulse.forecast.test_chart import day


def test_the_page_says_what_is_expected_and_loads_nothing() -> None:
    html = page.render(day([1.0, 5.0], [None, 3]), service="service/shop/<web>", requests_per_task=100)
    assert outside(html) == []
    assert "What is usual for service/shop/&lt;web&gt; from 2026-01-05 00:00 (UTC) on" in html
    assert "<td>Mon 00:20</td><td>3 tasks</td>" in html
    assert html.count('class="plot"') == 1


def test_plotly_accepts_the_plot_also_of_a_day_of_which_nothing_is_known() -> None:
    for outlook in (day([1.0, 5.0], [None, 3]), day([None] * 72)):
        figure = plots.figure(outlook)
        assert len(go.Figure(figure, skip_invalid=False).data) == len(figure["data"])


def test_each_panel_has_its_own_legend() -> None:
    legends = {line["name"]: line.get("legend", "legend") for line in plots.figure(day([1.0], [1]))["data"]}
    assert {name for name, legend in legends.items() if legend == "legend2"} == {"floor"}

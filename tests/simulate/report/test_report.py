"""Outcomes as data, tables and a page."""

import csv
import io
import json
import math
import re
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from rich.console import Console

from fastscale.simulate.report import data, page, plots
from fastscale.simulate.report.table import tables
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.traffic.trace import Gap, Trace
from tests.pages.self_contained import outside
from tests.simulate.worlds import jump, run


@pytest.fixture(scope="module")
def outcomes():
    surge = jump(60, 600, seconds=600)
    return [run(surge, name) for name in ("default", "fixed", "target-cpu-60s", "clairvoyant")]


def test_csv_has_a_line_an_outcome_and_empty_cells_for_what_there_was_not(outcomes):
    rows = list(csv.DictReader(io.StringIO(data.to_csv(outcomes))))
    assert [row["strategy"] for row in rows] == ["default", "fixed", "target-cpu-60s", "clairvoyant"]
    assert float(rows[0]["trigger_seconds"]) == 12.8
    assert rows[1]["trigger_seconds"] == ""


def test_json_holds_everything_and_is_strict(outcomes):
    read = json.loads(data.to_json(outcomes), parse_constant=pytest.fail)
    assert read[0]["summary"] == data.row(outcomes[0])
    assert len(read[0]["series"]["offered"]) == 600
    assert read[0]["requests"]["failures"]["overload"] == pytest.approx(outcomes[0].requests.failed)


def test_the_table_fits_80_columns_and_begins_with_the_best(outcomes):
    console = Console(width=80, record=True, file=io.StringIO())
    for table in tables(outcomes):
        console.print(table)
    lines = console.export_text().splitlines()
    assert lines[0].strip() == "jump"
    assert lines[3].split()[0] == "clairvoyant"
    assert len(lines) == 3 + len(outcomes)


def test_the_front_holds_what_nothing_beats_in_both_cost_and_misses(outcomes):
    front = plots.pareto_front(outcomes)
    assert [one.strategy for one in front] == ["target-cpu-60s", "clairvoyant"]
    costs, misses = [one.bill.total for one in front], [one.requests.missed_share for one in front]
    assert costs == sorted(costs)
    assert misses == sorted(misses, reverse=True)


def test_the_page_needs_no_network_and_holds_every_strategy(outcomes):
    html = page.render(outcomes, WorldSettings())
    own = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert outside(html) == []
    assert all(outcome.strategy in own for outcome in outcomes)
    assert html.count('class="plot"') == 2


def test_a_trace_cannot_smuggle_markup_into_the_page(outcomes):
    evil = run(Trace("</script><b>x", jump(10, 10, seconds=100).rates), "fixed")
    html = page.render([evil], WorldSettings())
    assert "</script><b>x" not in html


def test_gaps_and_unknown_metrics_are_notes():
    gappy = Trace("gappy", jump(10, 10, seconds=100).rates, gaps=(Gap(5, 3),))
    assert data.notes([run(gappy, "fixed")]) == ["gappy: 3 s without data from second 5, filled with the rate before"]


def test_all_costs_are_within_an_axis_that_has_ticks(outcomes):
    for shown in (outcomes, outcomes[:1]):
        layout = plots.pareto(shown)["layout"]
        (left, right), (low, high) = layout["xaxis"]["range"], layout["yaxis"]["range"]
        assert all(10**left < one.bill.total < 10**right for one in shown)
        assert low < high
        assert any(left <= math.log10(tick) <= right for tick in layout["xaxis"]["tickvals"])


def test_the_page_of_one_strategy_compares_nothing(outcomes):
    html = page.render(outcomes[:1], WorldSettings())
    assert html.count('class="plot"') == 1
    assert "<h1>Simulation</h1>" in html
    assert "Green strategies" not in html


@pytest.mark.parametrize(("missed", "ticks"), [((0.005, 0.5), ["0", "0.01"]), ((0.05, 0.5), ["0", "0.01", "0.02"])])
def test_an_axis_over_few_powers_of_ten_has_ticks_between_them(outcomes, missed, ticks):
    requests = [replace(outcomes[0].requests, failed=share * outcomes[0].requests.offered, late=0) for share in missed]
    shown = [replace(outcomes[0], requests=one) for one in requests]
    assert plots.pareto(shown)["layout"]["yaxis"]["ticktext"][: len(ticks)] == ticks


def test_the_page_explains_its_columns(outcomes):
    html = page.render(outcomes, WorldSettings())
    assert html.count("<h2>Elasticity</h2>") == 1
    for word in ("Trigger and capacity are", "never met", "θ:", "τ:"):
        assert word in html


def test_plotly_accepts_the_plots(outcomes):
    for figure in (plots.pareto(outcomes), plots.timelines(outcomes, task_capacity=100)):
        assert len(go.Figure(figure).data) == len(figure["data"])

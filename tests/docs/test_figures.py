"""Figures of the pages that can be computed are computed; measured ones stand in one place, with their command."""

from __future__ import annotations

import re

import pytest

from fastscale import profiles
from fastscale.cost import Route, Usage, estimate, on_route, prices_for
from tests.docs.commands import PAGES, ROOT

READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")}
#: Smaller figures may stand for other things as well.
SMALLEST = 5.0


def month(tasks: int, route: Route) -> float:
    plan = profiles.default()
    routed, usage = on_route(plan, Usage(tasks=tasks, interval_seconds=plan.metering.interval_seconds), route)
    return estimate(routed, prices_for(plan.region), usage).dollars


@pytest.mark.parametrize("name", READMES)
def test_the_bill_of_ten_tasks_is_what_the_command_says(name: str) -> None:
    told = [
        int(dollars)
        for dollars in re.findall(r"\$(\d{3})\b|(\d{3})달러", READMES[name])
        for dollars in dollars
        if dollars
    ]
    assert told == [round(month(10, route) / 5) * 5 for route in (Route.CLOUDWATCH, Route.PULSE)]


def test_pulse_pays_for_itself_from_four_tasks_on() -> None:
    assert "from four tasks on it pays for itself" in READMES["README.md"]
    assert [month(tasks, Route.PULSE) < month(tasks, Route.CLOUDWATCH) for tasks in (3, 4)] == [False, True]


def measured() -> set[str]:
    """The figures of the README's table, with their decimals."""
    table = READMES["README.md"].partition("### Measured")[2].partition("\n\n`make bench")[0]
    return {figure for figure in re.findall(r"\b\d+\.\d\b", table) if float(figure) >= SMALLEST}


def test_measured_figures_name_their_command_and_stand_in_the_readme_alone() -> None:
    section = READMES["README.md"].partition("### Measured")[2].partition("\n## ")[0]
    assert {"pulse", "surge", "meter"} <= set(re.findall(r"`make bench NAME=(\w+)", section))
    assert measured()
    pages = [page for page in PAGES if page.name not in READMES]
    copies = {
        f"{page.name}: {figure}"
        for page in pages
        for figure in measured()
        if re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", page.read_text(encoding="utf-8"))
    }
    assert copies == set()


def test_a_benchmark_that_a_page_names_exists() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"make bench NAME=(\w+)", text))
    assert named
    assert {name for name in named if not (ROOT / "benchmarks" / f"{name}.py").is_file()} == set()

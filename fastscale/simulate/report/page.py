"""One page that needs nothing else, neither network nor files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from jinja2 import PackageLoader

from fastscale import pages
from fastscale.simulate.outcome import Outcome
from fastscale.simulate.report import words
from fastscale.simulate.report.data import notes
from fastscale.simulate.report.plots import pareto, pareto_front, timelines
from fastscale.simulate.settings import WorldSettings

TEMPLATE = "page.html.j2"
FILTERS = {"seconds": words.seconds, "ms": words.milliseconds, "percent": words.percent, "dollars": words.dollars}


def render(outcomes: Sequence[Outcome], settings: WorldSettings) -> str:
    """The page of a comparison: for each trace the numbers, cost against misses, and the timelines."""
    sections = [_section(list(group), settings) for _, group in groupby(outcomes, key=lambda one: one.trace)]
    figures = [section[plot] for section in sections for plot in ("pareto", "timelines") if section[plot]]
    return pages.render(
        PackageLoader("fastscale.simulate.report", "."),
        TEMPLATE,
        filters=FILTERS,
        sections=sections,
        compared=any(section["pareto"] for section in sections),
        settings=settings,
        notes=notes(outcomes),
        figures=figures,
    )


def _section(outcomes: list[Outcome], settings: WorldSettings) -> dict[str, Any]:
    ranked = sorted(outcomes, key=lambda one: (one.requests.missed_share, one.bill.total))
    return {
        "trace": outcomes[0].trace,
        "outcomes": ranked,
        "best": {one.strategy for one in pareto_front(outcomes)},
        "pareto": pareto(outcomes) if len(outcomes) > 1 else None,
        "timelines": timelines(ranked, settings.task.capacity),
    }

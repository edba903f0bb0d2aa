"""`report.html`: one page that needs nothing else, neither network nor files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # has no type hints

from fastscale.demo.chronicle import chronicle
from fastscale.demo.plots import figure
from fastscale.demo.report import Report, write_whole
from fastscale.demo.words import MILESTONES, PHASES, clock, milliseconds, seconds

TEMPLATE = "page.html.j2"


def write_html(report: Report, other: Report | None, out_dir: Path) -> Path:
    """Write `report.html` into ``out_dir``; returns its path."""
    path = out_dir / "report.html"
    write_whole(path, render(report, other))
    return path


def render(report: Report, other: Report | None = None) -> str:
    """The page of a report. ``other`` is an earlier one to put beside it in numbers."""
    environment = Environment(
        loader=PackageLoader("fastscale.demo", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters.update(clock=clock, ms=milliseconds, seconds=seconds)
    return environment.get_template(TEMPLATE).render(
        report=report,
        reports=[report, other] if other else [report],
        milestones=MILESTONES,
        phases=PHASES,
        chronicle=chronicle(report.alarm_changes, report.activities, report.service_events, report.pulse),
        figure=_script_safe(figure(report)),
        plotly=get_plotlyjs(),
    )


def _script_safe(value: dict[str, Any]) -> str:
    """JSON for a script element: nothing in it can end the element."""
    return json.dumps(value).replace("<", "\\u003c")

"""`report.html`: one page that needs nothing else, neither network nor files beside it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import PackageLoader

from fastscale import pages
from fastscale.demo.chronicle import chronicle
from fastscale.demo.orders import needed
from fastscale.demo.plots import figure
from fastscale.demo.report import Report
from fastscale.demo.words import MILESTONES, PHASES, clock, milliseconds, seconds
from fastscale.files import write_whole

TEMPLATE = "page.html.j2"
FILTERS = {"clock": clock, "ms": milliseconds, "seconds": seconds}


def write_html(report: Report, other: Report | None, out_dir: Path) -> Path:
    """Write `report.html` into ``out_dir``; returns its path."""
    path = out_dir / "report.html"
    write_whole(path, render(report, other))
    return path


def render(report: Report, other: Report | None = None) -> str:
    """The page of a report. ``other`` is an earlier one to put beside it in numbers."""
    return pages.render(
        PackageLoader("fastscale.demo", "."),
        TEMPLATE,
        filters=FILTERS,
        report=report,
        reports=[report, other] if other else [report],
        ordered=max((order.tasks for order in report.orders), default=None),
        needed=needed(report.settings.surge_rate, report.settings.task_capacity),
        milestones=MILESTONES,
        phases=PHASES,
        chronicle=chronicle(report.alarm_changes, report.activities, report.service_events, report.pulse),
        figures=[figure(report)],
    )

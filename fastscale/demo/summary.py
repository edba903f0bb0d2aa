"""The end of a demonstration in the terminal: the timeline, the requests, and what happened in words."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from fastscale.demo.report import Report
from fastscale.demo.words import MILESTONES, PHASES, milliseconds, seconds


def show_summary(console: Console, report: Report, other: Report | None) -> None:
    """Print a report, with an earlier one beside it when there is one."""
    console.print()
    for paragraph in report.story:
        console.print(paragraph, highlight=False)
    console.print()
    console.print(timeline_table(report, other))
    for one in [report, other] if other else [report]:
        console.print()
        console.print(requests_table(one))
    console.print()
    mark, style = ("✓", "bold green") if report.verdict.ok else ("✗", "bold red")
    console.print(f"{mark} {report.verdict.text}", style=style, highlight=False)


def timeline_table(report: Report, other: Report | None) -> Table:
    """Milestones in seconds from the surge, one column a report."""
    table = Table(title=None, title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("Seconds from the surge to")
    reports = [report, other] if other else [report]
    for one in reports:
        table.add_column(one.profile, justify="right")
    for name, words in MILESTONES.items():
        table.add_row(words, *(seconds(getattr(one.milestones, name)) for one in reports))
    return table


def requests_table(report: Report) -> Table:
    """Requests by phase."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(f"Requests, {report.profile}")
    for heading in ("offered", "ok", "failed", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for name, words in PHASES.items():
        phase = getattr(report.requests, name)
        latencies = (milliseconds(value) for value in (phase.p50_ms, phase.p95_ms, phase.p99_ms))
        failed = f"[red]{phase.failed:,}[/]" if phase.failed else "0"
        table.add_row(words, f"{phase.offered:,}", f"{phase.ok:,}", failed, *latencies)
    return table

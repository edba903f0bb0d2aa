"""Outcomes as tables for a terminal, one a trace, narrow enough for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from fastscale.simulate.outcome import Outcome
from fastscale.simulate.settings import WorldSettings

#: Headings with their units; `never` counts the surges for which capacity was never enough.
COLUMNS = ("trigger\ns", "capacity\ns", "never", "missed\n%", "p99\nms", "task-\nhours", "cost\n$", "actions")


def tables(outcomes: Sequence[Outcome]) -> Iterator[Table]:
    """Sorted by what matters first: the share of requests missed, then the cost."""
    for trace, group in groupby(outcomes, key=lambda outcome: outcome.trace):
        table = Table(title=escape(trace), title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("strategy", no_wrap=True)
        for column in COLUMNS:
            table.add_column(column, justify="right")
        for outcome in sorted(group, key=lambda one: (one.requests.missed_share, one.bill.total)):
            table.add_row(outcome.strategy, *_cells(outcome))
        yield table


def legend(settings: WorldSettings) -> str:
    """What the headings mean that do not say it themselves."""
    return (
        "trigger, capacity: until more tasks were ordered, and until there were enough\n"
        "never: surges for which there never were; actions: changes of the desired count\n"
        f"missed: failed or slower than {1000 * settings.slo_seconds:g} ms; cost: of the whole run"
    )


def _cells(outcome: Outcome) -> tuple[str, ...]:
    return (
        _number(outcome.trigger_seconds, 1),
        _number(outcome.capacity_seconds, 1),
        str(outcome.unanswered),
        _number(100 * outcome.requests.missed_share, 2),
        _number(outcome.latency.p99, 0),
        _number(outcome.task_hours, 2),
        _number(outcome.bill.total, 3),
        str(outcome.changes),
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

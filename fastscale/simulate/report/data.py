"""Outcomes as data: flat rows for tables and CSV, everything as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastscale.simulate.outcome import Outcome

Row = dict[str, str | float | None]


def row(outcome: Outcome) -> Row:
    """The numbers of one outcome. Names carry their units; a latency or reaction that there was not is None."""
    requests, bill, elastic = outcome.requests, outcome.bill, outcome.elasticity
    return {
        "trace": outcome.trace,
        "strategy": outcome.strategy,
        "surges": len(outcome.reactions),
        "surges_unanswered": outcome.unanswered,
        "trigger_seconds": outcome.trigger_seconds,
        "capacity_seconds": outcome.capacity_seconds,
        "requests": round(requests.offered),
        "failed": round(requests.failed),
        "over_slo": round(requests.late),
        "missed_percent": round(100 * requests.missed_share, 4),
        "p50_ms": outcome.latency.p50,
        "p95_ms": outcome.latency.p95,
        "p99_ms": outcome.latency.p99,
        "task_hours": round(outcome.task_hours, 3),
        "most_tasks": outcome.most_tasks,
        "dollars": round(bill.total, 4),
        "dollars_tasks": round(bill.tasks, 4),
        "dollars_metrics": round(bill.metrics, 4),
        "dollars_alarms": round(bill.alarms, 4),
        "dollars_controller": round(bill.controller, 4),
        "scaling_actions": outcome.changes,
        "theta_under_percent": round(elastic.theta_under, 3),
        "theta_over_percent": round(elastic.theta_over, 3),
        "tau_under_percent": round(elastic.tau_under, 3),
        "tau_over_percent": round(elastic.tau_over, 3),
        "upsilon_percent": round(elastic.upsilon, 3),
    }


def to_csv(outcomes: Sequence[Outcome]) -> str:
    """One line an outcome, under a header; an empty cell is what there was not."""
    text = io.StringIO()
    rows = [row(outcome) for outcome in outcomes]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_json(outcomes: Sequence[Outcome]) -> str:
    """Everything, the series included."""
    return json.dumps([_plain(outcome) for outcome in outcomes], indent=1, allow_nan=False)


def _plain(outcome: Outcome) -> dict[str, Any]:
    everything = asdict(outcome) | {"latency": outcome.latency.model_dump()}
    everything["requests"]["failures"] = {kind.value: count for kind, count in outcome.requests.failures.items()}
    return {"summary": row(outcome), **everything}


def notes(outcomes: Sequence[Outcome]) -> list[str]:
    """What a reader has to know: gaps in traces, metrics that nothing publishes, whose prices a bill is in."""
    gaps = {f"{outcome.trace}: {gap}, filled with the rate before" for outcome in outcomes for gap in outcome.gaps}
    unknown = {
        f"{outcome.strategy}: the plan looks at {name}, which the simulated service does not publish"
        for outcome in outcomes
        for name in outcome.unknown_metrics
    }
    foreign = {
        f"{outcome.strategy}: no prices are known for the plan's Region, the cost is that of {outcome.foreign_prices}"
        for outcome in outcomes
        if outcome.foreign_prices
    }
    more = [f"and {len(gaps) - 20} more gaps"] if len(gaps) > 20 else []
    return sorted(gaps)[:20] + more + sorted(unknown) + sorted(foreign)

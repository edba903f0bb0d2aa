"""The page's plots as plain data for Plotly: aligned rows, one a strategy, and cost against missed requests. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastscale.simulate.outcome import Outcome

BLUE, GREEN, RED, AMBER, GREY = "#3b82f6", "#16a34a", "#ef4444", "#f59e0b", "#94a3b8"
#: Pixels.
ROW_HEIGHT, GAP_HEIGHT, MARGIN_HEIGHT, PARETO_HEIGHT = 150, 34, 70, 420
#: A share of missed requests below this is drawn here: a logarithmic axis has no zero.
LOWEST_PERCENT = 1e-3
#: Neighbours' names stand at different sides of their points, or they would cover each other.
LABEL_PLACES = ("top center", "bottom center", "middle right", "middle left")


def timelines(outcomes: Sequence[Outcome], task_capacity: float) -> dict[str, Any]:
    """Offered, failed and capacity of each strategy over one time axis (seconds from the start of the trace)."""
    count = len(outcomes)
    total = count * ROW_HEIGHT + (count - 1) * GAP_HEIGHT
    data = [line for number, one in enumerate(outcomes, start=1) for line in _row(one, number, task_capacity)]
    layout: dict[str, Any] = {
        "height": total + MARGIN_HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 40},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "xaxis": {"title": {"text": "seconds"}, "anchor": f"y{count}" if count > 1 else "y", "zeroline": False},
        "annotations": [],
    }
    for number, outcome in enumerate(outcomes, start=1):
        top = 1 - (number - 1) * (ROW_HEIGHT + GAP_HEIGHT) / total
        axis = f"yaxis{number}" if number > 1 else "yaxis"
        layout[axis] = {
            "domain": [max(0.0, top - ROW_HEIGHT / total), top],
            "rangemode": "tozero",
            "automargin": True,
            "zeroline": False,
        }
        layout["annotations"].append(_title(f"<b>{outcome.strategy}</b>  {outcome.title}", top))
    return {"data": data, "layout": layout}


def _row(outcome: Outcome, number: int, task_capacity: float) -> Iterator[dict[str, Any]]:
    series = outcome.series
    x = [index * series.step_seconds for index in range(len(series.offered))]
    capacity = [round(serving * task_capacity, 1) for serving in series.serving]
    yield _line("offered", x, series.offered, number, BLUE)
    yield _line("failed", x, series.failed, number, RED, fill="tozeroy")
    yield _line("capacity", x, capacity, number, AMBER, shape="hv")


def _line(
    name: str, x: list[int], y: list[float], number: int, colour: str, *, fill: str = "none", shape: str = "linear"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "showlegend": number == 1,
        "x": x,
        "y": y,
        "yaxis": f"y{number}" if number > 1 else "y",
        "fill": fill,
        "line": {"color": colour, "width": 1.5, "shape": shape},
        "hovertemplate": "%{y:,.0f}",
    }


def _title(text: str, top: float) -> dict[str, Any]:
    return {
        "x": 0,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
    }


def pareto(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Cost against the share of missed requests; the best choices are joined by a line."""
    best, by_cost = pareto_front(outcomes), sorted(outcomes, key=lambda one: one.bill.total)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [one.bill.total for one in best],
        "y": [_missed_percent(one) for one in best],
        "line": {"color": GREY, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [one.bill.total for one in by_cost],
        "y": [_missed_percent(one) for one in by_cost],
        "text": [one.strategy for one in by_cost],
        "textposition": [LABEL_PLACES[number % len(LABEL_PLACES)] for number in range(len(by_cost))],
        "marker": {"size": 11, "color": [GREEN if one in best else AMBER for one in by_cost]},
        "hovertemplate": "%{text}: $%{x:.3f}, %{y:.3g} % missed<extra></extra>",
    }
    layout = {
        "height": PARETO_HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 20, "b": 40},
        "showlegend": False,
        "xaxis": {"title": {"text": "dollars"}, "type": "log", "dtick": "D1", "zeroline": False, "automargin": True},
        "yaxis": {
            "title": {"text": "% of requests missed"},
            "type": "log",
            "dtick": 1,
            "tickformat": "~g",
            "zeroline": False,
            "automargin": True,
        },
    }
    return {"data": [line, points], "layout": layout}


def pareto_front(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that no other beats in both cost and missed requests, by cost."""
    front: list[Outcome] = []
    for outcome in sorted(outcomes, key=lambda one: (one.bill.total, one.requests.missed_share)):
        if not front or outcome.requests.missed_share < front[-1].requests.missed_share:
            front.append(outcome)
    return front


def _missed_percent(outcome: Outcome) -> float:
    return max(LOWEST_PERCENT, 100 * outcome.requests.missed_share)

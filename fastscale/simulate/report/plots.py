"""The page's plots as plain data for Plotly: aligned rows, one a strategy, and cost against missed requests. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from fastscale.simulate.outcome import Outcome
from fastscale.simulate.report.labels import places

BLUE, GREEN, RED, AMBER, GREY = "#3b82f6", "#16a34a", "#ef4444", "#f59e0b", "#94a3b8"
#: Heights in pixels.
ROW_HEIGHT, GAP_HEIGHT, TOP_MARGIN, MARGIN_HEIGHT, PARETO_HEIGHT = 150, 34, 50, 90, 420
#: A share of missed requests, or a cost, below this is drawn here: a logarithmic axis has no zero.
LOWEST_PERCENT, LOWEST_DOLLARS = 1e-3, 1e-5
#: What stands at logarithmic axes: Plotly's own labels give powers of ten alone, or digits without their power.
DOLLAR_TICKS = {step * 10.0**power: f"${step * 10.0**power:g}" for power in range(-5, 6) for step in (1, 2, 5)}
#: More than the largest factor from one of these ticks to the next.
WIDEST_STEP = 2.6
#: The axis of misses has ticks between powers of ten when it holds fewer of them than this.
FEW_POWERS = 2.0
#: The plot of cost against misses is at least so wide (pixels); its axes reach this share of their length beyond the
#: points, where names find room.
PARETO_WIDTH, PARETO_ROOM = 560, 0.09


def timelines(outcomes: Sequence[Outcome], task_capacity: float) -> dict[str, Any]:
    """Offered, failed and capacity of each strategy over one time axis (seconds from the start of the trace)."""
    count = len(outcomes)
    total = count * ROW_HEIGHT + (count - 1) * GAP_HEIGHT
    data = [line for number, one in enumerate(outcomes, start=1) for line in _row(one, number, task_capacity)]
    layout: dict[str, Any] = {
        "height": total + MARGIN_HEIGHT,
        "margin": {"l": 8, "r": 8, "t": TOP_MARGIN, "b": MARGIN_HEIGHT - TOP_MARGIN},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        "xaxis": {
            "title": {"text": "seconds from the start"},
            "anchor": f"y{count}" if count > 1 else "y",
            "zeroline": False,
        },
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
    dollars, missed = [_dollars(one) for one in by_cost], [_missed_percent(one) for one in by_cost]
    across, up = _log_range(dollars), _log_range(missed)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [_dollars(one) for one in best],
        "y": [_missed_percent(one) for one in best],
        "line": {"color": GREY, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }
    names = [one.strategy for one in by_cost]
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": dollars,
        "y": missed,
        "text": names,
        "textposition": places(
            list(zip(_pixels(dollars, across, PARETO_WIDTH), _pixels(missed, up, PARETO_HEIGHT), strict=True)), names
        ),
        "marker": {"size": 11, "color": [GREEN if one in best else AMBER for one in by_cost]},
        "hovertemplate": "%{text}: $%{x:.3f}, %{y:.3g} % missed<extra></extra>",
    }
    layout = {
        "height": PARETO_HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 20, "b": 40},
        "showlegend": False,
        "xaxis": _log_axis("dollars", across, DOLLAR_TICKS),
        "yaxis": _log_axis("% of requests missed", up, _missed_ticks(up)),
    }
    return {"data": [line, points], "layout": layout}


def _log_axis(title: str, shown: tuple[float, float], ticks: dict[float, str]) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "type": "log",
        "range": shown,
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "zeroline": False,
        "automargin": True,
    }


def _missed_ticks(shown: tuple[float, float]) -> dict[float, str]:
    """Powers of ten, and what lies between them where there are few."""
    steps = (1, 2, 5) if shown[1] - shown[0] < FEW_POWERS else (1,)
    values = (step * 10.0**power for power in range(-2, 3) for step in steps)
    return {LOWEST_PERCENT: "0", **{value: f"{value:g}" for value in values if value <= 100}}


def _log_range(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten between which the values are drawn; where they are alike, wide enough to hold a tick."""
    low, high = math.log10(min(values)), math.log10(max(values))
    room = max(PARETO_ROOM * (high - low), math.log10(WIDEST_STEP) / 2)
    return low - room, high + room


def _pixels(values: Sequence[float], shown: tuple[float, float], length: float) -> list[float]:
    return [(math.log10(value) - shown[0]) / (shown[1] - shown[0]) * length for value in values]


def pareto_front(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that no other beats in both cost and missed requests, by cost."""
    front: list[Outcome] = []
    for outcome in sorted(outcomes, key=lambda one: (one.bill.total, one.requests.missed_share)):
        if not front or outcome.requests.missed_share < front[-1].requests.missed_share:
            front.append(outcome)
    return front


def _dollars(outcome: Outcome) -> float:
    return max(LOWEST_DOLLARS, outcome.bill.total)


def _missed_percent(outcome: Outcome) -> float:
    return max(LOWEST_PERCENT, 100 * outcome.requests.missed_share)

"""The plots of the report as plain data for Plotly: four panels over one time axis, seconds from the surge. Pure.

Colours are readable on light and dark ground; text and grid take theirs from the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastscale.demo.orders import Order, needed
from fastscale.demo.report import Report
from fastscale.demo.trigger import Actor
from fastscale.demo.words import MILESTONES, ordered_alarms, short_alarm

Trace = dict[str, Any]

BLUE, GREEN, RED, AMBER, VIOLET, GREY = "#3b82f6", "#16a34a", "#ef4444", "#f59e0b", "#8b5cf6", "#94a3b8"
STATE_COLOURS = {"ALARM": RED, "OK": "rgba(22,163,74,0.45)", "INSUFFICIENT_DATA": "rgba(148,163,184,0.35)"}
#: Who ordered tasks: words, sign and colour.
ORDER_MARKS = {
    Actor.PULSE: ("Pulse orders", "triangle-up", BLUE),
    Actor.ALARMS: ("alarm path orders", "diamond", RED),
    Actor.LIMITS: ("new limits order", "square", AMBER),
    Actor.OTHER: ("somebody orders", "circle", GREY),
}
#: Panels from the top.
TITLES = ("Requests/s", "Tasks", "Latency, ms", "Alarms")
#: Rates are shown up to so many times the most that was offered, served or failed: capacity that was ordered far beyond
#: it would press them flat.
RATE_ROOM = 2.0

#: Heights in pixels, from the top; the alarms' panel grows with their number.
RATE_HEIGHT, TASKS_HEIGHT, LATENCY_HEIGHT, ALARM_HEIGHT, GAP_HEIGHT = 260, 170, 190, 22, 46
TOP_MARGIN, MARGIN_HEIGHT = 84, 130
#: Labelled latencies (ms): the steps of a ruler, since a logarithmic axis of its own labels only powers of ten in full.
LATENCY_TICKS = [step * 10**power for power in range(6) for step in (1, 2, 5)]
#: Marks of milestones closer than this share of the axis would cover each other: they take turns in rows.
MARK_WIDTH, MARK_ROWS = 0.022, 3
MARK_BASE_PIXELS, MARK_ROW_PIXELS = 24, 19


def figure(report: Report) -> dict[str, Any]:
    """Data and layout for ``Plotly.newPlot``."""
    alarms = shown_alarms(report)
    heights = [RATE_HEIGHT, TASKS_HEIGHT, LATENCY_HEIGHT, max(2, len(alarms)) * ALARM_HEIGHT]
    traces = [*_rates(report), *_tasks(report), *_latencies(report), *_alarm_bands(report, alarms)]
    return {"data": traces, "layout": _layout(report, heights, alarms)}


def shown_alarms(report: Report) -> list[str]:
    """The alarms that scale out, and any other that was in ALARM during the run."""
    tripped = {name for sample in report.samples for name, state in (sample.alarms or {}).items() if state == "ALARM"}
    return ordered_alarms({*report.scale_out_alarms, *tripped})


def bands(report: Report, alarm: str) -> list[tuple[float, float, str]]:
    """The states of an alarm as (from, to, state), in seconds from the surge.

    The first state is the one sampled first, the later ones are those of the alarm's history.
    """
    looks = [sample for sample in report.samples if alarm in (sample.alarms or {})]
    if not looks:
        return []
    first, last = looks[0], looks[-1]
    moments = [(first.at, (first.alarms or {})[alarm])]
    moments += [
        (change.at, change.state)
        for change in report.alarm_changes
        if change.alarm == alarm and first.at < change.at < last.at
    ]
    ends = [*(at for at, _ in moments[1:]), last.at]
    zero = report.surge_at
    return [(start - zero, end - zero, state) for (start, state), end in zip(moments, ends, strict=True)]


def _rates(report: Report) -> Iterator[Trace]:
    """A second's count stands in its middle."""
    x = [round(line.second - report.surge_at + 0.5, 2) for line in report.load]
    ok, failed = [line.ok for line in report.load], [line.failures for line in report.load]
    yield _line("served", x, ok, "y", GREEN, fill="tozeroy", fillcolor="rgba(22,163,74,0.22)")
    yield _line("failed", x, failed, "y", RED, fill="tozeroy", fillcolor="rgba(239,68,68,0.25)")
    yield _line("offered", x, [line.offered for line in report.load], "y", BLUE)
    capacity = [None if s.healthy is None else s.healthy * report.settings.task_capacity for s in report.samples]
    yield _step("capacity", _sample_times(report), capacity, "y", AMBER, dash="dash")


def _tasks(report: Report) -> Iterator[Trace]:
    x = _sample_times(report)
    yield _step("desired", x, [sample.desired for sample in report.samples], "y2", VIOLET)
    yield _step("running", x, [sample.running for sample in report.samples], "y2", AMBER)
    healthy = [sample.healthy for sample in report.samples]
    yield _step("healthy", x, healthy, "y2", GREEN, fill="tozeroy", fillcolor="rgba(22,163,74,0.18)")
    given, (begin, end) = report.settings, _extent(report)
    need = [needed(rate, given.task_capacity) for rate in (given.calm_rate, given.surge_rate, given.surge_rate)]
    yield _step("needed", [begin, 0, end], need, "y2", GREY, dash="dash")
    for actor, (name, symbol, colour) in ORDER_MARKS.items():
        placed = [order for order in report.orders if order.actor is actor]
        if placed:
            yield _marks_of_orders(report, placed, name, symbol, colour)


def _latencies(report: Report) -> Iterator[Trace]:
    x = [round(line.second - report.surge_at + 0.5, 2) for line in report.load]
    for name, colour in (("p99", "#ec4899"), ("p95", VIOLET), ("p50", "#0ea5e9")):
        yield _line(name, x, [getattr(line.latency_ms, name) for line in report.load], "y3", colour)
    edges = [x[0], x[-1]] if x else []
    yield _line("SLO", edges, [report.settings.slo_ms] * len(edges), "y3", GREY, dash="dot")


def _alarm_bands(report: Report, alarms: Iterable[str]) -> Iterator[Trace]:
    """One trace a state, so that each is in the legend once. The first alarm is drawn last, at the top."""
    rows = [(name, *band) for name in reversed(list(alarms)) for band in bands(report, name)]
    for state, colour in STATE_COLOURS.items():
        of_state = [row for row in rows if row[3] == state]
        if not of_state:
            continue
        yield {
            "type": "bar",
            "orientation": "h",
            "name": state,
            "y": [short_alarm(name) for name, _, _, _ in of_state],
            "base": [round(start, 2) for _, start, _, _ in of_state],
            "x": [round(end - start, 2) for _, start, end, _ in of_state],
            "yaxis": "y4",
            "marker": {"color": colour},
            "width": 0.7,
            "legend": "legend4",
            "hoverinfo": "skip",  # a band's moment is its end, which would draw the cursor of all panels there
        }


def _marks_of_orders(report: Report, placed: list[Order], name: str, symbol: str, colour: str) -> Trace:
    """Not in the hover, which tells all panels at one moment: an order has a moment of its own."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [round(order.at - report.surge_at, 2) for order in placed],
        "y": [order.tasks for order in placed],
        "yaxis": "y2",
        "marker": {"symbol": symbol, "size": 10, "color": colour},
        "legend": "legend2",
        "hoverinfo": "skip",
    }


def _line(name: str, x: list[float], y: list[Any], axis: str, colour: str, **more: Any) -> Trace:
    line = {"color": colour, "width": 2} | ({"dash": more.pop("dash")} if "dash" in more else {})
    legend = "legend" + axis.removeprefix("y")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "yaxis": axis,
        "line": line,
        "legend": legend,
        "hovertemplate": "%{y:,.0f}",
        **more,
    }


def _step(name: str, x: list[float], y: list[Any], axis: str, colour: str, **more: Any) -> Trace:
    """A count holds until the next look."""
    trace = _line(name, x, y, axis, colour, **more)
    trace["line"]["shape"] = "hv"
    return trace


def _sample_times(report: Report) -> list[float]:
    return [round(sample.at - report.surge_at, 2) for sample in report.samples]


def _layout(report: Report, heights: list[int], alarms: list[str]) -> dict[str, Any]:
    total = sum(heights) + GAP_HEIGHT * (len(heights) - 1)
    tops = [sum(heights[:i]) + GAP_HEIGHT * i for i in range(len(heights))]
    domains = [
        (max(0.0, 1 - (top + height) / total), 1 - top / total) for top, height in zip(tops, heights, strict=True)
    ]
    begin, end = _extent(report)
    rules: list[dict[str, Any]] = [
        {"range": [0, _top_rate(report)]},
        {"rangemode": "tozero"},
        {"type": "log", "tickvals": LATENCY_TICKS, "tickformat": ",d"},
        {
            "categoryorder": "array",
            "categoryarray": [short_alarm(name) for name in reversed(alarms)],
            "showgrid": False,
            "ticklabelposition": "inside",  # beside the bands, long names would take a third of a narrow page
        },
    ]
    layout: dict[str, Any] = {
        "height": total + MARGIN_HEIGHT,
        "margin": {"l": 8, "r": 8, "t": TOP_MARGIN, "b": MARGIN_HEIGHT - TOP_MARGIN},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "barmode": "overlay",
        "xaxis": {
            "range": [begin, end],
            "title": {"text": "seconds from the surge"},
            "unifiedhovertitle": {"text": "%{x:+.1f} s"},
            "anchor": "y4",
            "zeroline": False,
        },
        "shapes": [_rule(at) for _, at in _reached(report)],
        "annotations": _marks(report, end - begin),
    }
    for number, (domain, rule) in enumerate(zip(domains, rules, strict=True), start=1):
        suffix = "" if number == 1 else str(number)
        layout[f"yaxis{suffix}"] = {"domain": domain, "automargin": True, "zeroline": False, **rule}
        layout[f"legend{suffix}"] = {
            "title": {"text": f"<b>{TITLES[number - 1]}</b>  ", "side": "left"},
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": domain[1],
            "yanchor": "bottom",
        }
    return layout


def _top_rate(report: Report) -> float:
    busiest = max((max(line.offered, line.ok, line.failures) for line in report.load), default=1)
    capacity = max((sample.healthy or 0 for sample in report.samples), default=0) * report.settings.task_capacity
    return 1.05 * min(max(busiest, capacity), RATE_ROOM * busiest)


def _extent(report: Report) -> tuple[float, float]:
    """From the first to the last second of load, whole."""
    times = [line.second - report.surge_at for line in report.load] or [0.0]
    return times[0], times[-1] + 1


def _reached(report: Report) -> list[tuple[int, float]]:
    """The milestones that were reached, as (number, seconds), in the order of time."""
    values = (getattr(report.milestones, name) for name in MILESTONES)
    reached = [(number, value) for number, value in enumerate(values, start=1) if value is not None]
    return sorted(reached, key=lambda mark: mark[1])


def _rule(at: float) -> dict[str, Any]:
    """A vertical line through all panels."""
    line = {"color": GREY, "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def _marks(report: Report, length: float) -> list[dict[str, Any]]:
    """The numbers of the milestones above their lines; one that would cover its neighbour goes a row higher."""
    marks: list[dict[str, Any]] = []
    row, last = 0, -length
    for number, at in _reached(report):
        row = (row + 1) % MARK_ROWS if at - last < MARK_WIDTH * length else 0
        last = at
        marks.append(
            {
                "x": at,
                "y": 1,
                "xref": "x",
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": MARK_BASE_PIXELS + row * MARK_ROW_PIXELS,
                "text": f"<b>{number}</b>",
                "showarrow": False,
                "font": {"size": 11, "color": "#ffffff"},
                "bgcolor": "#64748b",
                "borderpad": 2,
            }
        )
    return marks

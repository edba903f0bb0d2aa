"""The page's plot as plain data for Plotly: the expected load above, the floor below, over one time axis. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastscale.decide.pulse.season_outlook import Outlook

BLUE, AMBER, VIOLET, BAND = "#3b82f6", "#f59e0b", "#8b5cf6", "rgba(59,130,246,0.18)"
#: Share of the height that each panel takes, and the pixels of both.
LOAD_DOMAIN, TASKS_DOMAIN, HEIGHT = (0.42, 1.0), (0.0, 0.3), 520


def figure(outlook: Outlook) -> dict[str, Any]:
    """Data and layout for ``Plotly.newPlot``. Times are local: Plotly shows those without an offset as they are."""
    zone = ZoneInfo(outlook.time_zone)
    x = [datetime.fromtimestamp(one.at, zone).replace(tzinfo=None).isoformat() for one in outlook.slots]
    low = [None if one.mean is None or one.spread is None else max(0.0, one.mean - one.spread) for one in outlook.slots]
    high = [None if one.mean is None or one.spread is None else one.mean + one.spread for one in outlook.slots]
    floor = [one.floor for one in outlook.slots]
    data = [
        _line("", x, low, BLUE, width=0, showlegend=False, hoverinfo="skip"),
        _line("usual", x, high, BLUE, width=0, fill="tonexty", fillcolor=BAND, hoverinfo="skip"),
        _line("mean", x, [one.mean for one in outlook.slots], BLUE),
        _line("busiest minute", x, [one.peak for one in outlook.slots], AMBER),
        _line("floor", x, floor, VIOLET, shape="hv", yaxis="y2", fill="tozeroy", legend="legend2"),
    ]
    axis = {"rangemode": "tozero", "zeroline": False, "automargin": True}
    layout = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 50, "b": 40},
        "hovermode": "x unified",
        "legend": _legend("Requests/s", LOAD_DOMAIN),
        "legend2": _legend("Tasks", TASKS_DOMAIN),
        "xaxis": {"type": "date", "tickformat": "%H:%M\n%a %d", "anchor": "y2", "zeroline": False},
        "yaxis": {**axis, "domain": LOAD_DOMAIN},
        "yaxis2": {**axis, "domain": TASKS_DOMAIN},
    }
    return {"data": data, "layout": layout}


def _legend(title: str, domain: tuple[float, float]) -> dict[str, Any]:
    """Above a panel, with its title and unit."""
    return {
        "title": {"text": f"<b>{title}</b>  ", "side": "left"},
        "orientation": "h",
        "x": 0,
        "y": domain[1],
        "yanchor": "bottom",
        "traceorder": "normal",
    }


def _line(
    name: str, x: list[str], y: list[Any], colour: str, *, width: float = 2, shape: str = "linear", **more: Any
) -> dict[str, Any]:
    """A line with gaps where nothing is known."""
    line = {"color": colour, "width": width, "shape": shape}
    shown = {"hovertemplate": "%{y:,.0f}"} if "hoverinfo" not in more else {}
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": line, **shown, **more}

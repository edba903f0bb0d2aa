"""The next day as one page that needs nothing else, neither network nor files beside it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # has no type hints

from fastscale.decide.pulse.season_outlook import Outlook
from fastscale.pulse.forecast.chart import floors
from fastscale.pulse.forecast.plots import figure

TEMPLATE = "page.html.j2"


def render(outlook: Outlook, *, service: str, requests_per_task: float) -> str:
    """The page of an outlook. ``service`` is its heading."""
    environment = Environment(
        loader=PackageLoader("fastscale.pulse.forecast", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    first = datetime.fromtimestamp(outlook.slots[0].at, ZoneInfo(outlook.time_zone))
    return environment.get_template(TEMPLATE).render(
        service=service,
        outlook=outlook,
        floors=list(floors(outlook)),
        first=f"{first:%Y-%m-%d %H:%M}",
        requests_per_task=requests_per_task,
        figure=_script_safe(figure(outlook)),
        plotly=get_plotlyjs(),
    )


def _script_safe(value: Any) -> str:
    """JSON for a script element: nothing in it can end the element."""
    return json.dumps(value).replace("<", "\\u003c")

"""The next day as one page that needs nothing else, neither network nor files beside it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import PackageLoader

from fastscale import pages
from fastscale.decide.pulse.season_outlook import Outlook
from fastscale.pulse.forecast.chart import floors
from fastscale.pulse.forecast.plots import figure

TEMPLATE = "page.html.j2"


def render(outlook: Outlook, *, service: str, requests_per_task: float) -> str:
    """The page of an outlook. ``service`` says whose it is."""
    first = datetime.fromtimestamp(outlook.slots[0].at, ZoneInfo(outlook.time_zone))
    return pages.render(
        PackageLoader("fastscale.pulse.forecast", "."),
        TEMPLATE,
        service=service,
        outlook=outlook,
        floors=list(floors(outlook)),
        first=f"{first:%Y-%m-%d %H:%M}",
        requests_per_task=requests_per_task,
        figures=[figure(outlook)],
    )

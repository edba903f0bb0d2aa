"""Reports as pages: each is one file that needs nothing else, neither network nor files beside it.

A page is a template that extends ``base.html.j2``. It fills the blocks ``title`` and ``main`` (and ``style``, where it
has styles of its own), and has an empty element of class ``plot`` for each of its figures, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # has no type hints

#: What ``Plotly.newPlot`` takes: ``data`` and ``layout``.
Figure = Mapping[str, Any]
Filters = Mapping[str, Callable[..., str]]


def render(
    loader: BaseLoader, template: str, *, figures: Sequence[Figure], filters: Filters | None = None, **values: Any
) -> str:
    """The page that the ``template`` of ``loader`` makes of ``values``. Whatever is text in them stays text."""
    environment = Environment(
        loader=ChoiceLoader([loader, PackageLoader("fastscale.pages", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters.update(filters or {})
    return environment.get_template(template).render(figures=figures, plotly=get_plotlyjs(), **values)

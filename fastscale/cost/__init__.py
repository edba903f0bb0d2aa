"""What a plan costs a month on AWS, and what other choices would save."""

from fastscale.cost.choices import Choice, choices
from fastscale.cost.estimate import estimate, on_route
from fastscale.cost.price_file import load_prices
from fastscale.cost.prices import PRICES, Prices, prices_for, prices_like
from fastscale.cost.tasks import task_hour
from fastscale.cost.usage import HOURS, Estimate, Item, Route, Usage

__all__ = [
    "HOURS",
    "PRICES",
    "Choice",
    "Estimate",
    "Item",
    "Prices",
    "Route",
    "Usage",
    "choices",
    "estimate",
    "load_prices",
    "on_route",
    "prices_for",
    "prices_like",
    "task_hour",
]

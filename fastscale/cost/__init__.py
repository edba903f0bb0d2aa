"""What a plan costs a month on AWS, and which choice saves most."""

from fastscale.cost.estimate import Choice, Estimate, Item, Route, Usage, choices, estimate
from fastscale.cost.prices import PRICES, Prices, prices_for

__all__ = ["PRICES", "Choice", "Estimate", "Item", "Prices", "Route", "Usage", "choices", "estimate", "prices_for"]

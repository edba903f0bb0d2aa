"""Which numbers a setting of the simulated world may have: declared beside the field, checked here alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from fastscale.errors import InputError

Default = TypeVar("Default", bound=float | None)

#: Under this key a field's metadata has its range.
_RANGE = "range"


@dataclass(frozen=True)
class Range:
    """Finite numbers from ``low``, or ``above`` it, to ``high``; ``unit`` is what they count."""

    unit: str
    low: float
    high: float
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether ``value`` is one of them. NaN and infinity are not, and a whole number may be of any length."""
        finite = isinstance(value, int) or math.isfinite(value)
        return finite and self.low <= value <= self.high and not (self.above and value == self.low)

    def require(self, name: str, value: float) -> None:
        """Raise InputError that begins with ``name``, such as ``--slo-ms 0``, when ``value`` is none of them."""
        if not self.holds(value):
            raise InputError(f"{name}: give {self}")

    @property
    def in_thousandths(self) -> Range:
        """The same range for who counts in milliseconds."""
        return Range(f"milli{self.unit}", self.low * 1000, self.high * 1000, self.above)

    def __str__(self) -> str:
        """The fix, as it is said to people: `seconds above 0 and up to 86,400`."""
        low = f"above {self.low:g} and up" if self.above else f"from {self.low:g}"
        return f"{self.unit} {low} to {self.high:,.15g}"


def ranged(default: Default, unit: str, low: float, high: float, *, above: bool = False) -> Default:
    """A dataclass field that has a range, out of which its default may be None alone."""
    made: Default = field(default=default, metadata={_RANGE: Range(unit, low, high, above)})
    return made


def range_of(settings: Any, name: str) -> Range:
    """The range of the field ``name`` of a dataclass."""
    found: Range = next(one for one in fields(settings) if one.name == name).metadata[_RANGE]
    return found


def require_ranges(settings: Any) -> None:
    """Raise InputError for the first field of a dataclass whose value is out of its range."""
    for one in fields(settings):
        value = getattr(settings, one.name)
        if _RANGE in one.metadata and value is not None:
            one.metadata[_RANGE].require(f"{one.name}={value}", value)

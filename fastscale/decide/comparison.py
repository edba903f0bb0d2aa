"""When a value breaches an alarm's threshold."""

from __future__ import annotations

import operator
from collections.abc import Callable

from fastscale.plan import Comparison

#: (value, threshold) -> whether the value breaches.
BREACHES: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
}

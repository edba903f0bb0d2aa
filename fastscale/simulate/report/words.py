"""Numbers as people read them; a dash for what there was not."""

from __future__ import annotations


def seconds(value: float | None) -> str:
    """With one decimal below a minute and a half."""
    return "-" if value is None else f"{value:.1f} s" if value < 90 else f"{value:,.0f} s"


def milliseconds(value: float | None) -> str:
    """Whole."""
    return "-" if value is None else f"{value:,.0f} ms"


def percent(share: float) -> str:
    """Two digits that matter, so that one in a million is not nothing."""
    value = 100 * share
    return f"{value:.2f} %" if value >= 0.01 or value == 0 else f"{value:.2g} %"


def dollars(value: float) -> str:
    """Cents, and tenths of cents below a dollar."""
    return f"${value:,.2f}" if value >= 1 else f"${value:.3f}"

"""Timestamps as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

#: Numbers above this are epoch milliseconds: as seconds they would lie beyond the year 5000.
_MILLISECONDS_FROM = 1e11


def parse_moment(text: str) -> float:
    """Epoch seconds from an ISO 8601 time (UTC unless it says otherwise), epoch seconds or epoch milliseconds.

    Raises ValueError when it is none of these.
    """
    try:
        number = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not 0 <= number < float("inf"):
        raise ValueError(f"{text!r} is not a time")
    return number / 1000 if number > _MILLISECONDS_FROM else number

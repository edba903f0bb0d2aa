"""Time zones by their IANA names."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def require_zone(name: str) -> str:
    """``name`` itself. Raises ValueError in one line when it is not the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "Asia"
        raise ValueError("is not an IANA time zone such as Asia/Seoul") from error
    return name

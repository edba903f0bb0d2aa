"""The dimensions of published metrics: none, given, or found when first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: Nothing, names and values, or a function that finds them and may raise :class:`fastscale.meter.sink.SendError`.
DimensionSource = Mapping[str, str] | Callable[[], Mapping[str, str]] | None


class Dimensions:
    """Asks ``source`` until it answers, and remembers the answer."""

    def __init__(self, source: DimensionSource) -> None:
        self._source = source

    @property
    def given(self) -> bool:
        """Whether there are any, as far as can be told before they are found."""
        return bool(self._source)

    def find(self) -> Mapping[str, str]:
        """Name -> value. Raises what the source raises; the sender tries again later."""
        if callable(self._source):
            self._source = self._source()
        return self._source or {}

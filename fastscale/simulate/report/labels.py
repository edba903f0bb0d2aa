"""Where the names of points stand, so that they cover neither each other nor the points. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Plotly's text positions, the best first, and where the name's middle is: in halves of its size from the point.
PLACES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, 1),
    "top left": (-1, 1),
    "bottom right": (1, -1),
    "bottom left": (-1, -1),
}
#: Pixels: of a letter in Plotly's usual font of 12 px, of a line of it, and of half a point with some air.
LETTER, LINE, POINT = 6.6, 14.0, 7.0


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    low: float
    high: float

    def shared(self, other: _Box) -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.high, other.high) - max(self.low, other.low)
        return max(0.0, width) * max(0.0, height)


def places(points: Sequence[tuple[float, float]], names: Sequence[str]) -> list[str]:
    """A text position for each of ``points`` (x and y in pixels, y upwards): the first that covers the least.

    Names are placed in the order given, so those that come first have the better places.
    """
    taken = [_Box(x - POINT, x + POINT, y - POINT, y + POINT) for x, y in points]
    chosen: list[str] = []
    for number, (point, name) in enumerate(zip(points, names, strict=True)):
        own, others = taken[number], [box for box in taken if box is not taken[number]]
        place, box = min(_boxes(own, point, len(name) * LETTER), key=lambda found: _covered(found[1], others))
        chosen.append(place)
        taken.append(box)
    return chosen


def _boxes(own: _Box, point: tuple[float, float], width: float) -> Iterator[tuple[str, _Box]]:
    """A name of this ``width`` at each place around its point."""
    reach = (own.right - own.left) / 2
    for place, (right, up) in PLACES.items():
        x = point[0] + right * (reach + width / 2)
        y = point[1] + up * (reach + LINE / 2)
        yield place, _Box(x - width / 2, x + width / 2, y - LINE / 2, y + LINE / 2)


def _covered(box: _Box, others: Sequence[_Box]) -> float:
    return sum(box.shared(other) for other in others)

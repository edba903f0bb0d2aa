"""Names beside points."""

from __future__ import annotations

from itertools import combinations

import pytest

from fastscale.simulate.report.labels import LETTER, LINE, PLACES, POINT, places

Box = tuple[float, float, float, float]


def boxes(points: list[tuple[float, float]], names: list[str]) -> list[Box]:
    """Where the names are (left, right, low, high), as Plotly draws them."""
    drawn = []
    for (x, y), name, place in zip(points, names, places(points, names), strict=True):
        width, (right, up) = len(name) * LETTER, PLACES[place]
        middle_x, middle_y = x + right * (POINT + width / 2), y + up * (POINT + LINE / 2)
        drawn.append((middle_x - width / 2, middle_x + width / 2, middle_y - LINE / 2, middle_y + LINE / 2))
    return drawn


def apart(one: Box, other: Box) -> bool:
    return one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def test_a_lonely_point_has_its_name_above() -> None:
    assert places([(10.0, 10.0)], ["alone"]) == ["top center"]


@pytest.mark.parametrize(
    "points",
    [
        [(100.0, 100.0), (112.0, 100.0)],
        [(100.0, 100.0), (112.0, 95.0), (106.0, 86.0)],
        [(100.0, 100.0), (100.0, 120.0), (100.0, 140.0), (100.0, 160.0)],
    ],
)
def test_names_of_close_points_cover_neither_each_other_nor_points(points: list[tuple[float, float]]) -> None:
    drawn = boxes(points, ["a-long-strategy", "another-strategy", "third", "fourth"][: len(points)])
    dots = [(x - POINT, x + POINT, y - POINT, y + POINT) for x, y in points]

    assert all(apart(one, other) for one, other in combinations(drawn, 2))
    assert all(apart(name, dot) for name in drawn for dot in dots)


def test_points_in_one_place_still_have_names() -> None:
    assert len(places([(5.0, 5.0)] * 12, ["same"] * 12)) == 12

"""What was learnt outlives a restart, and nothing else is taken for it."""

from __future__ import annotations

import random
import zlib

import pytest

from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.season import Season
from fastscale.errors import StoreError
from tests.decide.pulse.days import Week, shop


def test_a_restart_on_the_fourth_morning_leaves_the_floor_as_it_was() -> None:
    week = Week()
    week.days(shop, shop, shop)
    week.until(8.87, shop)
    before = week.forecast()
    week.season = season_bytes.from_bytes(season_bytes.to_bytes(week.season))
    assert before is not None
    assert week.forecast() == before


def test_the_size_is_bounded_even_for_noise() -> None:
    chance = random.Random(1)
    week = Week()
    week.days(*[lambda _hour: chance.uniform(0, 1e9)] * 15)
    assert len(season_bytes.to_bytes(week.season)) < 45_000


GOOD = season_bytes.to_bytes(Season(time_zone="UTC"))


def packed(head: str) -> bytes:
    numbers = zlib.decompress(GOOD).partition(b"\n")[2]
    return zlib.compress(head.encode() + b"\n" + numbers)


def head(**changed: str) -> str:
    parts = {"version": "1", "time_zone": '"UTC"', "daily": "{}", "weekly": "{}", "rivals": "null", "promises": "[]"}
    parts |= {"open": "null", "closed": "null"} | changed
    return "{" + ",".join(f'"{key}":{value}' for key, value in parts.items()) + "}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cut short"),
        (b"hello", "damaged"),
        (GOOD[:-5], "cut short"),
        (GOOD[:50] + bytes([GOOD[50] ^ 8]) + GOOD[51:], "damaged|not one"),
        (zlib.compress(b"0" * 10_000_000), "longer"),
        (zlib.compress(b"{}"), "not one"),
        (zlib.compress(head().encode() + b"\n1234"), "does not hold a daily profile"),
        (packed(head(version="2")), "of version 2"),
        (packed(head(time_zone='"Mars/Olympus"')), "not one"),
        (packed(head(closed='"soon"')), "not one"),
        (packed(head(daily='{"error":NaN}')), "not one"),
    ],
)
def test_other_bytes_are_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        season_bytes.from_bytes(content)


def test_the_head_that_the_refusals_start_from_is_good() -> None:
    assert season_bytes.from_bytes(packed(head())) == Season(time_zone="UTC")

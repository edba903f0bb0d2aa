"""Prices of one's own: what a file may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.cost import PRICES, load_prices
from fastscale.cost.price_file import NEEDED, OPTIONAL
from fastscale.errors import InputError

SEOUL = PRICES["ap-northeast-2"]
LINES = {key: getattr(SEOUL, key) for key in NEEDED}


def written(folder: Path, lines: dict[str, object]) -> Path:
    path = folder / "prices.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
    return path


def test_a_file_with_the_prices_of_a_region_is_that_region(tmp_path: Path) -> None:
    assert load_prices(written(tmp_path, LINES), "ap-northeast-2") == SEOUL
    dearer = load_prices(written(tmp_path, {**LINES, OPTIONAL[0]: 7}), "eu-west-1")
    assert (dearer.region, getattr(dearer, OPTIONAL[0])) == ("eu-west-1", 7.0)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (dict.fromkeys(NEEDED[1:], 1), f"prices.toml: no price for {NEEDED[0]}"),
        ({**LINES, "nat": 1}, "prices.toml: unknown key 'nat': the prices are log_gb, "),
        ({**LINES, "log_gb": -1}, "prices.toml: log_gb = -1 is not a price in US dollars"),
        ({**LINES, "log_gb": "true"}, "prices.toml: log_gb = True is not a price in US dollars"),
        ({**LINES, "log_gb": "inf"}, "prices.toml: log_gb = inf is not a price in US dollars"),
        ({"log_gb": ""}, "prices.toml: this is no TOML: "),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_key(tmp_path: Path, lines: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as refused:
        load_prices(written(tmp_path, lines), "eu-west-1")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.toml: no such file or directory"):
        load_prices(tmp_path / "none.toml", "eu-west-1")

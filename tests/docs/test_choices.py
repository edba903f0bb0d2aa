"""The page on the plan's choices names keys that exist, with their defaults, and files that can be read."""

from __future__ import annotations

import re
import tomllib

import pytest

from fastscale import plan_file, profiles
from tests.docs.commands import ROOT

PAGE = (ROOT / "docs" / "choices.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| `"))
def test_a_key_of_the_table_has_the_default_that_the_page_tells(row: list[str]) -> None:
    defaults = []
    for key in re.findall(r"`([a-z_.]+)`", row[0]):
        value = profiles.default()
        for part in key.split("."):
            value = getattr(value, part)
        defaults.append(_written(value))
    assert row[1].replace("`", "").startswith(", ".join(defaults))


def _written(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_examples_together_are_a_plan() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    plan = plan_file.from_table(tomllib.loads("\n".join(blocks)))
    assert plan.scaling.high_resolution_metrics == ("CPUUtilization",)
    assert plan.scaling.predictive is not None
    assert [event.floor_after for event in plan.events] == [5]

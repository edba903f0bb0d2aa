"""The table of parts in docs/architecture.md says who may use whom as tests/test_architecture.py holds it."""

from __future__ import annotations

import re

from tests.docs.commands import ROOT
from tests.test_architecture import MAY_IMPORT, VALUES, parts

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
#: What stands for all the modules of values in the last column.
ALL_VALUES = "*values*"


def table() -> dict[str, set[str]]:
    """Each part of the page's first table with those that it may use, as the page says."""
    body = PAGE.partition("| part |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("| `")]
    return {name: used(row[2]) for row in rows for name in named(row[0])}


def named(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def used(text: str) -> set[str]:
    return set(named(text)) | (VALUES if ALL_VALUES in text else set())


def test_every_part_is_in_the_table_once() -> None:
    body = PAGE.partition("| part |")[2].partition("\n\n")[0]
    firsts = [name for line in body.splitlines() if line.startswith("| `") for name in named(line.split(" | ")[0])]
    assert sorted(firsts) == sorted([*parts(), "cli"])


def test_a_part_may_use_what_the_table_says() -> None:
    """Values may use each other, in an order that the test of the architecture knows; cli may use everything."""
    told = table()
    wrong = {
        part: {"page": sorted(told[part] - allowed), "test": sorted(allowed - told[part])}
        for part, allowed in MAY_IMPORT.items()
        if part not in VALUES and told[part] - {part} != allowed - {part}
    }
    assert not wrong


def test_values_are_named_as_such() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `") and ALL_VALUES in line.split(" | ")[1])
    assert set(named(row.split(" | ")[0])) == VALUES
